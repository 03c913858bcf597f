import { leastSure, tiered } from '../../../tools/cost/price-stack';
import { cost, US_EAST_1 } from './priced';

test('a type without a rule is named as not priced, and the rest is priced', () => {
  const { usd, gaps } = cost({
    Dashboard: { Type: 'AWS::CloudWatch::Dashboard' },
    Database: { Type: 'AWS::RDS::DBInstance' },
  });
  expect(usd).toBe(3);
  expect(gaps).toEqual([
    { resource: 'Database', type: 'AWS::RDS::DBInstance', why: 'there is no pricing rule for this type' },
  ]);
});

test('free types are counted as free, custom resources among them', () => {
  const { usd, free, gaps } = cost({
    Role: { Type: 'AWS::IAM::Role' },
    Other: { Type: 'AWS::IAM::Role' },
    Custom: { Type: 'Custom::AWS' },
  });
  expect([usd, gaps]).toEqual([0, []]);
  expect([...free]).toEqual([
    ['AWS::IAM::Role', 2],
    ['Custom::AWS', 1],
  ]);
});

test('each tier has its own price, whatever part of a month it begins in', () => {
  const price = US_EAST_1.find('transfer.out');
  if (price === undefined) throw new Error('no price');
  // 10,240 GB at 0.09 and 1,000 at 0.085
  expect(tiered(price, 0, 11_240).usd).toBeCloseTo(921.6 + 85);
  expect(tiered(price, 10_000, 1_240).usd).toBeCloseTo(240 * 0.09 + 85);
  expect(tiered(price, 0, 200_000).usd).toBeCloseTo(921.6 + 40_960 * 0.085 + 102_400 * 0.07 + 46_400 * 0.05);
});

test('tiers go by the sum of a stack and not by its resources', () => {
  const filters = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `Filter${index}`,
        {
          Type: 'AWS::Logs::MetricFilter',
          Properties: { MetricTransformations: Array.from({ length: 1_000 }, () => ({})) },
        },
      ]),
    );
  // 10,000 at 0.30 and 1,000 at 0.10
  expect(cost(filters(11), { requests: 1 }).usd).toBeCloseTo(3_100);
});

test('a tier that is less sure makes what reaches it less sure', () => {
  const price = US_EAST_1.find('sqs.request');
  if (price === undefined) throw new Error('no price');
  expect(tiered(price, 0, 1e6).sure).toBe('sourced');
  expect(tiered(price, 0, 2e11).sure).toBe('uncertain');
});

test('a sum is as sure as the least sure of its prices', () => {
  expect(leastSure(['list', 'snapshot', 'sourced'])).toBe('snapshot');
  expect(leastSure([])).toBe('list');
});

test('a share of a price that is missing is missing, with the key to give', () => {
  const instance = { Type: 'AWS::EC2::Instance', Properties: { InstanceType: 'x9z.large' } };
  const { lines } = cost({ It: instance });
  expect(lines[0]).toMatchObject({ usd: undefined, missing: ['ec2.x9z.large'] });
});
