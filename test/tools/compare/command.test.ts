import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Report } from '../../../tools/compare/report';
import { descendants } from '../../descendants';

const ROOT = path.join(__dirname, '..', '..', '..');
const COMMAND = ['--import', 'tsx', path.join('tools', 'compare.ts')];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'compare-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command, and does something when it has said what is waited for. */
function run(
  args: readonly string[],
  on?: { readonly line: RegExp; readonly act: (child: ChildProcess) => void },
): Promise<Ended> {
  const child = spawn(process.execPath, [...COMMAND, ...args], { cwd: ROOT });
  let [stdout, stderr] = ['', ''];
  let acted = false;
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
    if (on === undefined || acted || !on.line.test(stderr)) return;
    acted = true;
    on.act(child);
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

const runs = (pid: number): boolean => existsSync(`/proc/${pid}`);

test('measures what this machine runs, and keeps its results beside an endpoint and a file that are not there', async () => {
  const missing = path.join(folder, 'missing.json');
  const { code, stdout, stderr } = await run([
    ...['--local', 'ec2', 'lambda', '--url', 'gone=http://127.0.0.1:9', '--outputs', missing],
    ...['--rounds', '1', '--requests', '5', '--connections', '2', '--out', folder],
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain(`${missing}: there is no such file. cdk deploy --outputs-file writes it`);
  expect(stderr).toMatch(/round 1 of 1, lambda: first answer \d+ ms/);
  expect(stdout).toContain('connect ECONNREFUSED 127.0.0.1:9');
  expect(readdirSync(folder).sort()).toEqual(['compare.html', 'compare.json', 'compare.md']);
  const report = JSON.parse(readFileSync(path.join(folder, 'compare.json'), 'utf8')) as Report;
  expect(report.results.map(({ name }) => name)).toEqual(['ec2', 'lambda']);
  expect(report.results[1]?.thumbnail?.requests).toBe(5);
}, 120_000);

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s leaves no process and no file',
  async (signal) => {
    let children: number[] = [];
    const { code } = await run(['--local', 'ec2', 'lambda', '--requests', '2000', '--rounds', '2', '--out', folder], {
      line: /lambda answers at/,
      act: (child) => {
        children = descendants(child.pid ?? 0);
        child.kill(signal);
      },
    });
    expect(code).toBe(130);
    expect(children.length).toBeGreaterThan(0);
    expect(children.filter(runs)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  },
  120_000,
);

test.each([
  [['--url', 'https://example.com'], /an address has a name before it/],
  [[], /Nothing to measure is given/],
  [['--local', 'lamda'], /"lamda" is no option with a runner; did you mean lambda\?/],
  [['--local', '--requests', '2000', '--rounds', '20'], /one run may send 50000/],
  [['--local', '--connections', '1000'], /--connections is "1000": it must be a whole number from 1 to 64/],
])(
  '%j is refused before anything is started',
  async (args, why) => {
    const { code, stderr } = await run(args);
    expect(stderr).toMatch(why);
    expect(code).toBe(2);
    expect(stderr).not.toContain('answers at');
  },
  30_000,
);

test('an outputs file of other stacks is named, and gives no load', async () => {
  const file = path.join(folder, 'outputs.json');
  writeFileSync(file, '{"other":{"Url":"https://example.com/"}}');
  const { code, stderr } = await run(['--outputs', file]);
  expect(stderr).toMatch(/has no address of a stack of this app: it has other/);
  expect(code).toBe(1);
}, 60_000);
