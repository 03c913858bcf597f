import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PriceListError, readOffer, readSavings } from '../../../tools/prices/price-list';
import { askOffer } from '../../../tools/prices/price-list-api';

// AWS's files in AWS's format, from a server on loopback: the list itself is not to be had in a test.

const OFFER = `"FormatVersion","v1.0"
"Disclaimer","This pricing list is for informational purposes only. ""All"" prices are subject to change."
"Publication Date","2026-11-20T01:02:03Z"
"Version","20261120010203"
"OfferCode","AmazonECS"
"SKU","OfferTermCode","RateCode","TermType","PriceDescription","EffectiveDate","StartingRange","EndingRange","Unit","PricePerUnit","Currency","Product Family","serviceCode","usageType","operation"
"A","JRTCKXETXF","A.1","OnDemand","$0.04048 per vCPU, an hour","2026-11-01","0","Inf","hours","0.0404800000","USD","Compute","AmazonECS","USE1-Fargate-vCPU-Hours:perCPU",""
"B","JRTCKXETXF","B.1","OnDemand","first","2026-11-01","0","10240","GB","0.0900000000","USD","Data Transfer","AmazonECS","DataTransfer-Out-Bytes",""
"B","JRTCKXETXF","B.2","OnDemand","next","2026-11-01","10240","Inf","GB","0.0850000000","USD","Data Transfer","AmazonECS","DataTransfer-Out-Bytes",""
"C","38NPMPTW36","C.1","Reserved","reserved","2026-11-01","0","Inf","Hrs","1","USD","Compute","AmazonECS","USE1-Fargate-vCPU-Hours:perCPU",""
"D","JRTCKXETXF","D.1","OnDemand","in yuan","2026-11-01","0","Inf","Hrs","1","CNY","Compute","AmazonECS","USE1-Fargate-vCPU-Hours:perCPU",""
`;
const SAVINGS = {
  products: [
    { sku: 'ONE', usageType: 'ComputeSP:1yrNoUpfront' },
    { sku: 'ALL', usageType: 'ComputeSP:1yrAllUpfront' },
    { sku: 'THREE', usageType: 'ComputeSP:3yrNoUpfront' },
  ],
  terms: {
    savingsPlan: ['ONE', 'ALL', 'THREE'].map((sku, index) => ({
      sku,
      rates: [
        rate('BoxUsage:t4g.small', 'RunInstances', `0.01${index}`),
        rate('BoxUsage:t4g.small', 'RunInstances:0002', '9'),
        rate('USE1-Fargate-GB-Hours', '', '0.003556'),
      ],
    })),
  },
};
function rate(discountedUsageType: string, discountedOperation: string, price: string) {
  return { discountedUsageType, discountedOperation, discountedRate: { price, currency: 'USD' } };
}

let server: Server;
let from: string;
let files: Record<string, string>;
beforeAll(async () => {
  server = createServer((request, response) => {
    const body = files[request.method === 'POST' ? 'api' : (request.url ?? '')];
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  from = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  files = {
    '/offers/v1.0/aws/AmazonECS/current/us-east-1/index.csv': OFFER,
    '/savingsPlan/v1.0/aws/AWSComputeSavingsPlan/current/region_index.json': JSON.stringify({
      publicationDate: '2026-11-19T00:00:00Z',
      regions: [
        { regionCode: 'us-east-1', versionUrl: '/savingsPlan/v1.0/aws/AWSComputeSavingsPlan/1/us-east-1/index.json' },
      ],
    }),
    '/savingsPlan/v1.0/aws/AWSComputeSavingsPlan/1/us-east-1/index.json': JSON.stringify(SAVINGS),
  };
});

const options = () => ({ region: 'us-east-1', from, signal: new AbortController().signal });

test('of an offer the prices on demand in USD are read, tier by tier, with the day of publication', async () => {
  const megabytes: number[] = [];
  const offer = await readOffer('AmazonECS', { ...options(), onProgress: (each) => megabytes.push(each) }, () => true);
  expect(offer).toEqual({
    published: '2026-11-20',
    rows: [
      { usageType: 'USE1-Fargate-vCPU-Hours:perCPU', operation: '', from: 0, upTo: Infinity, usd: 0.04048 },
      { usageType: 'DataTransfer-Out-Bytes', operation: '', from: 0, upTo: 10_240, usd: 0.09 },
      { usageType: 'DataTransfer-Out-Bytes', operation: '', from: 10_240, upTo: Infinity, usd: 0.085 },
    ],
  });
  expect(megabytes.length).toBeGreaterThan(0);
  const wanted = await readOffer('AmazonECS', options(), ({ usageType }) => usageType.includes('Fargate'));
  expect(wanted.rows).toHaveLength(1);
});

test('of Savings Plans the rates without upfront payment are read, of instances those of Linux', async () => {
  expect(await readSavings(options())).toEqual({
    published: '2026-11-19',
    rates: [
      { years: 1, usageType: 'BoxUsage:t4g.small', usd: 0.01 },
      { years: 1, usageType: 'USE1-Fargate-GB-Hours', usd: 0.003556 },
      { years: 3, usageType: 'BoxUsage:t4g.small', usd: 0.012 },
      { years: 3, usageType: 'USE1-Fargate-GB-Hours', usd: 0.003556 },
    ],
  });
});

test('the API of products gives the same as the file', async () => {
  const listed = {
    publicationDate: '2026-11-20T01:02:03Z',
    product: { attributes: { usagetype: 'USE1-Fargate-vCPU-Hours:perCPU', operation: '' } },
    terms: {
      OnDemand: {
        A: { priceDimensions: { B: { beginRange: '0', endRange: 'Inf', pricePerUnit: { USD: '0.04048' } } } },
      },
    },
  };
  files['api'] = JSON.stringify({ FormatVersion: 'aws_v1', PriceList: [JSON.stringify(listed)] });
  process.env['AWS_ACCESS_KEY_ID'] = 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
  try {
    expect(await askOffer('AmazonECS', options(), () => true)).toEqual({
      published: '2026-11-20',
      rows: [{ usageType: 'USE1-Fargate-vCPU-Hours:perCPU', operation: '', from: 0, upTo: Infinity, usd: 0.04048 }],
    });
  } finally {
    delete process.env['AWS_ACCESS_KEY_ID'];
    delete process.env['AWS_SECRET_ACCESS_KEY'];
  }
});

test('a file that is not there, or is another, is refused by its address', async () => {
  await expect(readOffer('AmazonNothing', options(), () => true)).rejects.toThrow(PriceListError);
  await expect(readOffer('AmazonNothing', options(), () => true)).rejects.toThrow('index.csv answered 404 Not Found.');
  files['/offers/v1.0/aws/AmazonECS/current/us-east-1/index.csv'] = '<html>proxy</html>\n';
  await expect(readOffer('AmazonECS', options(), () => true)).rejects.toThrow('is no offer file');
  await expect(readSavings({ ...options(), region: 'mars-east-1' })).rejects.toThrow('no region mars-east-1');
});

test('reading stops when it is aborted', async () => {
  await expect(readOffer('AmazonECS', { ...options(), signal: AbortSignal.abort() }, () => true)).rejects.toThrow(
    expect.objectContaining({ name: 'AbortError' }) as Error,
  );
});
