import type { Load } from './load';
import { SURENESS, type Price, type PriceBook, type Sureness } from './prices';
import type { Capacity, Usage } from './rule';
import { isFree, RULES } from './rules';
import type { Template } from './template';
import { type Resource } from './template';

/** How computing is bought: as the template has it, or all of it in one way. */
export const PLANS = ['declared', 'on-demand', 'spot', 'savings-1y', 'savings-3y'] as const;
export type Plan = (typeof PLANS)[number];

/** Where the price of a plan is, beside that of on demand. */
const SUFFIX: Readonly<Record<Exclude<Plan, 'declared' | 'on-demand'>, string>> = {
  spot: '.spot',
  'savings-1y': '.savings1y',
  'savings-3y': '.savings3y',
};

/** Something billed of one resource, in one plan. */
export interface Line {
  readonly resource: string;
  readonly type: string;
  readonly what: string;
  readonly quantity: number;
  readonly unit: string;
  /** USD a month; undefined where a price is missing. */
  readonly usd: number | undefined;
  readonly sure: Sureness;
  /** The keys of the prices that it adds up, and of those that are missing. */
  readonly keys: readonly string[];
  readonly missing: readonly string[];
}

export interface Gap {
  readonly resource: string;
  readonly type: string;
  readonly why: string;
}

/** What a stack costs in a month, under one load and plan. */
export interface StackCost {
  readonly lines: readonly Line[];
  /** USD of all that is priced. */
  readonly usd: number;
  /** What is billed and not priced, each with the reason. */
  readonly gaps: readonly Gap[];
  /** How many resources of each type are free. */
  readonly free: ReadonlyMap<string, number>;
  readonly capacities: readonly Capacity[];
}

export interface PriceStackOptions {
  readonly load: Load;
  readonly book: PriceBook;
  /** @default 'declared' */
  readonly plan?: Plan;
  /**
   * Whether the free tier of each month is taken off, as if the account had nothing else.
   * @default false
   */
  readonly freeTier?: boolean;
}

const ruleOf = new Map(RULES.map((rule) => [rule.type, rule]));

/** Prices every resource of a template by its rule; what has none, and is not free, is named. */
export function priceStack(template: Template, options: PriceStackOptions): StackCost {
  const scene = { template, load: options.load };
  const lines: Line[] = [];
  const gaps: Gap[] = [];
  const free = new Map<string, number>();
  const capacities: Capacity[] = [];
  const meter = new Meter(options);
  for (const resource of template.resources) {
    const { id, type } = resource;
    const rule = ruleOf.get(type);
    if (rule === undefined) {
      if (isFree(type)) free.set(type, (free.get(type) ?? 0) + 1);
      else gaps.push({ resource: id, type, why: 'there is no pricing rule for this type' });
      continue;
    }
    const billed = rule.billed(resource, scene);
    if (billed.length === 0) free.set(type, (free.get(type) ?? 0) + 1);
    for (const each of billed) {
      if ('why' in each) gaps.push({ resource: id, type, why: `${each.what}: ${each.why}` });
      else lines.push(meter.line(resource, each));
    }
    const capacity = rule.capacity?.(resource, scene);
    if (capacity) capacities.push(capacity);
  }
  gaps.push(...lines.filter(({ usd }) => usd === undefined).map((line) => missingPrice(line, options.book.region)));
  return { lines, usd: lines.reduce((sum, { usd = 0 }) => sum + usd, 0), gaps, free, capacities };
}

const missingPrice = ({ resource, type, what, missing }: Line, region: string): Gap => ({
  resource,
  type,
  why: `${what}: no price is known in ${region} of ${missing.join(' and ')}; give it with ${missing.map((key) => `--rate ${key}=USD`).join(' ')}`,
});

/** Adds up what a stack takes of each price, since tiers and the free tier go by the sum of a month. */
export class Meter {
  private readonly used = new Map<string, number>();
  private readonly freeLeft = new Map<string, number>();

  constructor(private readonly options: Omit<PriceStackOptions, 'load'>) {}

  line({ id, type }: Pick<Resource, 'id' | 'type'>, usage: Usage): Line {
    const amounts = this.shares(usage).map(({ key, part }) => this.amount(key, usage, part));
    const unit = this.options.book.find(usage.price)?.unit ?? '';
    return {
      resource: id,
      type,
      what: usage.what,
      quantity: usage.quantity,
      unit,
      usd: amounts.some(({ usd }) => usd === undefined)
        ? undefined
        : amounts.reduce((sum, { usd = 0 }) => sum + usd, 0),
      sure: leastSure(amounts.map(({ sure }) => sure)),
      keys: amounts.flatMap(({ key, usd }) => (usd === undefined ? [] : [key])),
      missing: amounts.flatMap(({ key, usd }) => (usd === undefined ? [key] : [])),
    };
  }

  /** The prices that a usage is billed at under the plan, each with the part of it. */
  private shares({ price, spot, savings = false }: Usage): { key: string; part: number }[] {
    const { plan = 'declared' } = this.options;
    if (plan === 'declared' && spot !== undefined && spot > 0)
      return [
        { key: price, part: 1 - spot },
        { key: `${price}${SUFFIX.spot}`, part: spot },
      ].filter(({ part }) => part > 0);
    const applies = plan === 'spot' ? spot !== undefined : plan.startsWith('savings') && savings;
    return [
      { key: plan === 'declared' || plan === 'on-demand' || !applies ? price : `${price}${SUFFIX[plan]}`, part: 1 },
    ];
  }

  private amount(key: string, { quantity, of }: Usage, part: number): { key: string; usd?: number; sure: Sureness } {
    const price = this.options.book.find(key);
    const other = of === undefined ? undefined : this.options.book.find(of);
    // Nothing of it costs nothing, whatever its price.
    if (quantity * part === 0) return { key, usd: 0, sure: 'list' };
    if (price === undefined || (of !== undefined && other?.usd === undefined)) return { key, sure: 'uncertain' };
    const billed = this.afterFreeTier(price, quantity * part);
    const from = this.used.get(key) ?? 0;
    this.used.set(key, from + billed);
    const { usd, sure } = tiered(price, from, billed);
    return { key, usd: usd * (other?.usd ?? 1), sure: leastSure([sure, ...(other ? [other.sure] : [])]) };
  }

  private afterFreeTier({ free }: Price, quantity: number): number {
    if (this.options.freeTier !== true || free === undefined) return quantity;
    const left = this.freeLeft.get(free.pool) ?? free.quantity;
    this.freeLeft.set(free.pool, Math.max(0, left - quantity));
    return Math.max(0, quantity - left);
  }
}

/** What `quantity` more costs, after `from` that the month has had already. */
export function tiered(price: Price, from: number, quantity: number): { usd: number; sure: Sureness } {
  const tiers = price.tiers ?? [{ usd: price.usd ?? 0 }];
  let usd = 0;
  let begin = 0;
  const sure: Sureness[] = [];
  for (const tier of tiers) {
    const end = 'upTo' in tier && tier.upTo !== undefined ? tier.upTo : Infinity;
    const inside = Math.max(0, Math.min(end, from + quantity) - Math.max(begin, from));
    if (inside > 0) sure.push(('sure' in tier ? tier.sure : undefined) ?? price.sure);
    usd += inside * tier.usd;
    begin = end;
  }
  return { usd, sure: leastSure(sure) };
}

/** A sum is no surer than the least sure of what it adds up. */
export const leastSure = (all: readonly Sureness[]): Sureness =>
  all.reduce((least, each) => (SURENESS.indexOf(each) > SURENESS.indexOf(least) ? each : least), 'list');
