import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Architecture } from '../bundle';
import type { Framework } from '../framework-packages';

export const ROOT = path.join(__dirname, '..', '..');
export const SOURCES = path.join(ROOT, 'lambda', 'frameworks');
export const CACHE = path.join(ROOT, '.cache', 'frameworks');

/** Files by their path in the package. */
export type Files = ReadonlyMap<string, Uint8Array>;

export interface Task {
  /** Told what takes its time. */
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Built {
  readonly files: Readonly<Record<Architecture, Files>>;
  /** What the files were made of, by path from the root. */
  readonly sources: readonly string[];
  /** What compiled them, as it says of itself; null where that step was left out, for want of the tool. */
  readonly compiler: string | null;
}

/** How the frameworks of one language are built and tested. */
export interface Recipe {
  /** The files that make the packages, beside this one. */
  readonly tools: readonly string[];
  /** The files of a framework's package. Throws Error that says what is missing, and what to do. */
  build(framework: Framework, task: Task): Promise<Built>;
  /** Runs the framework's own unit tests by its own tool, whose words go to the terminal. Throws Error if one fails. */
  test(framework: Framework, task: Task): Promise<void>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** Shows what it says as it says it. */
  readonly show?: boolean;
}

/**
 * Runs a program to its end.
 *
 * @returns what it wrote to standard output, unless shown
 * @throws Error with its own words, where it fails; AbortError where the signal says so
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd = ROOT, env = process.env, signal, show = false } = options;
  const stdio = show ? 'inherit' : 'pipe';
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', stdio, stdio], ...(signal ? { signal } : {}) });
  let output = '';
  let words = '';
  child.stdout?.on('data', (chunk) => (output += String(chunk)));
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (words += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}\nended with ${code}\n${words.trim()}`);
  return output;
}

/** The files below a folder, by their path in it, with slashes. */
export async function readFiles(folder: string, keep: (file: string) => boolean = () => true): Promise<Files> {
  const files = new Map<string, Uint8Array>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/');
    if (entry.isFile() && keep(file)) files.set(file, await readFile(path.join(folder, file)));
  }
  return files;
}
