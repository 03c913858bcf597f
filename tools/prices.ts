import path from 'node:path';
import { fail, readCommandLine, silenceNodeWarning } from './command-line';
import { PRICES, pricedRegions, readPrices, type PriceBook } from './cost/prices';
import { readOffer, readSavings, PriceListError, type Offer, type ReadOptions, type Row } from './prices/price-list';
import { askOffer } from './prices/price-list-api';
import { productOf, withoutRegion } from './prices/products';
import { first, refresh, renderPrices, suspicious, type Change, type Refreshed } from './prices/refresh';
import { writeWhole } from '../packaging/write-whole';

const USAGE = `Refreshes tools/cost/prices from the AWS Price List, and prints what is different.

  npm run prices                         the regions that there are, from the bulk files: no credentials are needed
  npm run prices -- --region us-east-1   one of them
  npm run prices -- --api                by the Price List API, with your credentials (pricing:GetProducts)
  npm run prices -- --dry-run            only what would be different

The bulk file of EC2 has some hundred MB a region. Each region's file is written whole or not at all; a price that is
five times what it was, or a fifth, stops it unless --accept is given. Spot prices are not in the list, and stay.`;

const FLAG = { type: 'boolean', default: false } as const;

async function listedFor(book: PriceBook, api: boolean, options: ReadOptions) {
  const keys = [...book.prices.keys()].filter((key) => productOf(key) !== undefined);
  const offers = new Map<string, Offer>();
  for (const offer of new Set(keys.map((key) => productOf(key)?.offer ?? ''))) {
    const products = keys.flatMap((key) => productOf(key) ?? []).filter((each) => each.offer === offer);
    const wanted = ({ usageType }: Row): boolean =>
      products.some((each) => each.usageType.test(withoutRegion(usageType)));
    const read = api ? askOffer : readOffer;
    offers.set(offer, await read(offer, { ...options, onProgress: progress(`${options.region} ${offer}`) }, wanted));
  }
  // The API of products has no Savings Plans; their file needs no credentials.
  const savings = await readSavings(api ? { region: options.region, signal: options.signal } : options);
  return { offers, savings };
}

/** A line a few times a second, where there is a person to see it. */
function progress(what: string): (megabytes: number) => void {
  let last = 0;
  return (megabytes) => {
    if (!process.stderr.isTTY || Date.now() - last < 250) return;
    last = Date.now();
    process.stderr.write(`\r\u001b[K${what}: ${megabytes.toFixed(0)} MB`);
  };
}

const shown = ({ key, before, after }: Change): string =>
  `${key}: ${first(before)} to ${first(after)} (${after.source})${before.tiers || after.tiers ? ', in tiers' : ''}`;

function problemWith({ changes, notFound, prices }: Refreshed, accept: boolean): string | undefined {
  const listed = [...prices.values()].filter(({ sure }) => sure === 'list').length;
  if (notFound.length > listed)
    return `${notFound.length} prices were not found in the list, and ${listed} were: its words have changed. See tools/prices/products.ts.`;
  const odd = accept ? [] : suspicious(changes);
  return odd.length > 0
    ? `These differ by more than five times; if that is right, give --accept:\n${odd.map((each) => `  ${shown(each)}`).join('\n')}`
    : undefined;
}

async function main(): Promise<void> {
  const { values } = readCommandLine(USAGE, {
    options: { region: { type: 'string' }, api: FLAG, 'dry-run': FLAG, accept: FLAG, from: { type: 'string' } },
  });
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  for (const region of values.region?.split(',') ?? pricedRegions()) {
    const book = readPrices(region);
    const options = { region, signal: stop.signal, ...(values.from !== undefined && { from: values.from }) };
    const refreshed = refresh(book, await listedFor(book, values.api, options));
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    console.log(`${region}: ${refreshed.changes.length} prices differ`);
    for (const change of refreshed.changes) console.log(`  ${shown(change)}`);
    if (refreshed.notFound.length > 0)
      console.log(`  not found in the list, and left as they were: ${refreshed.notFound.join(', ')}`);
    const problem = problemWith(refreshed, values.accept);
    if (problem !== undefined) throw new PriceListError(`${region}: nothing was written. ${problem}`);
    if (!values['dry-run']) writeWhole(path.join(PRICES, `${region}.json`), renderPrices(region, refreshed));
  }
}

silenceNodeWarning();
main().catch((error: unknown) => {
  if (error instanceof Error && error.name === 'AbortError') process.exitCode = 130;
  else fail(error);
});
