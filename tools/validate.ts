import { parseArgs } from 'node:util';
import { ConfigurationError } from '../lib/config';
import { findings } from './findings';
import { variants, type Variant } from './variants';

/** The options given on the command line as `-c name=value`, as the CDK CLI takes them; empty where there are none. */
function chosen(args: readonly string[]): Record<string, string> {
  const { values } = parseArgs({
    args: [...args],
    options: { context: { type: 'string', short: 'c', multiple: true } },
  });
  return Object.fromEntries(
    (values.context ?? []).map((setting) => {
      const at = setting.indexOf('=');
      if (at < 1)
        throw new ConfigurationError([`-c ${setting}: an option is set as name=value, such as ec2.plan=spot`]);
      return [setting.slice(0, at), setting.slice(at + 1)];
    }),
  );
}

function check({ name, context }: Variant): boolean {
  const found = findings(context);
  console.log(`${found.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  for (const line of found) console.log(`       ${line}`);
  return found.length === 0;
}

try {
  const context = chosen(process.argv.slice(2));
  const checked =
    Object.keys(context).length > 0
      ? [
          {
            name: Object.entries(context)
              .map((pair) => pair.join('='))
              .join(' '),
            context,
          },
        ]
      : variants();
  const passed = checked.filter(check).length;
  console.log(`\n${String(passed)} passed, ${String(checked.length - passed)} failed`);
  process.exitCode = passed === checked.length ? 0 : 1;
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
