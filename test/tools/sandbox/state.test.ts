import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { identify, isRunning, kill, membersOf } from '../../../tools/sandbox/processes';
import { claim, note, readState, runFolder, SandboxRunsError, takeDown } from '../../../tools/sandbox/state';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sandbox-state-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true });
});

/** A process that does nothing, at the head of a group of its own. */
async function leader(cwd: string, ...args: readonly string[]): Promise<ChildProcess & { pid: number }> {
  const program = ['-e', 'console.log(1); setInterval(() => {}, 1e6)', ...args];
  const child = spawn(process.execPath, program, { cwd, detached: true });
  children.push(child);
  await once(child.stdout, 'data');
  return child as ChildProcess & { pid: number };
}
const gone = { pid: 2 ** 22, started: 'long ago' };
const lines: string[] = [];
const tell = (line: string): void => void lines.push(line);

test('a process is not taken for another with its number', async () => {
  const own = identify(process.pid);
  expect(own).toBeDefined();
  expect(isRunning({ pid: process.pid, started: own?.started ?? '' })).toBe(true);
  expect(isRunning({ pid: process.pid, started: 'another time' })).toBe(false);
  const child = await leader(folder);
  const identity = identify(child.pid) ?? gone;
  kill([identity]);
  await once(child, 'exit');
  expect(isRunning(identity)).toBe(false);
  expect(identify(child.pid)).toBeUndefined();
});

test('only those of a group that belong to the folder are its members', async () => {
  const { pid } = await leader(folder);
  const run = path.join(folder, 'a run that has nothing');
  expect(membersOf(pid, folder, run).map((each) => each.pid)).toEqual([pid]);
  expect(membersOf(pid, path.join(folder, 'another'), run)).toEqual([]);
  expect(membersOf(process.pid + 2 ** 22, folder, run)).toEqual([]);
});

test('a program that has left the group is taken away by the folder of its run, and one that only stands in it is not', async () => {
  const own = runFolder(folder, 'old');
  mkdirSync(own);
  const [leaving, standing] = [await leader(tmpdir(), own), await leader(own)];
  note(folder, { run: 'old', command: gone, worker: gone });
  const ended = once(leaving, 'exit');
  await takeDown(folder);
  await ended;
  expect(leaving.signalCode).toBe('SIGKILL');
  expect(identify(standing.pid)).toBeDefined();
});

test('of two claims one succeeds, and the other learns where the first is', async () => {
  const state = await claim(folder, 'first', tell);
  await expect(claim(folder, 'second', tell)).rejects.toThrow(`started by process ${process.pid}`);
  note(folder, { ...state, url: 'http://127.0.0.1:1234/' });
  await expect(claim(folder, 'second', tell)).rejects.toThrow(SandboxRunsError);
  await expect(claim(folder, 'second', tell)).rejects.toThrow('A sandbox runs already, at http://127.0.0.1:1234/.');
  expect(readState(folder)?.run).toBe('first');
  expect(readdirSync(folder)).toEqual(['state.json']);
});

test('what a sandbox has left whose processes are gone is taken away before the next', async () => {
  mkdirSync(runFolder(folder, 'old'));
  note(folder, { run: 'old', command: gone, worker: gone, url: 'http://127.0.0.1:1/' });
  const state = await claim(folder, 'new', tell);
  expect(state.run).toBe('new');
  expect(readState(folder)).toEqual(state);
  expect(existsSync(runFolder(folder, 'old'))).toBe(false);
  expect(lines.at(-1)).toContain('an earlier sandbox was not ended in order');
});

test('a group whose number another program has taken since is left alone', async () => {
  const other = await leader(folder);
  note(folder, { run: 'old', command: gone, worker: { pid: other.pid, started: 'another time' } });
  await claim(folder, 'new', tell);
  expect(identify(other.pid)).toBeDefined();
});

test('a note that can not be read is none', async () => {
  writeFileSync(path.join(folder, 'state.json'), '{"run":');
  expect(readState(folder)).toBeUndefined();
  expect((await claim(folder, 'new', tell)).run).toBe('new');
});

test('to take down where nothing runs is nothing to do', async () => {
  expect(await takeDown(folder)).toBeUndefined();
});
