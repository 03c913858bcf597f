import { paginateGetProducts, PricingClient, type Filter } from '@aws-sdk/client-pricing';
import type { Offer, ReadOptions, Row } from './price-list';

interface Listed {
  readonly product: { readonly attributes: Readonly<Record<string, string>> };
  readonly publicationDate?: string;
  readonly terms: {
    readonly OnDemand?: Readonly<
      Record<
        string,
        {
          readonly priceDimensions: Readonly<
            Record<string, { beginRange?: string; endRange?: string; pricePerUnit: { USD?: string } }>
          >;
        }
      >
    >;
  };
}

/**
 * The same as the bulk file of an offer, by the Price List API, for people with credentials: it answers in pages, and
 * EC2 need not be downloaded whole. The API is in us-east-1 for all regions.
 */
export async function askOffer(offer: string, options: ReadOptions, wanted: (row: Row) => boolean): Promise<Offer> {
  const client = new PricingClient({
    region: 'us-east-1',
    ...(options.from !== undefined && { endpoint: options.from }),
  });
  const rows: Row[] = [];
  let published = '';
  for (const narrowed of QUERIES[offer] ?? [[]]) {
    const filters = [{ Field: 'regionCode', Value: options.region }, ...narrowed];
    const query = {
      ServiceCode: offer,
      Filters: filters.map(({ Field, Value }): Filter => ({ Type: 'TERM_MATCH', Field, Value })),
    };
    for await (const page of paginateGetProducts({ client }, query, { abortSignal: options.signal }))
      for (const item of page.PriceList ?? []) {
        const listed = JSON.parse(String(item)) as Listed;
        published = (listed.publicationDate ?? published).slice(0, 10);
        rows.push(...rowsOf(listed).filter(wanted));
      }
  }
  return { rows, published };
}

// Of EC2 what is wanted is little of what there is.
const QUERIES: Readonly<Record<string, readonly (readonly { Field: string; Value: string }[])[]>> = {
  AmazonEC2: [
    [
      { Field: 'operatingSystem', Value: 'Linux' },
      { Field: 'tenancy', Value: 'Shared' },
      { Field: 'preInstalledSw', Value: 'NA' },
      { Field: 'capacitystatus', Value: 'Used' },
    ],
    [{ Field: 'productFamily', Value: 'Storage' }],
    [{ Field: 'productFamily', Value: 'System Operation' }],
    [{ Field: 'productFamily', Value: 'Provisioned Throughput' }],
    [{ Field: 'productFamily', Value: 'NAT Gateway' }],
    [{ Field: 'productFamily', Value: 'CPU Credits' }],
  ],
};

const rowsOf = ({ product, terms }: Listed): Row[] =>
  Object.values(terms.OnDemand ?? {}).flatMap(({ priceDimensions }) =>
    Object.values(priceDimensions).flatMap(({ beginRange = '0', endRange = 'Inf', pricePerUnit }) =>
      pricePerUnit.USD === undefined
        ? []
        : [
            {
              usageType: product.attributes['usagetype'] ?? '',
              operation: product.attributes['operation'] ?? '',
              from: Number(beginRange),
              upTo: endRange === 'Inf' ? Infinity : Number(endRange),
              usd: Number(pricePerUnit.USD),
            },
          ],
    ),
  );
