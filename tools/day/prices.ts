import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The region whose prices the day has. */
export const REGION = 'us-east-1';

interface PriceFile {
  readonly prices: Readonly<
    Record<string, { readonly usd?: number; readonly tiers?: readonly { readonly usd: number }[] }>
  >;
}

// The only place where the day touches the prices of the cost report.
const FILE = path.join(__dirname, '..', 'cost', 'prices', `${REGION}.json`);
const { prices } = JSON.parse(readFileSync(FILE, 'utf8')) as PriceFile;

/** A list price in USD, of its first tier. Throws Error where there is none. */
export function priceOf(key: string): number {
  const { usd, tiers } = prices[key] ?? {};
  const price = usd ?? tiers?.[0]?.usd;
  if (price === undefined) throw new Error(`${path.relative(process.cwd(), FILE)} has no price ${key}.`);
  return price;
}

/** Whether there is a price. */
export const hasPrice = (key: string): boolean => key in prices;

/** The instance types that have an on-demand price. */
export const pricedInstanceTypes = (): string[] =>
  Object.keys(prices)
    .flatMap((key) => (/^ec2\.([a-z0-9]+\.[a-z0-9]+)$/.exec(key) ?? []).slice(1))
    .filter((type) => !type.startsWith('credits.'));
