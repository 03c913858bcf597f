import { synthesise, type Stack } from '../../../tools/cost/assembly';
import { compare, optionsAmong, type Option } from '../../../tools/cost/compare';
import type { Load } from '../../../tools/cost/load';
import { priceStack, type Plan } from '../../../tools/cost/price-stack';
import type { PriceBook } from '../../../tools/cost/prices';
import { PRESETS } from '../../../tools/variants';
import { EXAMPLES, exampleTemplate } from './cdk-examples';
import { cents, NOTHING, US_EAST_1 } from './priced';

let stacks: readonly Stack[];
beforeAll(() => {
  stacks = synthesise({});
});

const optionOf = (id: string, load: Load, book: PriceBook, of = stacks): Option => {
  const found = optionsAmong(compare(of, { load, book, freeTier: false })).find((option) => option.id === id);
  if (!found) throw new Error(`There is no option ${id}.`);
  return found;
};
const usd = (id: string, load: Load, book = US_EAST_1, plan: Plan = 'on-demand'): number =>
  cents(optionOf(id, load, book).atLoad[plan].usd);
const HOURS = 730;

test('an option that changes a template changes the cost', () => {
  const idleWith = (options: Readonly<Record<string, unknown>>, id: string): number =>
    cents(optionOf(id, NOTHING, US_EAST_1, synthesise(options, id)).idle.usd);
  const before = { Ec2: usd('Ec2', NOTHING), Lambda: usd('Lambda', NOTHING) };
  // t4g.small for t4g.micro: 730 h x 0.0084 more
  expect(idleWith({ 'ec2.instanceType': 't4g.small' }, 'Ec2')).toBe(cents(before.Ec2 + HOURS * 0.0084));
  // two environments of 1 GB: 2 x 2,628,000 s x 0.0000033334
  expect(idleWith({ 'lambda.provisionedConcurrency': 2 }, 'Lambda')).toBe(
    cents(before.Lambda + 2 * HOURS * 3_600 * 0.0000033334),
  );
});

test('every type of both presets has a rule or is named free, and what is not priced says why', () => {
  for (const preset of Object.values(PRESETS))
    for (const { id, template } of synthesise(preset)) {
      const { gaps } = priceStack(template, { load: NOTHING, book: US_EAST_1 });
      expect([id, gaps.filter(({ why }) => why === 'there is no pricing rule for this type')]).toEqual([id, []]);
    }
});

describe('idle, beside the same option of aws-cdk-examples', () => {
  const theirs = (id: string): number => cents(priceStack(exampleTemplate(id), { load: NOTHING, book: US_EAST_1 }).usd);

  test('every resource of theirs is priced', () => {
    for (const id of Object.keys(EXAMPLES))
      expect([id, priceStack(exampleTemplate(id), { load: NOTHING, book: US_EAST_1 }).gaps]).toEqual([id, []]);
  });

  test('theirs with a VPC bring two NAT gateways with an address each: 73.00 a month', () => {
    for (const id of ['Ec2', 'Fargate', 'EcsEc2']) {
      const { lines } = priceStack(exampleTemplate(id), { load: NOTHING, book: US_EAST_1 });
      const nat = lines.filter(({ resource, what }) => /NATGateway|EIP/.test(resource) || what === 'NAT gateway');
      expect([id, cents(nat.reduce((sum, each) => sum + (each.usd ?? 0), 0))]).toEqual([id, 73]);
    }
  });

  test('Ec2 costs less than a sixth of theirs, Fargate a little over a third, EcsEc2 less than three fifths', () => {
    expect(usd('Ec2', NOTHING) / theirs('Ec2')).toBeLessThan(1 / 6);
    expect(usd('Fargate', NOTHING) / theirs('Fargate')).toBeLessThan(0.37);
    expect(usd('EcsEc2', NOTHING) / theirs('EcsEc2')).toBeLessThan(0.6);
  });

  test('what their Beanstalk and Lambda lack makes ours the dearer: a load balancer, alarms, a dashboard', () => {
    const { lines } = optionOf('Lambda', NOTHING, US_EAST_1).idle;
    const watching = lines.filter(({ type }) => type.startsWith('AWS::CloudWatch::'));
    const watched = watching.reduce((sum, each) => sum + (each.usd ?? 0), 0);
    expect(usd('Lambda', NOTHING) - watched).toBeLessThan(theirs('Lambda') / 3);
    expect(theirs('Beanstalk')).toBe(12.04); // one t3.micro with 10 GB and an address
  });
});
