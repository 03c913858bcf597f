import { existsSync } from 'node:fs';
import path from 'node:path';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { describeStack } from '../assembly';
import { type Stack, toBePriced } from './assembly';
import type { Comparison } from './compare';
import type { Gap, Line } from './price-stack';
import { amounts, describeGap, quantity, usd } from './report';

/**
 * The stacks of an assembly that `cdk synth` has written.
 *
 * @param folder such as `cdk.out`
 * @throws Error where there is none
 */
export function readAssembly(folder: string): Stack[] {
  if (!existsSync(path.join(folder, 'manifest.json')))
    throw new Error(`${folder} holds no assembly: give the folder that npx cdk synth --output has written`);
  const { stacks } = new CloudAssembly(folder);
  return stacks.map((stack) => toBePriced(describeStack(stack, stacks)));
}

/** What a month costs before a change and after it: a row a stack whose cost is another one, and why, line by line. */
export function describeDifference(before: readonly Comparison[], after: readonly Comparison[]): string {
  const pairs = pairsOf(before, after);
  const changed = pairs.filter(isChanged);
  const same = pairs.length - changed.length;
  if (changed.length === 0) return `The change costs nothing and saves nothing. ${unchanged(same)}`;
  const rows = changed.map((pair) => [pair.id, ...cells(pair)]);
  const total = ['all of them', ...cells({ id: '', before: sumOf(before), after: sumOf(after) })];
  const head = ['stack', 'idle before', 'after', 'change', 'at load before', 'after', 'change'];
  return [
    amounts(head, [...rows, total], [1, 2, 3, 4, 5, 6]),
    ...(same > 0 ? [unchanged(same)] : []),
    ...changed.map(describePair),
  ].join('\n\n');
}

const unchanged = (count: number): string =>
  count === 1 ? '1 stack costs what it did.' : `${count} stacks cost what they did.`;

/** USD a month of a stack. */
interface Cost {
  readonly idle: number;
  readonly atLoad: number;
  readonly lines: readonly Line[];
  readonly idleLines: readonly Line[];
  readonly gaps: readonly Gap[];
}

/** A stack before and after; undefined where it was not there, or is no longer. */
interface Pair {
  readonly id: string;
  readonly before: Cost | undefined;
  readonly after: Cost | undefined;
}

const NOTHING: Cost = { idle: 0, atLoad: 0, lines: [], idleLines: [], gaps: [] };

const costOf = ({ idle, atLoad: { declared } }: Comparison): Cost => ({
  idle: idle.usd,
  atLoad: declared.usd,
  lines: declared.lines,
  idleLines: idle.lines,
  gaps: declared.gaps,
});

function sumOf(comparisons: readonly Comparison[]): Cost {
  const costs = comparisons.map(costOf);
  const sum = (of: (cost: Cost) => number): number => costs.reduce((total, cost) => total + of(cost), 0);
  return { ...NOTHING, idle: sum(({ idle }) => idle), atLoad: sum(({ atLoad }) => atLoad) };
}

function pairsOf(before: readonly Comparison[], after: readonly Comparison[]): Pair[] {
  const ids = new Set([...after, ...before].map(({ stack }) => stack.id));
  const find = (all: readonly Comparison[], id: string): Cost | undefined => {
    const found = all.find(({ stack }) => stack.id === id);
    return found && costOf(found);
  };
  return [...ids].map((id) => ({ id, before: find(before, id), after: find(after, id) }));
}

const isChanged = (pair: Pair): boolean =>
  pair.before === undefined || pair.after === undefined || detailsOf(pair).length > 0;

/** The costs of a pair, and the difference of each two. */
function cells({ before = NOTHING, after = NOTHING }: Pair): string[] {
  const three = (one: number, two: number): string[] => [usd(one), usd(two), signed(two - one)];
  return [...three(before.idle, after.idle), ...three(before.atLoad, after.atLoad)];
}

function signed(difference: number): string {
  if (Math.abs(difference) < 1e-9) return '0.00';
  return `${difference > 0 ? '+' : '-'}${usd(Math.abs(difference))}`;
}

function describePair(pair: Pair): string {
  const is = pair.before === undefined ? ' is new' : pair.after === undefined ? ' is gone' : '';
  return [`${pair.id}${is}`, ...detailsOf(pair)].join('\n');
}

/** Each line that costs something else, and what is not priced any more, or is now. */
function detailsOf({ before = NOTHING, after = NOTHING }: Pair): string[] {
  const keys = new Set([...after.lines, ...before.lines].map(keyOf));
  const lines = [...keys].flatMap((key) => {
    const was = entryOf(before, key);
    const is = entryOf(after, key);
    if (was?.shown === is?.shown) return [];
    if ((was?.usd ?? 0) === 0 && (is?.usd ?? 0) === 0) return [];
    return [`  ${key}: ${was?.shown ?? 'nothing'} -> ${is?.shown ?? 'nothing'}`];
  });
  const known = new Set(before.gaps.map(describeGap));
  const unpriced = after.gaps.map(describeGap).filter((gap) => !known.has(gap));
  return [...lines, ...unpriced.map((gap) => `  ${gap}`)];
}

/** The id of an instance ends with a hash of its user data, which says nothing of its costs. */
const keyOf = ({ resource, what }: Line): string => `${resource.replace(/(?<=[0-9A-F]{8})[0-9a-f]{16}$/, '')}, ${what}`;

/** What a line of a stack says, idle and at load. */
function entryOf(cost: Cost, key: string): { shown: string; usd: number } | undefined {
  const line = cost.lines.find((each) => keyOf(each) === key);
  if (line === undefined) return undefined;
  const idle = cost.idleLines.find((each) => keyOf(each) === key);
  const amount = line.usd ?? 0;
  const shown = `${`${quantity(line.quantity)} ${line.unit}`.trim()}, ${usd(line.usd)} (idle ${usd(idle === undefined ? 0 : idle.usd)})`;
  return { shown, usd: amount };
}
