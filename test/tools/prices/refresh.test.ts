import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PRICES, pricedRegions, readPrices } from '../../../tools/cost/prices';
import type { Row } from '../../../tools/prices/price-list';
import { productOf, savingsOf, withoutRegion } from '../../../tools/prices/products';
import { refresh, renderPrices, suspicious } from '../../../tools/prices/refresh';

const row = (usageType: string, usd: number, more: Partial<Row> = {}): Row => ({
  usageType,
  operation: '',
  from: 0,
  upTo: Infinity,
  usd,
  ...more,
});
const book = readPrices('ap-northeast-2');
const refreshed = refresh(book, {
  offers: new Map([
    [
      'AmazonEC2',
      {
        published: '2026-11-20',
        rows: [
          row('APN2-BoxUsage:t4g.small', 0.021, { operation: 'RunInstances' }),
          row('APN2-BoxUsage:t4g.small', 0.5, { operation: 'RunInstances:0002' }),
          row('APN2-NatGateway-Hours', 0.59),
          row('APN2-EBS:VolumeP-Throughput.gp3', 46.6944),
        ],
      },
    ],
    [
      'AmazonDynamoDB',
      {
        published: '2026-11-21',
        rows: [
          row('APN2-WriteCapacityUnit-Hrs', 0, { upTo: 18_600 }),
          row('APN2-WriteCapacityUnit-Hrs', 0.0007, { from: 18_600 }),
        ],
      },
    ],
    [
      'AWSDataTransfer',
      {
        published: '2026-11-22',
        rows: [
          row('APN2-DataTransfer-Out-Bytes', 0.122, { from: 10_240, upTo: 51_200 }),
          row('APN2-DataTransfer-Out-Bytes', 0.126, { upTo: 10_240 }),
          row('APN2-DataTransfer-Out-Bytes', 0.117, { from: 51_200 }),
        ],
      },
    ],
  ]),
  savings: { published: '2026-11-23', rates: [{ years: 1, usageType: 'APN2-Fargate-GB-Hours', usd: 0.004 }] },
});

test('a price takes that of the list, its day, and becomes one of the list', () => {
  expect(refreshed.prices.get('ec2.t4g.small')).toEqual({
    usd: 0.021,
    unit: 'hour',
    source: 'AmazonEC2',
    sure: 'list',
  });
  expect(refreshed.sources.get('AmazonEC2')?.date).toBe('2026-11-20');
  expect(refreshed.prices.get('ebs.gp3.throughput')?.usd).toBe(0.0456);
  expect(refreshed.prices.get('fargate.x86.gb.savings1y')).toMatchObject({ usd: 0.004, sure: 'list' });
});

test('tiers are put in order, and what is free before the first is left to the free tier', () => {
  expect(refreshed.prices.get('transfer.out')).toMatchObject({
    tiers: [{ upTo: 10_240, usd: 0.126 }, { upTo: 51_200, usd: 0.122 }, { usd: 0.117 }],
    free: { pool: 'transfer.out', quantity: 100 },
  });
  expect(refreshed.prices.get('dynamodb.wcu')?.usd).toBe(0.0007);
});

test('what differs is said, and what was not found stays as it was', () => {
  expect(refreshed.changes.map(({ key }) => key)).toEqual([
    'ec2.t4g.small',
    'nat.hour',
    'transfer.out',
    'fargate.x86.gb.savings1y',
    'dynamodb.wcu',
  ]);
  expect(refreshed.notFound).toContain('alb.hour');
  expect(refreshed.prices.get('alb.hour')).toEqual(book.find('alb.hour'));
  expect(refreshed.prices.get('ec2.t4g.small.spot')).toEqual(book.find('ec2.t4g.small.spot'));
});

test('a price that is ten times what it was is suspicious', () => {
  expect(suspicious(refreshed.changes).map(({ key }) => key)).toEqual(['nat.hour']);
});

test.each(pricedRegions())('the file of %s is as this command writes it', (region) => {
  const { prices, sources } = readPrices(region);
  const file = readFileSync(path.join(PRICES, `${region}.json`), 'utf8');
  expect(JSON.parse(renderPrices(region, { prices, sources }))).toEqual(JSON.parse(file));
});

test('the prefix of a region is no part of a usage type', () => {
  expect(
    ['APN2-NatGateway-Hours', 'EU-NatGateway-Hours', 'NatGateway-Hours', 'USE1-Fargate-GB-Hours'].map(withoutRegion),
  ).toEqual(['NatGateway-Hours', 'NatGateway-Hours', 'NatGateway-Hours', 'Fargate-GB-Hours']);
});

test('every price of ours is in the list but Spot, fees by the type, and what is of no region', () => {
  const elsewhere = [...book.prices.keys()].filter((key) => productOf(savingsOf(key)?.of ?? key) === undefined);
  expect(elsewhere.filter((key) => !key.endsWith('.spot'))).toEqual([
    'managedInstances.feeShare',
    'dashboard',
    'scheduler.invocation',
    'hostedZone',
  ]);
});
