import { spawn } from 'node:child_process';
import path from 'node:path';
import { installRuntime, unsupported } from '../../contract/runtime/install';
import { installEmulator } from '../emulator/install';
import { userEndpoint } from '../emulator/user-endpoint';
import { pageOptions } from './choice';
import { deployedLambda } from './deployed-lambda';
import { SANDBOX_RUNNERS } from './runners';
import { Sandbox } from './sandbox';
import { serveSandbox } from './server';

// The process that starts the options and serves the page. It leads a group of its own, with all that the options start in it,
// so that all of it can be found when it does not end in order. The command `npm run sandbox` starts it, prints what it says,
// and ends it; where the command is gone without having done so, it ends by itself.

/** What the worker is started with. */
export interface WorkerSettings {
  /** The names of the runners. Default: all. */
  readonly runners?: readonly string[];
  readonly folder: string;
  readonly port: number;
}

/** What the worker says. */
export type WorkerMessage =
  | { readonly line: string }
  | { readonly url: string }
  | { readonly failed: string }
  | { readonly ready: { readonly running: number; readonly missing: readonly string[]; readonly seconds: number } };

const IDLE_COSTS = path.join(__dirname, '..', 'cost', 'idle.ts');

function say(message: WorkerMessage): void {
  if (process.connected) process.send?.(message);
}

/** What stacks cost without a request, computed in a process beside this one, since it takes seconds of a processor. */
async function idleCosts(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
  const child = spawn(process.execPath, ['--import', 'tsx', IDLE_COSTS], {
    stdio: ['ignore', 'pipe', 'ignore'],
    signal,
    killSignal: 'SIGKILL',
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error('the idle costs could not be computed. npm run cost says why');
  return JSON.parse(output) as Record<string, string>;
}

/** Why it failed, where it did. */
const settled = (installing: Promise<void> | undefined): Promise<string | undefined> =>
  Promise.resolve(installing).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );

async function main(settings: WorkerSettings): Promise<void> {
  const began = performance.now();
  const runners = SANDBOX_RUNNERS.filter(({ name }) => settings.runners?.includes(name) ?? true);
  const progress = (line: string): void => say({ line });
  const sandbox = new Sandbox({
    runners,
    folder: settings.folder,
    progress,
    prepare: async (signal) => {
      const needsEmulator = runners.some(({ name }) => name === deployedLambda.name) && userEndpoint() === undefined;
      const installed = [
        // One after another: where one can't be installed, the other may be.
        await settled(unsupported() === undefined ? installRuntime(progress, signal) : undefined),
        await settled(needsEmulator ? installEmulator(signal) : undefined),
      ];
      const problems = installed.filter((problem) => problem !== undefined);
      if (problems.length > 0) throw new Error(problems.join('\n'));
    },
  });
  let [idle, ready]: [Readonly<Record<string, string>>, boolean] = [{}, false];
  const listeners = new Set<() => void>();
  const tell = (): void => listeners.forEach((listener) => listener());
  sandbox.onChange(tell);

  const page = await serveSandbox(
    {
      shown: () => ({ options: sandbox.options, idle, ready }),
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      send: (picture, query, signal) => sandbox.send(picture, query, signal),
    },
    pageOptions(runners),
    settings.port,
  );
  const ending = new AbortController();
  const end = async (): Promise<void> => {
    ending.abort();
    page.close();
    await sandbox.stop();
    process.exit();
  };
  process.once('SIGTERM', () => void end());
  process.once('disconnect', () => void end());
  say({ url: page.url });

  await sandbox.start();
  ready = true;
  tell();
  say({
    ready: {
      running: sandbox.options.filter(({ state }) => state === 'running').length,
      missing: sandbox.options.filter(({ state }) => state === 'missing').map(({ name }) => name),
      seconds: (performance.now() - began) / 1000,
    },
  });
  try {
    idle = await idleCosts(ending.signal);
  } catch (error) {
    if (ending.signal.aborted) return;
    progress((error as Error).message);
    idle = Object.fromEntries(pageOptions(runners).map(({ id }) => [id, 'not computed']));
  }
  tell();
}

// Validated elsewhere: it takes seconds.
process.env['CDK_VALIDATION'] = 'false';
// A command that is gone reads nothing any more.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
process.once('message', (settings: WorkerSettings) => {
  main(settings).catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    say({
      failed:
        code === 'EADDRINUSE'
          ? `Port ${settings.port} is in use by another program. Choose another, or leave --port out for any that is free.`
          : message,
    });
    process.exitCode = 1;
    process.disconnect();
  });
});
