import { readFileSync } from 'node:fs';
import { STACK_IDS } from '../lib/app';
import { ConfigurationError } from '../lib/options/problems';
import { change, deployed, type Change, type Deployed, type Options } from './change/change';
import { tryEveryPair } from './change/every-pair';
import { PAGES, pathOf, withChanges } from './change/page-tables';
import type { Update } from './change/plan';
import { describe, describeFaults, describeOthers } from './change/report';
import { verdicts } from './change/verdict';
import { CONTEXT, contextFrom, fail, noSuch, readCommandLine, UsageError } from './command-line';
import { writeWhole } from '../packaging/write-whole';

const USAGE = `Shows what CloudFormation does to a deployed stack when its options change. It reads templates only, and no account.

  npm run change -- Ec2 --to -c ec2.plan=spot
  npm run change -- Fargate -c fargate.deployment=canary --to -c fargate.deployment=rolling

Before --to stand the options with which the stack was deployed, and after it those that change. An option that stands
before --to only is kept; -c option= takes one back to its default.

  npm run change -- --write     writes the tables of the docs pages: what changing each option does. It takes minutes.

Exit code: 0 the change can be made, 1 it breaks a rule or is refused, or something failed, 2 it was not asked rightly.`;

/** The options before and after, and the stack. */
function ask(given: readonly string[]): { stack: string; before: Options; after: Options } {
  const at = given.indexOf('--to');
  const read = (args: readonly string[]) => readCommandLine(USAGE, { options: CONTEXT, allowPositionals: true }, args);
  const [old, next] = [read(at < 0 ? given : given.slice(0, at)), read(at < 0 ? [] : given.slice(at + 1))];
  if (at < 0) throw new UsageError('What changes is missing: name it after --to', USAGE);
  const [stack, ...more] = [...old.positionals, ...next.positionals];
  if (stack === undefined || more.length > 0) throw new UsageError('Name one stack', USAGE);
  if (!STACK_IDS.includes(stack)) throw new UsageError(noSuch('stack', stack, STACK_IDS, 3), USAGE);
  const before = contextFrom(old.values.context);
  return { stack, before, after: withoutEmpty({ ...before, ...contextFrom(next.values.context) }) };
}

/** All stacks with these options, of which one must not be refused. */
function stacksWith(options: Options, stack: string): Deployed {
  const all = deployed(options);
  const refused = all.stacks.find(({ id }) => id === stack)?.problems ?? [];
  if (refused.length > 0) throw new ConfigurationError(refused);
  return all;
}

/** Whether an update is of the stack, of one that it needs, or of one that needs it. */
function isAbout({ after }: Change, stack: string, update: Update): boolean {
  const needs = (id: string): readonly string[] => after.stacks.find((each) => each.id === id)?.needs ?? [];
  return update.stack === stack || needs(stack).includes(update.stack) || needs(update.stack).includes(stack);
}

const withoutEmpty = (options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== ''));

/** Shows what a change does, and ends with 1 where it must not be made. */
function show({ stack, before, after }: ReturnType<typeof ask>): void {
  // All of them: what changes in the network and the registry, other stacks see.
  const changed = change(stacksWith(before, stack), stacksWith(after, stack));
  const all = verdicts(changed);
  const shown = all.filter(({ update }) => isAbout(changed, stack, update));
  for (const verdict of shown) console.log(`${describe(verdict)}\n`);
  const others = all.filter((verdict) => !shown.includes(verdict) && verdict.update.changes.length > 0);
  if (others.length > 0) console.log(`${describeOthers(others.map(({ update }) => update))}\n`);
  const faults = shown.flatMap((verdict) => verdict.faults);
  if (faults.length > 0) console.error(describeFaults(faults));
  if (faults.length > 0 || shown.some(({ effect }) => effect === 'refused')) process.exitCode = 1;
}

/** Writes the tables of the docs pages. */
function writeTables(): void {
  const outcomes = tryEveryPair((done, all) => {
    if (done % 100 === 0) console.error(`${done} of ${all} changes`);
  });
  for (const page of Object.keys(PAGES)) {
    const file = pathOf(page);
    writeWhole(file, withChanges(page, readFileSync(file, 'utf8'), outcomes));
  }
}

try {
  const given = process.argv.slice(2);
  if (given.length === 1 && given[0] === '--write') writeTables();
  else show(ask(given));
} catch (error) {
  fail(error);
}
