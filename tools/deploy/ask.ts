import { createInterface } from 'node:readline/promises';
import path from 'node:path';
import { OPTIONS, STACK_IDS, brokenRulesOf, readConfig, type Config } from '../../lib/app';
import { ConfigurationError } from '../../lib/options/problems';
import { CDK_CONTEXT } from '../cdk-json';
import { CONTEXT, contextFrom, noSuch, readCommandLine, UsageError } from '../command-line';
import { ROOT } from './cdk';

/** Where outputs and reports go, unless an option of the command says otherwise. */
export const OUT = 'deployed';

const COMMON = {
  ...CONTEXT,
  yes: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  out: { type: 'string', default: OUT },
} as const;

const ALL = { all: { type: 'boolean', default: false } } as const;

/** What a command is asked to change, and how. */
export interface Asked {
  /** The ids of the stacks that were named. */
  readonly stacks: readonly string[];
  /** The options of the command line. */
  readonly given: Readonly<Record<string, string>>;
  readonly config: Config;
  /** The names of the options that are set, in cdk.json or on the command line. */
  readonly set: ReadonlySet<string>;
  /** Whether it goes on without asking. */
  readonly isSure: boolean;
  /** Whether it stops where it would ask. */
  readonly isDryRun: boolean;
  readonly out: string;
}

/**
 * What the command line says.
 *
 * @param takesAll whether `--all` stands for every stack
 * @throws UsageError, and ConfigurationError where options are wrong
 */
export function readAsked(usage: string, takesAll = false): Asked {
  const { values, positionals } = readCommandLine(usage, {
    allowPositionals: true,
    options: { ...COMMON, ...(takesAll && ALL) },
  });
  const stacks = 'all' in values && values.all === true ? STACK_IDS : positionals;
  if (stacks !== positionals && positionals.length > 0)
    throw new UsageError(`--all is every stack, so that none is named beside it: ${positionals.join(', ')}`, usage);
  if (stacks.length === 0)
    throw new UsageError(
      `Name one or more stacks${takesAll ? ', or --all of them' : ''}: ${STACK_IDS.join(', ')}`,
      usage,
    );
  for (const word of stacks)
    if (!STACK_IDS.includes(word)) throw new UsageError(noSuch('stack', word, STACK_IDS, 3), usage);
  const given = contextFrom(values.context);
  const reading = readConfig({ ...CDK_CONTEXT, ...given });
  return {
    stacks: [...new Set(stacks)],
    given,
    config: reading.values,
    set: reading.given,
    isSure: values.yes,
    out: path.resolve(ROOT, values.out),
    isDryRun: values['dry-run'],
  };
}

/** What the rules say of each stack in this region, whether or not the options name one. */
export function regionProblems(ids: readonly string[], given: Asked['given'], region: string): string[] {
  const rulesIn = (where: string | undefined, id: string): string[] => {
    try {
      return brokenRulesOf(readConfig({ ...CDK_CONTEXT, ...given, ...(where && { region: where }) }), id);
    } catch (error) {
      return error instanceof ConfigurationError ? [...error.problems] : [];
    }
  };
  return ids.flatMap((id) => rulesIn(region, id).map((problem) => `${id}: ${problem}`));
}

/** Options as a report may show them to everybody: the value of a text may be an account's or a person's. */
export function shownOptions(given: Asked['given']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const row = Object.entries(OPTIONS).find(([each]) => each === name)?.[1];
      const isOpen = row?.values !== undefined || row?.min !== undefined || name === 'preset';
      return [name, isOpen || /^(?!.*\d{12})[\w.-]{1,24}$/.test(value) ? value : '(set)'];
    }),
  );
}

/** Nothing was made, since no terminal is there to ask on. */
export class NotAskedError extends Error {
  override readonly name = 'NotAskedError';
}

/**
 * Asks on the terminal.
 *
 * @throws NotAskedError where there is none
 */
export async function confirm(question: string, interrupted: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new NotAskedError(
      'There is no terminal to ask on, so nothing was changed. Add --yes to go on without being asked.',
    );
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl+C reaches the reader of the terminal, and not the process.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal: interrupted })).trim());
  } finally {
    terminal.close();
  }
}
