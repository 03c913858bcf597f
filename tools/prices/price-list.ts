import { Readable } from 'node:stream';
import { parse } from 'csv-parse';

/** Where AWS publishes its price list; no credentials are needed. */
export const PRICE_LIST = 'https://pricing.us-east-1.amazonaws.com';

/** A price on demand, or one tier of it, as an offer lists it. */
export interface Row {
  readonly usageType: string;
  readonly operation: string;
  readonly from: number;
  readonly upTo: number;
  readonly usd: number;
}

export interface Offer {
  readonly rows: readonly Row[];
  /** The day of publication. */
  readonly published: string;
}

/** A rate of a Savings Plan. */
export interface Rate {
  readonly years: 1 | 3;
  readonly usageType: string;
  readonly usd: number;
}

/** The price list could not be read, or says something else than it used to. */
export class PriceListError extends Error {
  override readonly name = 'PriceListError';
}

export interface ReadOptions {
  readonly region: string;
  readonly signal: AbortSignal;
  /** @default PRICE_LIST */
  readonly from?: string;
  /** Called with how many MB of a file have come. */
  readonly onProgress?: (megabytes: number) => void;
}

/**
 * Reads the prices on demand of one service in one region, of those rows that are wanted: the file of EC2 has hundreds of
 * megabytes, and is read line by line.
 *
 * @throws PriceListError
 */
export async function readOffer(offer: string, options: ReadOptions, wanted: (row: Row) => boolean): Promise<Offer> {
  const url = `${options.from ?? PRICE_LIST}/offers/v1.0/aws/${offer}/current/${options.region}/index.csv`;
  const body = await get(url, options);
  let published: string | undefined;
  let columns: readonly string[] | undefined;
  const rows: Row[] = [];
  let bytes = 0;
  const stream = Readable.fromWeb(body as never).on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    options.onProgress?.(bytes / 1e6);
  });
  const lines = stream.pipe(parse({ relax_column_count: true }));
  stream.on('error', (error) => lines.destroy(error));
  try {
    for await (const line of lines as AsyncIterable<string[]>) {
      if (columns === undefined) {
        if (line[0] === 'Publication Date') published = line[1]?.slice(0, 10);
        if (line[0] === 'SKU') columns = line.map((name) => name.toLowerCase());
        continue;
      }
      const row = rowOf(columns, line);
      if (row !== undefined && wanted(row)) rows.push(row);
    }
  } catch (error) {
    if (options.signal.aborted) throw error;
    throw new PriceListError(`${url}: ${(error as Error).message}`);
  }
  if (columns === undefined || published === undefined)
    throw new PriceListError(`${url} is no offer file: it has no line that begins with SKU, or no date.`);
  return { rows, published };
}

function rowOf(columns: readonly string[], line: readonly string[]): Row | undefined {
  const cell = (name: string): string => line[columns.indexOf(name)] ?? '';
  if (cell('termtype') !== 'OnDemand' || cell('currency') !== 'USD') return undefined;
  const end = cell('endingrange');
  return {
    usageType: cell('usagetype'),
    operation: cell('operation'),
    from: Number(cell('startingrange') || 0),
    upTo: end === '' || end === 'Inf' ? Infinity : Number(end),
    usd: Number(cell('priceperunit')),
  };
}

interface SavingsFile {
  readonly products: readonly { readonly sku: string; readonly usageType?: string }[];
  readonly terms: {
    readonly savingsPlan: readonly {
      readonly sku: string;
      readonly rates: readonly {
        readonly discountedUsageType: string;
        readonly discountedOperation?: string;
        readonly discountedRate: { readonly price: string; readonly currency: string };
      }[];
    }[];
  };
}

const NO_UPFRONT = /^ComputeSP:([13])yrNoUpfront$/;

/**
 * Reads the rates of Compute Savings Plans without upfront payment in one region.
 *
 * @throws PriceListError
 */
export async function readSavings(options: ReadOptions): Promise<{ rates: Rate[]; published: string }> {
  const from = options.from ?? PRICE_LIST;
  const index = (await json(
    `${from}/savingsPlan/v1.0/aws/AWSComputeSavingsPlan/current/region_index.json`,
    options,
  )) as {
    publicationDate?: string;
    regions?: { regionCode: string; versionUrl: string }[];
  };
  const path = index.regions?.find(({ regionCode }) => regionCode === options.region)?.versionUrl;
  if (path === undefined) throw new PriceListError(`The index of Savings Plans has no region ${options.region}.`);
  const { products, terms } = (await json(`${from}${path}`, options)) as SavingsFile;
  const years = new Map(
    products.flatMap(({ sku, usageType = '' }) => {
      const found = NO_UPFRONT.exec(usageType)?.[1];
      return found === undefined ? [] : [[sku, found === '1' ? 1 : 3] as const];
    }),
  );
  const rates = terms.savingsPlan.flatMap(({ sku, rates: listed }) => {
    const term = years.get(sku);
    if (term === undefined) return [];
    return (
      listed
        .filter((rate) => rate.discountedRate.currency === 'USD')
        // Of instances only Linux, as everywhere here.
        .filter(
          (rate) => !/^\w*-?BoxUsage/.test(rate.discountedUsageType) || rate.discountedOperation === 'RunInstances',
        )
        .map((rate) => ({ years: term, usageType: rate.discountedUsageType, usd: Number(rate.discountedRate.price) }))
    );
  });
  return { rates, published: (index.publicationDate ?? '').slice(0, 10) };
}

async function json(url: string, options: ReadOptions): Promise<unknown> {
  try {
    return await new Response(await get(url, options)).json();
  } catch (error) {
    if (error instanceof PriceListError || options.signal.aborted) throw error;
    throw new PriceListError(`${url}: ${(error as Error).message}`);
  }
}

async function get(url: string, { signal }: ReadOptions): Promise<ReadableStream> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const { cause } = error as { cause?: Error };
    throw new PriceListError(`${url} could not be reached: ${cause?.message ?? (error as Error).message}`);
  }
  if (!response.ok || response.body === null)
    throw new PriceListError(`${url} answered ${response.status} ${response.statusText}.`);
  return response.body;
}
