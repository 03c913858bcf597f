import type { Stack } from './assembly';
import { fronts } from './fronts';
import { idle, type Load } from './load';
import { PLANS, priceStack, type Plan, type StackCost } from './price-stack';
import type { PriceBook, Sureness } from './prices';

/** What a stack costs idle and at a load, in each plan. */
export interface Comparison {
  readonly stack: Stack;
  readonly idle: StackCost;
  readonly atLoad: Readonly<Record<Plan, StackCost>>;
}

export interface CompareOptions {
  readonly load: Load;
  readonly book: PriceBook;
  readonly freeTier: boolean;
}

export function compare(stacks: readonly Stack[], { load, book, freeTier }: CompareOptions): Comparison[] {
  return stacks.map((stack) => ({
    stack,
    idle: priceStack(stack.template, { load: idle(load), book, freeTier }),
    atLoad: Object.fromEntries(
      PLANS.map((plan) => [plan, priceStack(stack.template, { load, book, plan, freeTier })]),
    ) as Record<Plan, StackCost>,
  }));
}

/** A compute option: a stack at which requests arrive, and the stacks that are deployed with it. */
export interface Option {
  readonly id: string;
  readonly needs: readonly string[];
  /** How many times the service stands in it: more than one where a stack compares, and each has its share of the load. */
  readonly services: number;
  readonly idle: StackCost;
  readonly atLoad: Readonly<Record<Plan, StackCost>>;
}

/** The compute options among some stacks, each with the costs of what it needs. */
export function optionsAmong(comparisons: readonly Comparison[]): Option[] {
  const named = new Map(comparisons.map((each) => [each.stack.id, each]));
  return comparisons
    .filter(({ stack }) => fronts(stack.template).length > 0)
    .map(({ stack, ...own }) => {
      const needed = stack.needs.flatMap((id) => named.get(id) ?? []);
      return {
        id: stack.id,
        needs: stack.needs,
        services: fronts(stack.template).length,
        idle: sum([own.idle, ...needed.map((each) => each.idle)]),
        atLoad: Object.fromEntries(
          PLANS.map((plan) => [plan, sum([own.atLoad[plan], ...needed.map((each) => each.atLoad[plan])])]),
        ) as Record<Plan, StackCost>,
      };
    });
}

function sum(costs: readonly StackCost[]): StackCost {
  return {
    lines: costs.flatMap(({ lines }) => lines),
    usd: costs.reduce((total, { usd }) => total + usd, 0),
    gaps: costs.flatMap(({ gaps }) => gaps),
    free: new Map(costs.flatMap(({ free }) => [...free])),
    capacities: costs.flatMap(({ capacities }) => capacities),
  };
}

/** USD of a cost by how sure they are. */
export function bySureness({ lines }: StackCost): ReadonlyMap<Sureness, number> {
  const sums = new Map<Sureness, number>();
  for (const { sure, usd = 0 } of lines) if (usd > 0) sums.set(sure, (sums.get(sure) ?? 0) + usd);
  return sums;
}

/** Whether a price is missing without which the sum says too little. */
export const lacksPrice = ({ lines }: StackCost): boolean => lines.some(({ usd }) => usd === undefined);
