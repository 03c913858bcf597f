import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { readCommandLine, UsageError } from './command-line';
import { runProgram } from './container';
import { identify } from './sandbox/processes';
import {
  claim,
  DOWN_WITHIN_MS,
  note,
  runFolder,
  sandboxFolder,
  type SandboxState,
  takeAway,
  takeDown,
} from './sandbox/state';
import { wordsOf } from './sandbox/words';
import type { WorkerMessage, WorkerSettings } from './sandbox/worker';

const USAGE = `Brings up every compute option that this machine can run, on loopback and without an account, and serves a page to try them on.

  npm run sandbox                           all of them, until Ctrl+C
  npm run sandbox -- --options Lambda,Ec2   these alone, by their stacks or by their runners, such as frameworks/flask
  npm run sandbox -- down                   ends it from another terminal, and takes away what a crash has left

--options names   options, with commas between them (default: all)
--port n          the port of the page on 127.0.0.1 (default: any that is free)
--help            print this text

Exit code: 0 it was ended, 1 it could not be started or ended by itself, 2 the command was used in a wrong way.`;

const WORKER = path.join(__dirname, 'sandbox', 'worker.ts');

const progress = (line: string): void => {
  process.stderr.write(`sandbox: ${line}\n`);
};

type Asked = 'down' | Omit<WorkerSettings, 'folder'>;

async function readArguments(): Promise<Asked> {
  const { values, positionals } = readCommandLine(USAGE, {
    allowPositionals: true,
    options: { options: { type: 'string' }, port: { type: 'string', default: '0' } },
  });
  const [word, ...more] = positionals;
  if (word !== undefined && (word !== 'down' || more.length > 0))
    throw new UsageError(`${JSON.stringify(positionals.join(' '))}: the one word that it takes is down.`, USAGE);
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535)
    throw new UsageError(`--port is ${JSON.stringify(values.port)}: it must be a whole number from 0 to 65535.`, USAGE);
  if (word === 'down') return 'down';
  return { port, ...(values.options !== undefined && { runners: await namesOf(values.options) }) };
}

async function namesOf(options: string): Promise<readonly string[]> {
  // Loaded here: without it the command is there in half the time.
  const [{ chosenRunners }, { SANDBOX_RUNNERS }] = await Promise.all([
    import('./sandbox/choice.js'),
    import('./sandbox/runners.js'),
  ]);
  try {
    return chosenRunners(
      options.split(',').map((word) => word.trim()),
      SANDBOX_RUNNERS,
    ).map(({ name }) => name);
  } catch (error) {
    throw new UsageError((error as Error).message, USAGE);
  }
}

async function down(folder: string): Promise<number> {
  const ended = await takeDown(folder);
  progress(ended === undefined ? 'none runs here, and none has left anything' : 'ended, and everything is taken away');
  return 0;
}

/** Starts the worker in a group of its own, in which it keeps what it starts. */
function startWorker(folder: string, run: string): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', WORKER], {
    cwd: path.join(__dirname, '..'),
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // What programs write into the system's folder for temporary files is taken away with the rest.
    // The AWS SDK warns on each start of the Node.js that it will want next year.
    env: { ...process.env, TMPDIR: folder, SANDBOX_RUN: run, NODE_NO_WARNINGS: '1' },
  });
}

function tell(message: WorkerMessage, onUrl: (url: string) => void): void {
  if ('line' in message) progress(message.line);
  if ('failed' in message) progress(message.failed);
  if ('url' in message) {
    onUrl(message.url);
    console.log(`\n  The page: ${message.url}   (Ctrl+C ends it and takes everything away)\n`);
  }
  if ('ready' in message) {
    const { running, missing, seconds } = message.ready;
    const rest = missing.length === 0 ? '' : `; not here, with their reasons above: ${missing.join(', ')}`;
    progress(`${running} ${running === 1 ? 'answers' : 'answer'}, after ${seconds.toFixed(1)} s${rest}`);
  }
}

async function up(settings: Omit<WorkerSettings, 'folder'>, interrupted: AbortSignal): Promise<number> {
  const folder = sandboxFolder();
  let state: SandboxState = await claim(folder, randomBytes(6).toString('hex'), progress);
  try {
    const own = runFolder(folder, state.run);
    mkdirSync(own, { recursive: true });
    const worker = startWorker(own, state.run);
    const ended = once(worker, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    const identity = identify(worker.pid ?? 0);
    if (identity !== undefined) note(folder, (state = { ...state, worker: identity }));
    const noteUrl = (url: string): void => {
      try {
        note(folder, (state = { ...state, url }));
      } catch (error) {
        // It serves a second sandbox, which then names the process in place of the address.
        progress(`the address could not be noted: ${wordsOf(error, folder)}`);
      }
    };
    worker.on('message', (message: WorkerMessage) => tell(message, noteUrl));
    worker.send({ ...settings, folder: own } satisfies WorkerSettings);
    const stop = (): void => {
      progress('taking everything away');
      worker.kill('SIGTERM');
      setTimeout(() => worker.kill('SIGKILL'), DOWN_WITHIN_MS).unref();
    };
    if (interrupted.aborted) stop();
    interrupted.addEventListener('abort', stop, { once: true });
    const [code, signal] = await ended;
    if (interrupted.aborted) return 0;
    if (signal !== null) progress(`its process was ended by ${signal}; everything is taken away`);
    return code === 0 ? 0 : 1;
  } finally {
    await takeAway(folder, state);
  }
}

if (require.main === module) {
  runProgram(async (interrupted) => {
    const asked = await readArguments();
    if (asked === 'down') return down(sandboxFolder());
    try {
      return await up(asked, interrupted);
    } catch (error) {
      throw new Error(wordsOf(error, sandboxFolder()), { cause: error });
    }
  });
}
