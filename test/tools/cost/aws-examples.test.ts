import { Meter } from '../../../tools/cost/price-stack';
import { capacityUnits } from '../../../tools/cost/rules/load-balancer';
import type { Usage } from '../../../tools/cost/rule';
import { cents, lines, US_EAST_1, SEOUL, IRELAND } from './priced';
import type { PriceBook } from '../../../tools/cost/prices';

// The examples of AWS's own pricing pages, us-east-1. AWS rounds each line to the cent and then adds.

const amounts = (usages: readonly Omit<Usage, 'what'>[], book: PriceBook = US_EAST_1, freeTier = false): number[] => {
  const meter = new Meter({ book, freeTier });
  return usages.map((usage) => cents(meter.line({ id: 'It', type: '' }, { what: '', ...usage }).usd ?? NaN));
};
const total = (all: readonly number[]): number => cents(all.reduce((sum, each) => sum + each, 0));

describe('https://aws.amazon.com/fargate/pricing/', () => {
  // Five tasks of 1 vCPU, 2 GB and 30 GB of storage, 600 s a day for 30 days: 25 hours of each.
  const tasks = (architecture: string) => [
    { quantity: 25, price: `fargate.${architecture}.vcpu` },
    { quantity: 50, price: `fargate.${architecture}.gb` },
    { quantity: 250, price: 'fargate.storage' },
  ];

  test('example 1: five tasks on x86', () => {
    expect(amounts(tasks('x86'))).toEqual([1.01, 0.22, 0.03]);
    expect(total(amounts(tasks('x86')))).toBe(1.26);
  });

  test('example 2: the same on ARM', () => {
    expect(amounts(tasks('arm64'))).toEqual([0.81, 0.18, 0.03]);
    expect(total(amounts(tasks('arm64')))).toBe(1.02);
  });

  test('example 3: ten pods of 0.25 vCPU and 1 GB, an hour a day', () => {
    const pods = [
      { quantity: 10 * 30 * 0.25, price: 'fargate.x86.vcpu' },
      { quantity: 10 * 30, price: 'fargate.x86.gb' },
    ];
    expect(amounts(pods)).toEqual([3.04, 1.33]);
    expect(total(amounts(pods))).toBe(4.37);
  });

  test('example 4: ten tasks of Windows, an hour a day, with the rates of the page', () => {
    const rates = new Map([
      ['windows.vcpu', 0.0000254167 * 3_600],
      ['windows.licence', 0.0000127778 * 3_600],
      ['windows.gb', 0.0000027778 * 3_600],
    ]);
    const windows = [
      { quantity: 300, price: 'windows.vcpu' },
      { quantity: 300, price: 'windows.licence' },
      { quantity: 600, price: 'windows.gb' },
    ];
    expect(amounts(windows, US_EAST_1.with(rates))).toEqual([27.45, 13.8, 6]);
    expect(total(amounts(windows, US_EAST_1.with(rates)))).toBe(47.25);
  });
});

