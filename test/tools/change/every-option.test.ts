import { readFileSync } from 'node:fs';
import { OPTIONS, STACK_IDS, stacksDeclaring } from '../../../lib/app';
import { tryEveryPair, type Outcome } from '../../../tools/change/every-pair';
import { PAGES, pathOf, withChanges } from '../../../tools/change/page-tables';
import { isAlready } from '../../../tools/change/pairs';
import { REFUSALS } from '../../../tools/change/refusals';
import { RULES } from '../../../tools/change/rules';
import { BASES, NO_CHANGE, settings } from '../../../tools/change/values';

let outcomes: readonly Outcome[];

const everyVerdict = () => outcomes.flatMap(({ verdicts }) => verdicts);

beforeAll(() => {
  outcomes = tryEveryPair();
}, 1_800_000);

afterAll(() => {
  const changed = outcomes.filter(({ verdicts }) => verdicts.some(({ update }) => update.changes.length > 0));
  const refused = outcomes.filter(({ verdicts }) => verdicts.some(({ refusals }) => refusals.length > 0));
  console.log(
    `${outcomes.length} changes of options, ${changed.length} of which change a template; ${RULES.length} rules.\n` +
      `${refused.length} refused with advice.`,
  );
});

test('every option changes some stack with some value that is tried, or is no change, with the reason', () => {
  const effective = new Set(outcomes.flatMap(({ pair, verdicts }) => (verdicts.length > 0 ? [pair.option] : [])));
  const others = Object.keys(OPTIONS).filter((name) => NO_CHANGE[name] === undefined && !effective.has(name));
  // Say in tools/change/values.ts what is tried of it.
  expect(others).toEqual([]);
});

test('no value that is tried is refused by every stack that reads it, but for what a base has anyway', () => {
  const allowed = new Set(
    outcomes.flatMap(({ pair, stacks }) => {
      const reading = stacksDeclaring(pair.option);
      return reading.length === 0 || stacks.some((each) => reading.includes(each)) ? [pair.setting] : [];
    }),
  );
  const refused = Object.keys(OPTIONS)
    .filter((name) => NO_CHANGE[name] === undefined)
    .flatMap(settings)
    .filter((setting) => !allowed.has(setting.name) && !BASES.some((base) => isAlready(base, setting)));
  expect(refused.map(({ name }) => name)).toEqual([]);
});

test('no change of options breaks a rule', () => {
  const broken = new Map<string, string[]>();
  for (const { pair, verdicts } of outcomes)
    for (const fault of verdicts.flatMap(({ faults }) => faults)) {
      const { rule, stack, resource, problem } = fault;
      const line = `${rule}: ${stack} ${resource} ${problem}`;
      broken.set(line, [...(broken.get(line) ?? []), pair.name]);
    }
  const lines = [...broken].map(([fault, names]) => `${fault}\n    in ${names.length}, such as: ${names[0] ?? ''}`);
  expect(lines).toEqual([]);
});

test('what is refused is among what is tried', () => {
  const met = new Set(everyVerdict().flatMap(({ refusals }) => refusals));
  expect(REFUSALS.filter((refusal) => !met.has(refusal)).map(({ option }) => option)).toEqual([]);
});

test('every stack has a page', () => {
  expect(Object.values(PAGES).flat().sort()).toEqual([...STACK_IDS].sort());
});

test.each(Object.keys(PAGES))('the tables of docs/%s say what the tool says: npm run change -- --write', (page) => {
  const text = readFileSync(pathOf(page), 'utf8');
  expect(text).toBe(withChanges(page, text, outcomes));
});
