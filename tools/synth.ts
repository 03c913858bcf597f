import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { terminalTable } from './table';

const ROOT = path.join(__dirname, '..');
const OUT = path.join(ROOT, 'cdk.out');

interface Manifest {
  readonly artifacts: Readonly<
    Record<string, { readonly type: string; readonly properties?: { readonly templateFile?: string } }>
  >;
}
interface Template {
  readonly Description?: string;
  readonly Resources: Readonly<Record<string, unknown>>;
}

const json = (file: string): unknown => JSON.parse(readFileSync(path.join(OUT, file), 'utf8'));

/** Rows of the table: stack, what it deploys, how many resources, where its template is. */
function stacks(): string[][] {
  return Object.entries((json('manifest.json') as Manifest).artifacts)
    .filter(([, { type }]) => type === 'aws:cloudformation:stack')
    .map(([id, { properties }]) => {
      const file = properties?.templateFile ?? `${id}.template.json`;
      const { Description = '', Resources } = json(file) as Template;
      return [
        id,
        Description,
        String(Object.keys(Resources).length),
        path.relative(process.cwd(), path.join(OUT, file)),
      ];
    });
}

// The CLI itself, so that what is shown is what `cdk deploy` would deploy, with the same options: `npm start -- -c …`.
const cdk = require.resolve('aws-cdk/bin/cdk');
const { status, signal } = spawnSync(
  process.execPath,
  [cdk, 'synth', '--quiet', '--output', OUT, ...process.argv.slice(2)],
  {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  },
);
if (status === 0) {
  console.log(terminalTable(['stack', 'deploys', 'resources', 'template'], stacks()));
  console.log(
    '\nRead a template: npx cdk synth Lambda     Deploy to a sandbox: npx cdk deploy Lambda     Remove it: npx cdk destroy Lambda',
  );
} else process.exitCode = signal === null ? (status ?? 1) : 130;