describe('https://aws.amazon.com/lambda/pricing/', () => {
  const serving = (memoryMiB: number, more: object = {}) => ({
    It: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: memoryMiB, Architectures: ['x86_64'], ...more } },
    Url: { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: { Ref: 'It' } } },
  });

  test('example 1: 3 million requests of 120 ms at 1,536 MB, with the free tier', () => {
    expect(lines('It', serving(1_536), { requests: 3e6, ms: 120 }, { freeTier: true })).toEqual({
      'invocations (requests)': 0.4,
      'memory and time (requests)': 2.33,
    });
  });

  test('example 2: 7.44 million requests of two seconds at 1,024 MB', () => {
    expect(lines('It', serving(1_024), { requests: 7.44e6, ms: 2_000 })).toEqual({
      'invocations (requests)': 1.49,
      'memory and time (requests)': 248,
    });
  });

  test('example 3: 6 million requests of 280 ms at 4,096 MB with 2,048 MB of /tmp, with the free tier', () => {
    const roomy = serving(4_096, { EphemeralStorage: { Size: 2_048 } });
    expect(lines('It', roomy, { requests: 6e6, ms: 280 }, { freeTier: true })).toEqual({
      'invocations (requests)': 1,
      'memory and time (requests)': 105.33,
      '/tmp above 512 MB (requests)': 0.08,
    });
  });

  test('example 4: 100 environments of 1,536 MB kept for eight hours, half a million requests on them', () => {
    const kept = [{ quantity: 100 * 8 * 3_600 * 1.5, price: 'lambda.x86.provisioned' }];
    const requests = [{ quantity: 3e6, price: 'lambda.request' }];
    const on = [{ quantity: 0.5e6 * 0.1 * 1.5, price: 'lambda.x86.onProvisioned' }];
    const off = [{ quantity: 2.5e6 * 0.12 * 1.5, price: 'lambda.x86.gbSecond' }];
    const all = [
      ...amounts(kept),
      ...amounts(requests, US_EAST_1, true),
      ...amounts(on),
      ...amounts(off, US_EAST_1, true),
    ];
    expect(all).toEqual([18, 0.4, 0.73, 0.83]);
    expect(total(all)).toBe(19.96);
  });

  test('example 5: seven environments of 4,096 MB kept for a day, 2 million requests of 280 ms on them', () => {
    const all = amounts([
      { quantity: 7 * 86_400 * 4, price: 'lambda.x86.provisioned' },
      { quantity: 2e6 * 0.28 * 4, price: 'lambda.x86.onProvisioned' },
      { quantity: 2e6, price: 'lambda.request' },
    ]);
    expect(all).toEqual([10.08, 21.78, 0.4]);
    expect(total(all)).toBe(32.26);
  });
});

describe('https://aws.amazon.com/elasticloadbalancing/pricing/', () => {
  // One new connection a second for two minutes, five requests and 300 kB a second: 1.08 GB an hour is the largest share.
  const units = capacityUnits({
    newConnections: 1,
    activeConnections: 120,
    gbAnHour: (300 * 3_600) / 1e6,
    ruleEvaluations: 0,
  });

  test('a load balancer of which the bytes count', () => {
    expect(units).toBeCloseTo(1.08);
    const all = amounts([
      { quantity: 720, price: 'alb.hour' },
      { quantity: 720 * units, price: 'alb.lcu' },
    ]);
    expect(all).toEqual([16.2, 6.22]);
    expect(total(all)).toBe(22.42);
  });

  test('the same with mutual TLS, of which a trust store is 0.0056 an hour', () => {
    const rates = new Map([['alb.trustStore', 0.0056]]);
    const all = amounts(
      [
        { quantity: 720, price: 'alb.hour' },
        { quantity: 720, price: 'alb.trustStore' },
        { quantity: 720 * units, price: 'alb.lcu' },
      ],
      US_EAST_1.with(rates),
    );
    expect(total(all)).toBe(26.45);
  });
});

test('https://aws.amazon.com/vpc/pricing/: an hour of a NAT gateway, and a GB through it', () => {
  const meter = new Meter({ book: US_EAST_1 });
  const usd = ['nat.hour', 'nat.gb'].map(
    (price) => meter.line({ id: 'It', type: '' }, { what: '', quantity: 1, price }).usd ?? NaN,
  );
  expect(usd.reduce((sum, each) => sum + each)).toBeCloseTo(0.09, 10);
});

// Lines of real bills; Cost Explorer rounds both what was used and what it cost.
test.each([
  [SEOUL, 'nat.hour', 611, 36.05],
  [SEOUL, 'nat.gb', 8.9, 0.52],
  [SEOUL, 'nat.hour', 44, 2.596],
  [SEOUL, 'nat.gb', 1.691, 0.0998],
  [SEOUL, 'alb.hour', 514, 11.57],
  [SEOUL, 'ipv4', 1_416.08, 7.08],
  [SEOUL, 'ec2.t3.medium', 82.124, 4.2705],
  [SEOUL, 'ebs.gp3', 2.282, 0.2081],
  [IRELAND, 'alb.hour', 595, 15],
  [IRELAND, 'fargate.x86.gb', 297, 1.32],
  [IRELAND, 'ipv4', 1_783, 8.91],
])('a line of a real bill: %#', (book, price, quantity, billed) => {
  const [usd = NaN] = amounts([{ quantity, price }], book);
  expect(Math.abs(usd - billed)).toBeLessThan(0.011);
});
