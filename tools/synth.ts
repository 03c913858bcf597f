import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { CONTEXT, contextFrom, fail, readCommandLine } from './command-line';
import { terminalTable } from './table';

const ROOT = path.join(__dirname, '..');
const OUT = path.join(ROOT, 'cdk.out');

const USAGE = `Synthesises every stack, and shows what each deploys and where its template is.

  npm start
  npm start -- -c option=value     with options, such as -c ec2.plan=spot; npm run options lists them

One stack's template: npx cdk synth Lambda`;

interface Template {
  readonly Description?: string;
  readonly Resources: Readonly<Record<string, unknown>>;
}

/** The table, and below it what the stacks have to say. */
function summary(): string {
  const { stacks, manifest } = new CloudAssembly(OUT);
  const asDeclared = Object.keys(manifest.artifacts ?? {});
  const sorted = [...stacks].sort((one, other) => asDeclared.indexOf(one.id) - asDeclared.indexOf(other.id));
  const rows = sorted.map(({ id, templateFullPath }) => {
    const { Description = '', Resources } = JSON.parse(readFileSync(templateFullPath, 'utf8')) as Template;
    const count = String(Object.keys(Resources).length);
    return [id, Description, count, path.relative(process.cwd(), templateFullPath)];
  });
  const said = sorted.flatMap(({ id, messages }) => messages.map(({ entry }) => `${id}: ${entry.data as string}`));
  return [terminalTable(['stack', 'deploys', 'resources', 'template'], rows), ...said].join('\n\n');
}

try {
  const { values } = readCommandLine(USAGE, { options: CONTEXT });
  contextFrom(values.context);
  // The CLI itself, so that what is shown is what `cdk deploy` would deploy.
  const { status, signal, stderr } = spawnSync(
    process.execPath,
    [
      require.resolve('aws-cdk/bin/cdk'),
      'synth',
      '--quiet',
      ...['--output', OUT],
      ...values.context.flatMap((setting) => ['-c', setting]),
    ],
    { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] },
  );
  if (status === 0) {
    console.log(summary());
    console.log(
      '\nRead a template: npx cdk synth Lambda     Deploy to a sandbox: npx cdk deploy Lambda     Remove it: npx cdk destroy Lambda',
    );
  } else {
    process.stderr.write(stderr);
    process.exitCode = signal === null ? (status ?? 1) : 130;
  }
} catch (error) {
  fail(error);
}
