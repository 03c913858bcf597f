import { spawn, spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { PictureAnswer } from '../sandbox/sandbox';
import type { Shown } from '../sandbox/server';
import { StartedSandbox } from '../sandbox/started';
import type { Progress } from './functions';
import type { NotMeasured } from './image';

const ROOT = path.join(__dirname, '..', '..');
const PICTURE = path.join(ROOT, 'contract', 'photographs', 'cat.jpg');
const LOOK_AGAIN_MS = 50;
/** All that is on the PATH: no Python, no container engine, no compiler. */
const PROGRAMS = ['node', 'npm', 'npx', 'sh'] as const;

/** From a fresh clone to thumbnails, with Node.js and npm alone. All seconds are from the beginning of `npm ci`. */
export interface SandboxFigures {
  /** `npm ci`, which makes the bundle too. */
  readonly installedSeconds: number;
  /** The page of `npm run sandbox` answers. */
  readonly pageSeconds: number;
  /** The first thumbnail by the first option. */
  readonly firstThumbnailSeconds: number;
  /** Every option that runs has answered a picture. */
  readonly lastThumbnailSeconds: number;
  /** The runners that made a thumbnail. */
  readonly thumbnailsBy: readonly string[];
  /** How many runners the sandbox knows. */
  readonly runners: number;
}

interface SandboxBench {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly leftovers: Set<() => unknown>;
}

export async function benchSandbox(bench: SandboxBench): Promise<SandboxFigures | NotMeasured> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-sandbox-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  bench.leftovers.add(remove);
  // What root starts for PHP runs as another user, which has to get there.
  chmodSync(folder, 0o755);
  const clone = path.join(folder, 'clone');
  const environment = nodeAlone(path.join(folder, 'bin'));
  if (environment === undefined)
    return { notMeasured: `not all of ${PROGRAMS.join(', ')} are on the PATH of this machine.` };
  bench.progress('a clone of the last commit');
  const cloned = await run('git', ['clone', '--quiet', ROOT, clone], folder, process.env, bench.signal);
  if (cloned !== undefined) return { notMeasured: `there is no clone of this folder: ${cloned}` };

  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  bench.progress('npm ci in it');
  const installed = await run('npm', ['ci', '--no-audit', '--no-fund'], clone, environment, bench.signal);
  if (installed !== undefined) return { notMeasured: `npm ci failed: ${installed}` };
  const installedSeconds = seconds();

  bench.progress('npm run sandbox in it');
  const sandbox = new StartedSandbox({ root: clone, environment, replacesEnvironment: true });
  const down = (): unknown =>
    spawnSync(process.execPath, ['--import', 'tsx', 'tools/sandbox.ts', 'down'], { cwd: clone, env: environment });
  bench.leftovers.add(down);
  try {
    const url = await sandbox.url();
    const pageSeconds = seconds();
    await firstRuns(url);
    if (!(await firstThumbnail(url))) throw new Error(`The first option made no thumbnail:\n${sandbox.output}`);
    const firstThumbnailSeconds = seconds();
    await sandbox.ready();
    const answers = await answersTo(url);
    const lastThumbnailSeconds = seconds();
    const thumbnailsBy = answers.flatMap(({ name, thumbnail }) => (thumbnail ? [name] : []));
    const runners = (await shownAt(url)).options.length;
    return { installedSeconds, pageSeconds, firstThumbnailSeconds, lastThumbnailSeconds, thumbnailsBy, runners };
  } finally {
    await sandbox.interrupt();
    bench.leftovers.delete(down);
    remove();
    bench.leftovers.delete(remove);
  }
}

/** An environment whose PATH has those programs alone; undefined where one of them is not there. */
function nodeAlone(folder: string): NodeJS.ProcessEnv | undefined {
  mkdirSync(folder);
  const { PATH = '', ...rest } = process.env;
  for (const program of PROGRAMS) {
    const found = PATH.split(path.delimiter)
      .map((each) => path.join(each, program))
      .find(isProgram);
    const target = program === 'node' ? process.execPath : found;
    if (target === undefined) return undefined;
    symlinkSync(target, path.join(folder, program));
  }
  // What npm says of the package whose script runs here is not so in the clone; and nothing of a user's own AWS.
  const isOfHere = (name: string): boolean =>
    /^(npm_(package|lifecycle|config_local)|INIT_CWD|AWS_|CDK_|DOCKER_)/.test(name);
  return { ...Object.fromEntries(Object.entries(rest).filter(([name]) => !isOfHere(name))), PATH: folder };
}

/** A program that npm has not put there for the scripts of this package. */
function isProgram(file: string): boolean {
  if (file.includes(`node_modules${path.sep}.bin`)) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs a command to its end; what it said where it did not end well. */
async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string | undefined> {
  const child = spawn(command, args, { cwd, env, signal, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      said += error.message;
      resolve(null);
    });
    child.once('close', resolve);
  });
  signal.throwIfAborted();
  return code === 0 ? undefined : said.trim();
}

const shownAt = async (url: string): Promise<Shown> => (await (await fetch(`${url}state`)).json()) as Shown;

/** Waits until an option runs that makes thumbnails, as the page shows it. */
async function firstRuns(url: string): Promise<void> {
  for (;;) {
    const { options, ready } = await shownAt(url);
    if (options.some(({ makesThumbnails }) => makesThumbnails)) return;
    if (ready) throw new Error('No option runs that makes thumbnails.');
    await setTimeout(LOOK_AGAIN_MS);
  }
}

/** Sends a picture as the page does, and gives the lines of the answer as they come. */
async function* linesOf(url: string): AsyncGenerator<PictureAnswer> {
  const answer = await fetch(`${url}thumbnails?width=320&format=webp`, { method: 'POST', body: readFileSync(PICTURE) });
  if (!answer.ok || answer.body === null) throw new Error(`The sandbox answered ${answer.status}.`);
  let rest = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter(Boolean)) yield JSON.parse(line) as PictureAnswer;
  }
}

async function firstThumbnail(url: string): Promise<boolean> {
  for await (const { thumbnail } of linesOf(url)) if (thumbnail !== undefined) return true;
  return false;
}

async function answersTo(url: string): Promise<readonly PictureAnswer[]> {
  const answers: PictureAnswer[] = [];
  for await (const each of linesOf(url)) answers.push(each);
  return answers;
}
