import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PriceFileError, PRICES, pricedRegions, readPrices, SURENESS } from '../../../tools/cost/prices';
import { RULES } from '../../../tools/cost/rules';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'prices-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const original = (): { prices: Record<string, unknown>; sources: Record<string, unknown> } =>
  JSON.parse(readFileSync(path.join(PRICES, 'us-east-1.json'), 'utf8')) as never;
const write = (content: unknown): void =>
  writeFileSync(
    path.join(directory, 'us-east-1.json'),
    typeof content === 'string' ? content : JSON.stringify(content),
  );

describe('the prices in the repository', () => {
  test.each(pricedRegions())(
    'of %s are all right: each has a unit, a source with its page and date, and how sure it is',
    (region) => {
      const book = readPrices(region);
      expect(book.problems).toEqual([]);
      expect(book.prices.size).toBeGreaterThan(100);
      for (const { unit, source, sure } of book.prices.values()) {
        expect(unit).not.toBe('');
        expect(SURENESS).toContain(sure);
        expect(book.sources.get(source)?.page).toMatch(/^https:/);
        expect(Date.parse(book.sources.get(source)?.date ?? '')).not.toBeNaN();
      }
    },
  );

  test('are of the three regions', () => {
    expect(pricedRegions()).toEqual(['ap-northeast-2', 'eu-west-1', 'us-east-1']);
  });

  test('that were not seen in a copy of the price list are all uncertain', () => {
    for (const region of pricedRegions())
      for (const { source, sure } of readPrices(region).prices.values())
        if (source === 'recalled') expect(sure).toBe('uncertain');
  });

  test('of Spot are of one moment, and those of Savings Plans stand only where a rate was seen or is called uncertain', () => {
    for (const region of pricedRegions())
      for (const [key, { sure }] of readPrices(region).prices)
        if (key.endsWith('.spot')) expect(['snapshot', 'uncertain']).toContain(sure);
    expect(readPrices('us-east-1').find('ec2.t4g.small.savings1y')).toBeUndefined();
    expect(RULES.length).toBeGreaterThan(30);
  });
});

test('a region without prices is refused with those that have some', () => {
  expect(() => readPrices('mars-east-1')).toThrow(PriceFileError);
  expect(() => readPrices('mars-east-1')).toThrow(
    'There are no prices for the region mars-east-1. There are for ap-northeast-2, eu-west-1, us-east-1; npm run prices -- --region mars-east-1',
  );
});

test.each([
  ['{', /is damaged: .*JSON/],
  [{ ...original(), currency: 'EUR' }, /is damaged: currency: /],
  [{ ...original(), region: 'eu-west-1' }, /is damaged: it says that it is of eu-west-1/],
  [[], /is damaged: /],
])('a file that is no price file is refused with how to restore it: %#', (content, message) => {
  write(content);
  expect(() => readPrices('us-east-1', directory)).toThrow(message);
  expect(() => readPrices('us-east-1', directory)).toThrow('git checkout');
});

test('a single price that is wrong is named and left out, and the others are kept', () => {
  const { prices, ...rest } = original();
  write({
    ...rest,
    prices: {
      ...prices,
      'nat.hour': { usd: -1, unit: 'hour', source: 'vpc', sure: 'sourced' },
      'nat.gb': { usd: 1, unit: 'GB', source: 'unknown', sure: 'sourced' },
      ipv4: { usd: '0.005', unit: 'hour', source: 'vpc', sure: 'sourced' },
    },
  });
  const book = readPrices('us-east-1', directory);
  expect(book.problems).toEqual([
    expect.stringMatching(/^The price ipv4 of us-east-1 is wrong and left out: usd: /),
    expect.stringMatching(/^The price nat\.hour of us-east-1 is wrong and left out: usd: Too small/),
    'The price nat.gb of us-east-1 is wrong and left out: it has no source unknown.',
  ]);
  expect([book.find('nat.hour'), book.find('nat.gb'), book.find('ipv4')]).toEqual([undefined, undefined, undefined]);
  expect(book.find('alb.hour')?.usd).toBe(0.0225);
});

test('prices older than 180 days are warned of, by their source', () => {
  const book = readPrices('us-east-1');
  const keys = ['ec2.t4g.micro', 'ec2.t4g.micro.spot', 'alb.hour'];
  expect(book.age(keys, new Date('2026-01-01'))).toBeUndefined();
  expect(book.age(keys, new Date('2026-06-01'))).toBe(
    '1 of the prices used for us-east-1 is older than 180 days (1 from skypilot, 2025-12-01). Refresh them: npm run prices',
  );
  expect(book.age(keys, new Date('2027-12-01'))).toMatch(/^3 of the prices used for us-east-1 are older/);
});

test('a rate that the user knows takes the place of a price, or stands where there was none', () => {
  const book = readPrices('us-east-1').with(new Map([['ec2.t4g.small.savings1y', 0.0106]]));
  expect(book.find('ec2.t4g.small.savings1y')).toMatchObject({ usd: 0.0106, sure: 'sourced' });
  expect(book.age(['ec2.t4g.small.savings1y'], new Date('2040-01-01'))).toBeUndefined();
});
