import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fake, readWorkflow, ROOT, runStep, shellSteps } from './workflow';

// The shell steps of ci.yml. What they run is what .ci/run runs, for minutes: here each is run with an npm, npx and sudo
// that say whether there is such a script, command or file.

const ci = readWorkflow('ci.yml');
const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

const folder = mkdtempSync(path.join(tmpdir(), 'compute-ci-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(path.join(folder, '.ci'));
cpSync(path.join(ROOT, '.ci', 'packages'), path.join(folder, '.ci', 'packages'));
fake(
  folder,
  'npm',
  `const scripts = ${JSON.stringify(Object.keys(scripts))};
   const script = { ci: 'prepare', cit: 'test', start: 'start', run: args[1] }[args[0]];
   if (!scripts.includes(script)) { console.error('npm has no ' + args.join(' ')); process.exit(1); }`,
);
fake(
  folder,
  'npx',
  `if (!fs.existsSync(${JSON.stringify(path.join(ROOT, 'node_modules', '.bin'))} + '/' + args[0])) process.exit(1);`,
);
fake(
  folder,
  'sudo',
  // Reads the file, and runs none of it.
  `const { status } = require('node:child_process').spawnSync(args[0], ['-n', ...args.slice(1)], { stdio: 'inherit' });
   process.exit(status ?? 1);`,
);

const steps = shellSteps(ci).map(({ job, run }) => [job, run] as const);

test.each(steps)('the step of %s can be run: %s', async (job, run) => {
  expect(await runStep(ci, job, run, folder)).toEqual({ code: 0, output: '' });
});

test('a step whose script is gone fails', async () => {
  const without = { ...ci, jobs: { test: { steps: [{ run: 'npm run no-such-script' }] } } };
  expect(await runStep(without, 'test', 'npm run no-such-script', folder)).toEqual({
    code: 1,
    output: 'npm has no run no-such-script\n',
  });
});

test('.ci/run runs each script that the workflow runs, so that a change is tried before it is pushed', () => {
  const local = readFileSync(path.join(ROOT, '.ci', 'run'), 'utf8');
  const run = (text: string): string[] =>
    [...text.matchAll(/npm (?:run ([\w:-]+)|(cit|start))/g)].map(([, script, own]) => script ?? own ?? '');
  const missing = steps.flatMap(([, commands]) => run(commands)).filter((script) => !run(local).includes(script));
  expect(missing).toEqual([]);
});
