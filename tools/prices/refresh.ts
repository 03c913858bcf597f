import type { Price, PriceBook, Source, Tier } from '../cost/prices';
import type { Offer, Rate, Row } from './price-list';
import { productOf, savingsOf, withoutRegion } from './products';

/** What the price list says of each offer that was read. */
export interface Listed {
  readonly offers: ReadonlyMap<string, Offer>;
  readonly savings: { readonly rates: readonly Rate[]; readonly published: string };
}

export interface Change {
  readonly key: string;
  readonly before: Price;
  readonly after: Price;
}

export interface Refreshed {
  readonly prices: ReadonlyMap<string, Price>;
  readonly sources: ReadonlyMap<string, Source>;
  readonly changes: readonly Change[];
  /** Prices that the list has, and that were not found in it: they stay as they were. */
  readonly notFound: readonly string[];
}

const SAVINGS_SOURCE = 'AWSComputeSavingsPlan';

/** The prices of a region with those of the price list in their place; what is listed elsewhere stays. */
export function refresh(book: PriceBook, { offers, savings }: Listed): Refreshed {
  const prices = new Map(book.prices);
  const sources = new Map(book.sources);
  const notFound: string[] = [];
  for (const [key, before] of book.prices) {
    const rate = savingsOf(key);
    const product = productOf(rate?.of ?? key);
    if (product === undefined) continue;
    const listed =
      rate === undefined
        ? priceFrom(rowsFor(key, offers.get(product.offer)?.rows ?? []), product.times ?? 1)
        : rateFrom(rate, savings.rates);
    if (listed === undefined) {
      notFound.push(key);
      continue;
    }
    const source = rate === undefined ? product.offer : SAVINGS_SOURCE;
    const published = rate === undefined ? offers.get(product.offer)?.published : savings.published;
    prices.set(key, { ...listed, unit: before.unit, source, sure: 'list', ...(before.free && { free: before.free }) });
    sources.set(source, {
      page: 'https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/price-changes.html',
      date: published ?? '',
      note: `AWS Price List, ${source}`,
    });
  }
  const used = new Set([...prices.values()].map(({ source }) => source));
  const changes = [...prices].flatMap(([key, after]) => {
    const before = book.prices.get(key);
    return before && !sameAmount(before, after) ? [{ key, before, after }] : [];
  });
  return { prices, sources: new Map([...sources].filter(([name]) => used.has(name))), changes, notFound };
}

export const rowsFor = (key: string, rows: readonly Row[]): Row[] => {
  const product = productOf(key);
  return product === undefined
    ? []
    : rows.filter(
        ({ usageType, operation }) =>
          product.usageType.test(withoutRegion(usageType)) && (product.operation?.test(operation) ?? true),
      );
};

/** A price, or tiers of it; what is free before the first is left to the free tier. */
function priceFrom(rows: readonly Row[], times: number): Pick<Price, 'usd' | 'tiers'> | undefined {
  const sorted = rows.toSorted((one, other) => one.from - other.from);
  const paid = sorted.filter(({ usd }) => usd > 0);
  const free = paid[0]?.from ?? 0;
  if (paid.length === 0) return undefined;
  const tiers = paid.map(({ upTo, usd }): Tier => ({
    ...(upTo !== Infinity && { upTo: upTo - free }),
    usd: exact(usd * times),
  }));
  const [only] = tiers;
  // Two offers of one thing, such as the same usage type under two operations, are no tiers.
  if (new Set(paid.map(({ from }) => from)).size < paid.length)
    return new Set(tiers.map(({ usd }) => usd)).size === 1 && only ? { usd: only.usd } : undefined;
  return tiers.length === 1 && only ? { usd: only.usd } : { tiers };
}

function rateFrom({ of, years }: { of: string; years: 1 | 3 }, rates: readonly Rate[]): { usd: number } | undefined {
  const product = productOf(of);
  const found = rates.find(
    (rate) => rate.years === years && product?.usageType.test(withoutRegion(rate.usageType)) === true,
  );
  return found && { usd: found.usd };
}

const exact = (value: number): number => Number(value.toPrecision(10));

const amount = ({ usd, tiers }: Price): string =>
  JSON.stringify(tiers === undefined ? [[null, usd]] : tiers.map(({ upTo = null, usd: each }) => [upTo, each]));

const sameAmount = (one: Price, other: Price): boolean => amount(one) === amount(other);

/** What is so different that it is rather a mistake than a new price: five times as much, or a fifth. */
export const suspicious = (changes: readonly Change[]): Change[] =>
  changes.filter(({ before, after }) => {
    const [was, is] = [first(before), first(after)];
    return is > was * 5 || is < was / 5;
  });

export const first = ({ usd, tiers }: Price): number => usd ?? tiers?.[0]?.usd ?? 0;

/** The price file, with a line for each source and price. */
export function renderPrices(region: string, { prices, sources }: Pick<Refreshed, 'prices' | 'sources'>): string {
  const lines = (all: ReadonlyMap<string, unknown>): string =>
    [...all].map(([key, value]) => `    ${JSON.stringify(key)}: ${inLine(value)}`).join(',\n');
  return `{\n  "region": ${JSON.stringify(region)},\n  "currency": "USD",\n  "sources": {\n${lines(sources)}\n  },\n  "prices": {\n${lines(prices)}\n  }\n}\n`;
}

function inLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inLine).join(', ')}]`;
  if (typeof value === 'number') return decimal(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}: ${inLine(inner)}`)
    .join(', ')} }`;
}

/** Without an exponent, as the price list has it. */
const decimal = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-6 ? value.toFixed(14).replace(/0+$/, '') : String(value);
