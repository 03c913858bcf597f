import path from 'node:path';
import { fail, readCommandLine } from './command-line';
import { ACTIONLINT, ZIZMOR, type WorkflowLinter } from './lint/workflows';

const USAGE = `Checks .github with zizmor and actionlint, which it installs into .cache/ with Python 3 and with Go.

  npm run lint:workflows

What either finds fails. Neither asks a server once it is installed. Where one can't be installed, it is skipped with
the reason; with LEAVE_NOTHING_OUT=1 that fails.
Exit code: 0 nothing is found, 1 something is, 2 it was not asked rightly.`;

const PROJECT = path.join(__dirname, '..');

type Outcome = 'passed' | 'failed' | 'skipped';

/** Prints why a linter is left out. */
function skip(linter: WorkflowLinter, problem: string): Outcome {
  const reason = `${linter.name} is not installed: ${problem}`;
  if (process.env['LEAVE_NOTHING_OUT'] === '1') throw new Error(reason);
  console.log(`left out: ${reason}`);
  return 'skipped';
}

/** Runs a linter and prints what it finds. */
async function lint(linter: WorkflowLinter, signal: AbortSignal): Promise<Outcome> {
  const found = await linter.find(PROJECT, signal);
  console.log(`${found.length === 0 ? 'ok  ' : 'FAIL'} ${linter.name}`);
  for (const { file, line, rule, message } of found) console.log(`       ${file}:${line}: ${rule}: ${message}`);
  return found.length === 0 ? 'passed' : 'failed';
}

async function main(): Promise<void> {
  const interrupted = new AbortController();
  try {
    readCommandLine(USAGE, { options: {} });
    const problems = new Map<WorkflowLinter, string | undefined>();
    for (const linter of [ZIZMOR, ACTIONLINT]) problems.set(linter, await linter.install());
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort(name));
    const outcomes: Outcome[] = [];
    for (const [linter, problem] of problems)
      outcomes.push(problem === undefined ? await lint(linter, interrupted.signal) : skip(linter, problem));
    const count = (wanted: Outcome): string => `${outcomes.filter((outcome) => outcome === wanted).length} ${wanted}`;
    console.log(`\n${count('passed')}, ${count('failed')}, ${count('skipped')}`);
    process.exitCode = outcomes.includes('failed') ? 1 : 0;
  } catch (error) {
    fail(interrupted.signal.aborted ? new Error(`interrupted by ${String(interrupted.signal.reason)}`) : error);
  }
}

void main();
