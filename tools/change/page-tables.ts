import path from 'node:path';
import { OPTIONS } from '../../lib/app';
import { markdownTable } from '../table';
import { EFFECTS, gravest, type Effect } from './effects';
import type { Pair } from './pairs';
import type { ResourceChange } from './plan';
import type { Outcome } from './every-pair';
import { WHOLE } from './values';
import type { Verdict } from './verdict';

/** The page of each compute option, and the stacks that it is about. */
export const PAGES: Readonly<Record<string, readonly string[]>> = {
  'network.md': ['Network'],
  'ec2.md': ['Ec2'],
  'beanstalk.md': ['Beanstalk'],
  'ecs.md': ['Registry', 'Fargate', 'EcsEc2'],
  'managed-instances.md': ['ManagedInstances'],
  'lambda.md': ['Lambda', 'Frameworks'],
  'lambda-image.md': ['LambdaImage'],
  'web-function.md': ['WebFunction'],
};

const DOCS = path.join(__dirname, '..', '..', 'docs');
const GENERATED = /(<!-- changes: npm run change -- --write -->\n)[\s\S]*?(\n<!-- end of changes -->)/;
const HEAD = ['option', 'interrupts the service?', 'when, and what to do', 'what is changed'];

/** What a change of an option does to one stack. */
interface StackOutcome {
  readonly pair: Pair;
  readonly verdict: Verdict;
}

/** The path of a page. */
export const pathOf = (page: string): string => path.join(DOCS, page);

/** The page with its tables as they are now: one for each stack that it is about. */
export function withChanges(page: string, text: string, outcomes: readonly Outcome[]): string {
  if (!GENERATED.test(text))
    throw new Error(`docs/${page} has no section for what changes do; mark it as docs/ec2.md does`);
  const stacks = PAGES[page] ?? [];
  const tables = stacks.map((stack) => {
    const table = markdownTable(HEAD, rows(outcomes.flatMap((outcome) => ofStack(outcome, stack))));
    return stacks.length === 1 ? table : `### ${stack}\n\n${table}`;
  });
  return text.replace(GENERATED, (_, start: string, end: string) => `${start}\n${tables.join('\n\n')}\n${end}`);
}

const ofStack = ({ pair, verdicts }: Outcome, stack: string): StackOutcome[] =>
  verdicts.filter(({ update }) => update.stack === stack).map((verdict) => ({ pair, verdict }));

/** One row for each option that changes the stack. */
const rows = (outcomes: readonly StackOutcome[]): string[][] =>
  Object.keys(OPTIONS).flatMap((option) => {
    const of = outcomes.filter(({ pair }) => pair.option === option);
    return of.length === 0 ? [] : [[`\`${option}\``, ...interruption(of), resources(of)]];
  });

/**
 * Whether a change of an option interrupts the service, in a word, and what there is to say of it. Where it depends on
 * what is deployed, each word, and which of them is meant when.
 */
function interruption(outcomes: readonly StackOutcome[]): [word: string, details: string] {
  const bases = WHOLE.map(({ name }) => {
    const of = outcomes.filter(({ pair }) => pair.base === name);
    return { name, of, effect: gravest(of.map(({ verdict }) => verdict.effect)) };
  }).filter(({ of }) => of.length > 0);
  const effects = EFFECTS.filter((effect) => bases.some((each) => each.effect === effect));
  const words = effects.map((effect) => (effect === 'none' ? 'no' : `**${effect}**`)).join(' or ');
  if (effects.length === 1) return [words, details(effects[0] ?? 'none', outcomes)];
  const each = effects.toReversed().map((effect) => {
    const alike = bases.filter((base) => base.effect === effect);
    const said = details(
      effect,
      alike.flatMap(({ of }) => of),
    );
    const word = effect === 'none' ? 'no' : effect;
    return `${alike.map(({ name }) => name).join(' and ')}: ${said === '' ? word : `${word}, ${said}`}`;
  });
  return [words, each.join('; ')];
}

/** Why a change has an effect, or what to do where it is refused. */
function details(effect: Effect, outcomes: readonly StackOutcome[]): string {
  const of = outcomes.map(({ verdict }) => verdict).filter((verdict) => verdict.effect === effect);
  const advice = [...new Set(of.flatMap(({ refusals }) => refusals.map((refusal) => refusal.advice)))];
  return advice.length > 0 ? advice.join(' ') : [...new Set(of.flatMap(({ because }) => because))].join('; ');
}

/** The types of what is replaced, and of what else changes. */
function resources(outcomes: readonly StackOutcome[]): string {
  const changes = outcomes.flatMap(({ verdict }) => verdict.update.changes);
  const typesOf = (...actions: ResourceChange['action'][]): string[] =>
    [...new Set(changes.filter(({ action }) => actions.includes(action)).map(({ type }) => shortName(type)))].sort();
  const replaced = typesOf('replace');
  const moved = typesOf('add', 'remove').filter((type) => !replaced.includes(type));
  const updated = typesOf('update').filter((type) => !replaced.includes(type) && !moved.includes(type));
  return [['replaced', replaced] as const, ['added or removed', moved] as const, ['in place', updated] as const]
    .filter(([, types]) => types.length > 0)
    .map(([done, types]) => `${done}: ${types.join(', ')}`)
    .join('; ');
}

/** `Listener` of `AWS::ElasticLoadBalancingV2::Listener`. */
const shortName = (type: string): string => type.split('::').at(-1) ?? type;
