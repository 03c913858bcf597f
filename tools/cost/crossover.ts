import type { Stack } from './assembly';
import { fronts } from './fronts';
import type { Load } from './load';
import { priceStack, type Plan } from './price-stack';
import type { PriceBook } from './prices';
import type { Capacity } from './rule';

/** The plans that the crossover compares: all of the computing bought in one way. */
export const COMPARED: readonly Plan[] = ['on-demand', 'spot', 'savings-1y', 'savings-3y'];

export const FEWEST = 1e3;
export const MOST = 1e11;

/** A stack at one size, with the stacks that it needs. */
export interface Candidate {
  readonly option: string;
  /** What is different from the declared one; empty where nothing is. */
  readonly size: string;
  readonly stacks: readonly Stack[];
}

/** What an option costs in a month at a load, at the size that is cheapest there. */
export interface Point {
  readonly requests: number;
  readonly usd: number;
  readonly size: string;
  readonly capacities: readonly Capacity[];
}

/** An option in a plan. */
export interface Curve {
  readonly option: string;
  readonly plan: Plan;
  readonly at: (requests: number) => Point | undefined;
}

/** From one load to another the same option is the cheapest. */
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly option: string;
  readonly size: string;
}

/** The load from which on one option is cheaper than another. */
export interface Crossing {
  readonly at: number;
  readonly cheaper: string;
  readonly than: string;
}

/** The load at which an option takes more of a quota than an account has by default. */
export interface QuotaHit {
  readonly option: string;
  readonly at: number;
  readonly quota: string;
  readonly byDefault: number;
}

export interface Model {
  readonly load: Load;
  readonly book: PriceBook;
  readonly freeTier: boolean;
}

/** The candidates of each option; an option that stands several times in its stack is there to compare, and left out. */
export function curvesOf(candidates: readonly Candidate[], model: Model): Curve[] {
  const names = [...new Set(candidates.map(({ option }) => option))];
  return names.flatMap((option) => {
    const sizes = candidates.filter((each) => each.option === option);
    return COMPARED.map((plan) => curve(option, plan, sizes, model)).filter((each) => each.at(FEWEST) !== undefined);
  });
}

export const standsOnce = ({ template }: Stack): boolean => fronts(template).length === 1;

function curve(option: string, plan: Plan, sizes: readonly Candidate[], model: Model): Curve {
  const known = new Map<number, Point | undefined>();
  const compute = (requests: number): Point | undefined =>
    sizes
      .flatMap((candidate) => pointOf(candidate, plan, { ...model, load: { ...model.load, requests } }) ?? [])
      .reduce<Point | undefined>((best, each) => (best && best.usd <= each.usd ? best : each), undefined);
  return {
    option,
    plan,
    at(requests) {
      if (!known.has(requests)) known.set(requests, compute(requests));
      return known.get(requests);
    },
  };
}

/** Undefined where a price is missing, the computing is not priced, or one instance is too few. */
function pointOf({ stacks, size }: Candidate, plan: Plan, { load, book, freeTier }: Model): Point | undefined {
  const costs = stacks.map(({ template }) => priceStack(template, { load, book, plan, freeTier }));
  const capacities = costs.flatMap((each) => each.capacities);
  const lacks = costs.some(({ lines }) => lines.some(({ usd }) => usd === undefined));
  if (lacks || capacities.length === 0 || capacities.some(({ single, peak }) => single === true && peak > 1))
    return undefined;
  return { requests: load.requests, usd: costs.reduce((sum, { usd }) => sum + usd, 0), size, capacities };
}

/** Loads that are even on a logarithmic scale, so many a decade, both ends included. */
export function loads(aDecade: number): number[] {
  const decades = Math.log10(MOST / FEWEST);
  return Array.from({ length: decades * aDecade + 1 }, (_, index) => FEWEST * 10 ** (index / aDecade));
}

/** Round loads: 1, 2 and 5 of each decade. */
export const roundLoads = (): number[] =>
  Array.from({ length: Math.log10(MOST / FEWEST) }, (_, decade) => [1, 2, 5].map((of) => of * FEWEST * 10 ** decade))
    .flat()
    .concat(MOST);

const STEPS_A_DECADE = 20;

/** Which option is the cheapest, from the fewest requests to the most. */
export function rangesOf(curves: readonly Curve[]): Range[] {
  const cheapest = (requests: number): { option: string; size: string } | undefined => {
    const best = curves
      .flatMap((each) => {
        const point = each.at(requests);
        return point ? [{ option: each.option, ...point }] : [];
      })
      .toSorted((one, other) => one.usd - other.usd)[0];
    return best && { option: best.option, size: best.size };
  };
  const ranges: Range[] = [];
  const same = (one?: { option: string; size: string }, other?: { option: string; size: string }): boolean =>
    one?.option === other?.option && one?.size === other?.size;
  let from = FEWEST;
  let current = cheapest(from);
  const steps = loads(STEPS_A_DECADE);
  for (const [index, requests] of steps.entries()) {
    const next = cheapest(requests);
    if (same(next, current)) continue;
    const at = bisect(steps[index - 1] ?? FEWEST, requests, (middle) => !same(cheapest(middle), current));
    if (current) ranges.push({ from, to: at, ...current });
    [from, current] = [at, next];
  }
  if (current) ranges.push({ from, to: MOST, ...current });
  return ranges;
}

/** Every load at which one of two curves becomes the cheaper. */
export function crossingsOf(one: Curve, other: Curve): Crossing[] {
  const oneIsCheaper = (requests: number): boolean | undefined => {
    const [a, b] = [one.at(requests), other.at(requests)];
    return a && b && a.usd <= b.usd;
  };
  const steps = loads(STEPS_A_DECADE);
  return steps.flatMap((requests, index) => {
    const before = oneIsCheaper(steps[index - 1] ?? requests);
    const after = oneIsCheaper(requests);
    if (before === undefined || after === undefined || before === after) return [];
    const at = bisect(steps[index - 1] ?? requests, requests, (middle) => oneIsCheaper(middle) === after);
    const [cheaper, than] = after ? [one.option, other.option] : [other.option, one.option];
    return [{ at, cheaper, than }];
  });
}

/** Where each option first takes more than an account has by default. */
export function quotaHits(curves: readonly Curve[]): QuotaHit[] {
  return curves.flatMap((each) => {
    const over = (requests: number): Capacity | undefined =>
      each.at(requests)?.capacities.find(({ quota }) => quota.needed > quota.byDefault);
    const steps = loads(STEPS_A_DECADE);
    const index = steps.findIndex((requests) => over(requests) !== undefined);
    if (index < 0) return [];
    const end = steps[index] ?? MOST;
    const at = index === 0 ? end : bisect(steps[index - 1] ?? end, end, (middle) => over(middle) !== undefined);
    const hit = over(at) ?? over(end);
    return hit ? [{ option: each.option, at, quota: hit.quota.name, byDefault: hit.quota.byDefault }] : [];
  });
}

/** Where a condition begins to hold between two loads, to half a percent. */
function bisect(low: number, high: number, holds: (requests: number) => boolean): number {
  let [from, to] = [low, high];
  while (to / from > 1.005) {
    const middle = Math.sqrt(from * to);
    if (holds(middle)) to = middle;
    else from = middle;
  }
  return to;
}
