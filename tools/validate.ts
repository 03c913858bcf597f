import { CONTEXT, contextFrom, fail, readCommandLine } from './command-line';
import { findings } from './findings';
import { variants, type Variant } from './variants';

const USAGE = `Checks every template against CDK's template validation and cdk-nag.

  npm run validate                              both presets, and each with every value of every enumerated option
  npm run validate -- -c option=value           one set of options, such as -c ec2.plan=spot

Exit code: 0 nothing was found, 1 something was, 2 it was not asked rightly.`;

function check({ name, context }: Variant): boolean {
  const found = findings(context);
  console.log(`${found.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  for (const line of found) console.log(`       ${line}`);
  return found.length === 0;
}

try {
  const { values } = readCommandLine(USAGE, { options: CONTEXT });
  const checked: readonly Variant[] =
    values.context.length > 0 ? [{ name: values.context.join(' '), context: contextFrom(values.context) }] : variants();
  const passed = checked.filter(check).length;
  console.log(`\n${String(passed)} passed, ${String(checked.length - passed)} failed`);
  process.exitCode = passed === checked.length ? 0 : 1;
} catch (error) {
  fail(error);
}
