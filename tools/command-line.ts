import { parseArgs, type ParseArgsConfig } from 'node:util';
import { closest, distance } from 'fastest-levenshtein';
import { ConfigurationError } from '../lib/options/problems';

/** Wrong use of a command: what was wrong and, below it, how the command is used. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(problem: string, usage: string) {
    super(`${problem}\n\n${usage}`);
  }
}

/** Options of the CDK app, as the CDK CLI takes them: `-c ec2.plan=spot`, as often as there are any. */
export const CONTEXT = { context: { type: 'string', short: 'c', multiple: true, default: [] as string[] } } as const;

/**
 * What a command was given. `--help` prints the usage and ends the process with 0.
 *
 * @throws UsageError where something was given that the command doesn't know
 */
export function readCommandLine<T extends ParseArgsConfig>(
  usage: string,
  config: T,
  args: readonly string[] = process.argv.slice(2),
) {
  if (args.some((argument) => argument === '--help' || argument === '-h')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs({ args: [...args], ...config });
  } catch (error) {
    throw new UsageError((error as Error).message, usage);
  }
}

/**
 * Options of the CDK app by name.
 *
 * @param settings each `option=value`
 * @throws ConfigurationError where one is not
 */
export const contextFrom = (settings: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    settings.map((setting) => {
      const at = setting.indexOf('=');
      if (at < 1)
        throw new ConfigurationError([`${setting}: an option is set as option=value, such as -c ec2.plan=spot`]);
      return [setting.slice(0, at), setting.slice(at + 1)];
    }),
  );

/** That there is no such thing, and which was meant where that is near: at most so many letters away. */
export function noSuch(kind: string, word: string, candidates: readonly string[], letters: number): string {
  const nearest = closest(word, candidates);
  return `"${word}" is no ${kind}${distance(word, nearest) <= letters ? `; did you mean ${nearest}?` : '.'}`;
}

/** The AWS SDK's own switch: what it says of this Node.js is for who maintains this repository, not for who uses it. */
export function silenceNodeWarning(): void {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
}

/** Ends the process with what went wrong on standard error: 2 for wrong use, options of the app included, else 1. */
export function fail(error: unknown): void {
  console.error(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError || error instanceof ConfigurationError ? 2 : 1;
}
