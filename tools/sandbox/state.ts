import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { writeWhole } from '../../packaging/write-whole';
import { removeSandbox } from '../container';
import { identify, isRunning, kill, membersOf, type ProcessIdentity } from './processes';

// What a sandbox leaves for other commands to find: that it runs and where, and after a crash what is to be taken away.

const ROOT = path.join(__dirname, '..', '..');

/** How long a sandbox has to take all away when it is asked to: as long as a server drains, and some. */
export const DOWN_WITHIN_MS = 30_000;
const LOOK_AGAIN_MS = 50;

/** A sandbox, from its claim to its end: `state.json` in its folder. */
export interface SandboxState {
  /** Names this run: its containers are labelled with it, and its folder is named after it. */
  readonly run: string;
  /** The command that a person started. */
  readonly command: ProcessIdentity;
  /** The process that starts the options, which leads a group of all of theirs; none yet right after the claim. */
  readonly worker?: ProcessIdentity;
  /** The address of the page; none before it is served. */
  readonly url?: string;
}

/** Where sandboxes are noted. */
export const sandboxFolder = (): string => process.env['SANDBOX_FOLDER'] ?? path.join(ROOT, '.cache', 'sandbox');

const stateFile = (folder: string): string => path.join(folder, 'state.json');

/** Where a run has its files. */
export const runFolder = (folder: string, run: string): string => path.join(folder, run);

/** Another sandbox runs. */
export class SandboxRunsError extends Error {
  override readonly name = 'SandboxRunsError';

  constructor({ url, command }: SandboxState) {
    super(
      `A sandbox runs already, ${url === undefined ? `started by process ${command.pid}` : `at ${url}`}. Use that one, or end it: npm run sandbox -- down`,
    );
  }
}

/** The sandbox that is noted there; undefined where there is none. What can't be read says nothing, and is none. */
export function readState(folder: string): SandboxState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(folder), 'utf8')) as SandboxState;
  } catch {
    return undefined;
  }
}

/**
 * Notes that this process has the sandbox. Of two at once one succeeds.
 *
 * @param recovered receives a line where an earlier one was not ended in order
 * @throws SandboxRunsError where another runs
 */
export async function claim(folder: string, run: string, recovered: (line: string) => void): Promise<SandboxState> {
  const command = identify(process.pid);
  if (command === undefined) throw new Error('This process is not in the list of the system.');
  mkdirSync(folder, { recursive: true });
  const state: SandboxState = { run, command };
  const own = `${stateFile(folder)}.${process.pid}`;
  try {
    writeFileSync(own, JSON.stringify(state));
    while (!linked(own, stateFile(folder))) {
      const other = readState(folder);
      if (other !== undefined && isRunning(other.command)) throw new SandboxRunsError(other);
      if (other !== undefined) {
        await takeAway(folder, other);
        recovered(`an earlier sandbox was not ended in order; what it left has been taken away`);
      } else rmSync(stateFile(folder), { force: true });
    }
    return state;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Whether a file has got that name, which it does not where another has it. */
function linked(file: string, name: string): boolean {
  try {
    linkSync(file, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Notes what is known of it by now. */
export const note = (folder: string, state: SandboxState): void =>
  writeWhole(stateFile(folder), JSON.stringify(state, undefined, 2));

/**
 * Takes away what a sandbox has left: its processes, containers, files, and at last the note of it. Its worker, where it
 * still runs, has time to do so itself.
 */
export async function takeAway(folder: string, { run, worker }: SandboxState): Promise<void> {
  if (worker !== undefined) {
    if (isRunning(worker)) {
      process.kill(worker.pid, 'SIGTERM');
      await ended(worker);
    }
    kill(membersOf(worker.pid, ROOT, runFolder(folder, run)));
  }
  await removeSandbox(run);
  rmSync(runFolder(folder, run), { recursive: true, force: true, maxRetries: 3 });
  if (readState(folder)?.run === run) rmSync(stateFile(folder), { force: true });
}

/** Ends the sandbox that runs; what it can't do itself is done for it. Undefined where there was none. */
export async function takeDown(folder: string): Promise<SandboxState | undefined> {
  const state = readState(folder);
  if (state === undefined) return undefined;
  if (isRunning(state.command)) {
    process.kill(state.command.pid, 'SIGTERM');
    await ended(state.command);
    if (isRunning(state.command)) kill([state.command]);
  }
  await takeAway(folder, readState(folder) ?? state);
  return state;
}

/** Waits until a process has ended, or its time is over. */
async function ended(process: ProcessIdentity): Promise<void> {
  const deadline = performance.now() + DOWN_WITHIN_MS;
  while (isRunning(process) && performance.now() < deadline) await setTimeout(LOOK_AGAIN_MS);
}
