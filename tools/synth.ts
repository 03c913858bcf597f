import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { CONTEXT, contextFrom, fail, readCommandLine } from './command-line';
import { terminalTable } from './table';

const ROOT = path.join(__dirname, '..');
const OUT = path.join(ROOT, 'cdk.out');
/** What the assembly calls the message of `Annotations.addError`. */
const ERROR = 'aws:cdk:error';
const MANIFEST = path.join(OUT, 'manifest.json');

const USAGE = `Synthesises every stack, and shows what each deploys and where its template is.

  npm start
  npm start -- -c option=value     with options, such as -c ec2.plan=spot; npm run options lists them

One stack's template: npx cdk synth Lambda`;

interface Template {
  readonly Description?: string;
  /** None in a stack that is refused, or in place of a VPC that exists already. */
  readonly Resources?: Readonly<Record<string, unknown>>;
}

/** Whether a stack was refused, and nothing else went wrong. */
const isRefused = (): boolean =>
  existsSync(MANIFEST) &&
  new CloudAssembly(OUT).stacks.some(({ messages }) => messages.some(({ entry }) => entry.type === ERROR));

/** The table, and below it the stacks' errors and remarks. */
function summary(): string {
  const { stacks, manifest } = new CloudAssembly(OUT);
  const asDeclared = Object.keys(manifest.artifacts ?? {});
  const sorted = [...stacks].sort((one, other) => asDeclared.indexOf(one.id) - asDeclared.indexOf(other.id));
  const rows = sorted.map(({ id, templateFullPath, messages }) => {
    const { Description = '', Resources } = JSON.parse(readFileSync(templateFullPath, 'utf8')) as Template;
    if (Resources === undefined)
      return messages.some(({ entry }) => entry.type === ERROR)
        ? [id, Description, 'refused', 'see below']
        : [id, Description, '0', 'nothing to deploy'];
    return [id, Description, String(Object.keys(Resources).length), path.relative(process.cwd(), templateFullPath)];
  });
  const said = sorted.flatMap(({ id, messages }) =>
    messages.map(({ entry }) => `${entry.type === ERROR ? 'ERROR ' : ''}${id}: ${entry.data as string}`),
  );
  return [terminalTable(['stack', 'deploys', 'resources', 'template'], rows), ...said].join('\n\n');
}

try {
  const { values } = readCommandLine(USAGE, { options: CONTEXT });
  contextFrom(values.context);
  // Written again wherever the options can be read, whether or not a stack is refused.
  rmSync(MANIFEST, { force: true });
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
  if (existsSync(MANIFEST)) {
    console.log(summary());
    console.log(
      '\nRead a template: npx cdk synth Lambda     Deploy to a sandbox: npm run deploy -- Lambda     Remove it: npm run destroy -- Lambda',
    );
  }
  // What a refused stack has to say is in the summary; anything else is the CLI's own.
  if (status !== 0 && !isRefused()) process.stderr.write(stderr);
  process.exitCode = signal === null ? (status ?? 1) : 130;
} catch (error) {
  fail(error);
}
