import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createRequire } from 'node:module';
import path from 'node:path';
import { TESTS, type Mutation } from './list';

const ROOT = path.resolve(__dirname, '..', '..');
/** The configuration of the tests' own. */
const TESTS_CONFIG = createRequire(__filename)('../../jest.config.js') as {
  readonly testEnvironment: string;
  readonly transform: Readonly<Record<string, unknown>>;
  readonly transformIgnorePatterns: readonly string[];
};
/** Name of the run without any change. */
const UNCHANGED = 'no change';

/** What notices a change: `error` where the tests could not even begin. */
export type Catch = 'assertion' | 'snapshot' | 'none' | 'error';

export interface Outcome {
  readonly mutation: Mutation;
  readonly caughtBy: Catch;
  /** The tests that fail by an assertion, or the error. */
  readonly failures: readonly string[];
}

/** What Jest reports of one test file, as far as it matters here. */
export interface FileResult {
  /** Name of the mutation. */
  readonly mutation: string;
  /** Why its tests could not begin. */
  readonly error?: string | undefined;
  readonly tests: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages: readonly string[];
  }[];
}

/** Why mutations can't be made: their text is in their file not exactly once, or their names are not all different. */
export function problemsOf(mutations: readonly Mutation[]): string[] {
  const unfound = mutations.flatMap(({ name, file, find }) => {
    const count = readFileSync(path.join(ROOT, file), 'utf8').split(find).length - 1;
    return count === 1 ? [] : [`${name}: ${file} has this text ${count} times, and it must be there once: ${find}`];
  });
  const names = mutations.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [...unfound, ...twice.map((name) => `${name}: two mutations have this name`)];
}

/**
 * Runs the tests of each mutation, with the change made while the file is compiled: no file of the repository is written.
 *
 * @throws Error where tests fail without any change
 */
export async function run(mutations: readonly Mutation[], maxWorkers: string): Promise<Outcome[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'mutations-'));
  try {
    const all = [...new Set(mutations.flatMap(({ tests }) => tests))];
    const unchanged = { name: UNCHANGED, file: '', find: '', replacement: '', tests: all };
    requirePassing(await runTests([unchanged], maxWorkers, folder));
    return judge(mutations, await runTests(mutations, maxWorkers, folder));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function runTests(mutations: readonly Mutation[], maxWorkers: string, folder: string): Promise<FileResult[]> {
  const [configFile, output] = [path.join(folder, 'config.json'), path.join(folder, 'results.json')];
  const config = {
    rootDir: ROOT,
    workerIdleMemoryLimit: '1GB',
    projects: mutations.map((mutation) => project(mutation, folder)),
    reporters: [[path.join(__dirname, 'reporter.js'), { output }]],
  };
  rmSync(output, { force: true });
  writeFileSync(configFile, JSON.stringify(config));
  await runJest(['--ci', '--config', configFile, '--maxWorkers', maxWorkers]);
  if (!existsSync(output)) throw new Error('Jest could not begin; what it says is above.');
  return JSON.parse(readFileSync(output, 'utf8')) as FileResult[];
}

/**
 * Runs Jest in a process group of its own, which ends with this process: its workers would test on.
 *
 * @throws Error where a signal stops the run
 */
function runJest(args: readonly string[]): Promise<void> {
  const jest = spawn(process.execPath, [require.resolve('jest/bin/jest'), ...args], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let stopped: string | undefined;
    const stop = (signal: NodeJS.Signals): void => {
      stopped = signal;
      if (jest.pid !== undefined) process.kill(-jest.pid, 'SIGKILL');
    };
    process.once('SIGINT', stop).once('SIGTERM', stop);
    jest.once('error', reject);
    // Tests that fail are what is looked for: the exit code says nothing.
    jest.once('close', () => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      if (stopped === undefined) resolve();
      else reject(new Error(`Stopped by ${stopped}; nothing is left`));
    });
  });
}

/** The configuration of the tests' own, for the tests of one mutation. */
function project({ name, file, find, replacement, tests }: Mutation, folder: string) {
  const change = { file: path.join(ROOT, file), find, replacement };
  return {
    id: createHash('sha256').update(name).digest('hex'),
    displayName: { name, color: 'white' },
    rootDir: ROOT,
    roots: [path.join(ROOT, 'test')],
    testEnvironment: TESTS_CONFIG.testEnvironment,
    // Jest warns of what the library leaves on the global scope, once for each mutation.
    testEnvironmentOptions: { globalsCleanup: 'off' },
    testMatch: tests.map((test) => path.join(ROOT, TESTS[test])),
    transform: { ...TESTS_CONFIG.transform, '^.+\\.ts$': [path.join(__dirname, 'transformer.js'), change] },
    transformIgnorePatterns: TESTS_CONFIG.transformIgnorePatterns,
    snapshotFormat: { escapeString: false, printBasicPrototype: false },
    cacheDirectory: path.join(folder, 'cache'),
  };
}

/** @throws Error where tests fail without any change, which then say nothing of the changes */
export function requirePassing(results: readonly FileResult[]): void {
  const failures = results.flatMap((file) => [...errorsOf(file), ...failuresOf(file).map(({ name }) => name)]);
  if (failures.length > 0) throw new Error(`Tests fail without any change:\n${failures.join('\n')}`);
}

/** What caught each mutation. */
export function judge(mutations: readonly Mutation[], results: readonly FileResult[]): Outcome[] {
  return mutations.map((mutation) => {
    const files = results.filter(({ mutation: name }) => name === mutation.name);
    if (files.length < mutation.tests.length)
      return { mutation, caughtBy: 'error', failures: ['Jest did not run its tests'] };
    const errors = files.flatMap(errorsOf);
    if (errors.length > 0) return { mutation, caughtBy: 'error', failures: errors };
    const failures = files.flatMap(failuresOf);
    const assertions = failures.filter(({ isSnapshot }) => !isSnapshot).map(({ name }) => name);
    const caughtBy = assertions.length > 0 ? 'assertion' : failures.length > 0 ? 'snapshot' : 'none';
    return { mutation, caughtBy, failures: assertions };
  });
}

/** Why the tests of a file could not begin. */
const errorsOf = ({ error }: FileResult): string[] => (error === undefined ? [] : [error]);

const failuresOf = ({ tests }: FileResult) =>
  tests
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => ({
      name: fullName,
      isSnapshot: failureMessages.every((message) => message.includes('toMatchSnapshot')),
    }));
