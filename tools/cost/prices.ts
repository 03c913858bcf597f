import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/**
 * How sure a price is, the surest first: read from the AWS Price List by `npm run prices`; seen in public copies of it;
 * computed from such a price; seen at one moment, of a price that floats; not confirmed by anything that was read.
 */
export const SURENESS = ['list', 'sourced', 'derived', 'snapshot', 'uncertain'] as const;
export type Sureness = (typeof SURENESS)[number];

const usd = z.number().min(0);
const sure = z.enum(SURENESS);

/** What each unit costs up to a quantity a month, and beyond it what the next tier says. */
const tier = z.strictObject({ upTo: z.number().positive().optional(), usd, sure: sure.optional() });
export type Tier = z.output<typeof tier>;

const price = z
  .strictObject({
    usd: usd.optional(),
    tiers: z.array(tier).min(1).optional(),
    unit: z.string().min(1),
    source: z.string().min(1),
    sure,
    /** What the free tier gives an account each month; prices with one pool share it. */
    free: z.strictObject({ pool: z.string().min(1), quantity: z.number().positive() }).optional(),
  })
  .refine((each) => (each.usd === undefined) !== (each.tiers === undefined), 'either usd or tiers')
  .refine(({ tiers = [] }) => tiers.every(({ upTo }, at) => (upTo === undefined) === (at === tiers.length - 1)), {
    message: 'every tier but the last has upTo',
  });
export type Price = z.output<typeof price>;

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const source = z.strictObject({ page: z.url(), date: day, note: z.string() });
export type Source = z.output<typeof source>;

const file = z.strictObject({
  region: z.string().min(1),
  currency: z.literal('USD'),
  sources: z.record(z.string(), z.unknown()),
  prices: z.record(z.string(), z.unknown()),
});

/** A price file that can't be used at all; what is wrong with single prices is in `PriceBook.problems`. */
export class PriceFileError extends Error {
  override readonly name = 'PriceFileError';
}

/** Where the price files are: one a region. */
export const PRICES = path.join(__dirname, 'prices');

export const pricedRegions = (directory = PRICES): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .map((name) => path.basename(name, '.json'))
    .sort();

const MILLISECONDS_A_DAY = 86_400_000;
const OLD_DAYS = 180;

/** The prices of one region. */
export class PriceBook {
  constructor(
    readonly region: string,
    readonly prices: ReadonlyMap<string, Price>,
    readonly sources: ReadonlyMap<string, Source>,
    /** What is wrong with single prices, which are left out. */
    readonly problems: readonly string[] = [],
  ) {}

  find(key: string): Price | undefined {
    return this.prices.get(key);
  }

  /** The same, with rates that the user knows. */
  with(rates: ReadonlyMap<string, number>): PriceBook {
    const given = [...rates].map(([key, value]): [string, Price] => [
      key,
      { usd: value, unit: this.find(key)?.unit ?? 'unit', source: 'given', sure: 'sourced' },
    ]);
    const sources = new Map(this.sources).set('given', { page: 'about:blank', date: '9999-12-31', note: 'by --rate' });
    return new PriceBook(this.region, new Map([...this.prices, ...given]), sources, this.problems);
  }

  /** A warning for the prices among `keys` that are older than 180 days; none where none is. */
  age(keys: Iterable<string>, today: Date): string | undefined {
    const old = new Map<string, number>();
    for (const key of keys) {
      const { source: name = '' } = this.find(key) ?? {};
      const { date = '' } = this.sources.get(name) ?? {};
      if (today.getTime() - Date.parse(date) > OLD_DAYS * MILLISECONDS_A_DAY)
        old.set(`${name}, ${date}`, (old.get(`${name}, ${date}`) ?? 0) + 1);
    }
    const count = [...old.values()].reduce((sum, each) => sum + each, 0);
    if (count === 0) return undefined;
    const named = [...old].map(([name, times]) => `${times} from ${name}`).join('; ');
    return `${count} of the prices used for ${this.region} ${count === 1 ? 'is' : 'are'} older than ${OLD_DAYS} days (${named}). Refresh them: npm run prices`;
  }
}

/**
 * Reads the prices of a region.
 *
 * @throws PriceFileError where there is no such file, or it is no price file; single prices that are wrong are left out
 *   and named in `problems`
 */
export function readPrices(region: string, directory = PRICES): PriceBook {
  const regions = pricedRegions(directory);
  if (!regions.includes(region))
    throw new PriceFileError(
      `There are no prices for the region ${region}. There are for ${regions.join(', ')}; ` +
        `npm run prices -- --region ${region} reads those of another from the AWS Price List.`,
    );
  const name = path.join(directory, `${region}.json`);
  const damaged = (why: string): PriceFileError =>
    new PriceFileError(
      `The price file ${path.relative(process.cwd(), name)} is damaged: ${why}. Restore it with git checkout, or write it anew: npm run prices -- --region ${region}`,
    );
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(name, 'utf8'));
  } catch (error) {
    throw damaged((error as Error).message);
  }
  const parsed = file.safeParse(content);
  if (!parsed.success) throw damaged(explain(parsed.error));
  if (parsed.data.region !== region) throw damaged(`it says that it is of ${parsed.data.region}`);
  return bookOf(parsed.data, region);
}

function bookOf({ sources, prices }: z.output<typeof file>, region: string): PriceBook {
  const problems: string[] = [];
  const valid = <T>(kind: string, schema: z.ZodType<T>, all: Record<string, unknown>): Map<string, T> => {
    const right = new Map<string, T>();
    for (const [key, value] of Object.entries(all)) {
      const result = schema.safeParse(value);
      if (result.success) right.set(key, result.data);
      else problems.push(`The ${kind} ${key} of ${region} is wrong and left out: ${explain(result.error)}.`);
    }
    return right;
  };
  const knownSources = valid('source', source, sources);
  const knownPrices = valid('price', price, prices);
  for (const [key, each] of knownPrices)
    if (!knownSources.has(each.source)) {
      problems.push(`The price ${key} of ${region} is wrong and left out: it has no source ${each.source}.`);
      knownPrices.delete(key);
    }
  return new PriceBook(region, knownPrices, knownSources, problems);
}

const explain = (error: z.ZodError): string =>
  error.issues.map(({ path: at, message }) => (at.length > 0 ? `${at.join('.')}: ${message}` : message)).join(', ');
