import { fail, readCommandLine, UsageError } from './command-line';
import { MUTATIONS } from './mutations/list';
import { problemsOf, run, type Outcome } from './mutations/run';
import { terminalTable } from './table';

const USAGE = `Makes one change at a time, in lib/ or the sandbox, that a reviewer would fear, and reports what notices it.

  npm run mutations                      every change: minutes
  npm run mutations -- --only ecs        the changes whose name or file holds this text; as often as there are texts
  npm run mutations -- --workers 1       processes that test at once; by default one for each core
  npm run mutations -- --list            the changes, without a test

A change should be caught by an assertion, which says what must hold. A snapshot alone says that something changed.
The command fails unless assertions catch all. It writes no file of the repository.`;

const isCaught = ({ caughtBy }: Outcome): boolean => caughtBy === 'assertion';

function print(outcomes: readonly Outcome[]): void {
  const rows = outcomes.map(({ mutation, caughtBy, failures }) => [
    caughtBy,
    mutation.name,
    mutation.file,
    `${failures[0]?.split('\n')[0] ?? ''}${failures.length > 1 ? ` (and ${failures.length - 1} more)` : ''}`,
  ]);
  console.log(terminalTable(['caught by', 'change', 'file', 'first assertion, or the error'], rows));
  const count = (caughtBy: Outcome['caughtBy']): number =>
    outcomes.filter((outcome) => outcome.caughtBy === caughtBy).length;
  console.log(
    `\n${outcomes.length} changes: ${count('assertion')} caught by an assertion, ${count('snapshot')} by a snapshot only, ` +
      `${count('none')} by none, ${count('error')} could not be tested`,
  );
}

async function main(): Promise<void> {
  const { values } = readCommandLine(USAGE, {
    options: {
      only: { type: 'string', multiple: true, default: [''] },
      workers: { type: 'string', default: '100%' },
      list: { type: 'boolean', default: false },
    },
  });
  const { only, workers, list } = values;
  if (!/^[1-9]\d?$|^100%$/.test(workers))
    throw new UsageError(`--workers ${workers}: allowed is a number from 1 to 99`, USAGE);
  const mutations = MUTATIONS.filter(({ name, file }) => only.some((text) => `${name} ${file}`.includes(text)));
  if (mutations.length === 0) throw new UsageError(`No change has ${only.join(' or ')} in its name or file`, USAGE);
  if (list) {
    console.log(
      terminalTable(
        ['change', 'file'],
        mutations.map(({ name, file }) => [name, file]),
      ),
    );
    return;
  }
  const problems = problemsOf(mutations);
  if (problems.length > 0) throw new Error(`Changes that can't be made:\n${problems.join('\n')}`);
  const outcomes = await run(mutations, workers);
  print(outcomes);
  if (!outcomes.every(isCaught)) process.exitCode = 1;
}

main().catch(fail);
