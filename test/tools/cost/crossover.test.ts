import {
  crossingsOf,
  curvesOf,
  loads,
  quotaHits,
  rangesOf,
  roundLoads,
  type Candidate,
  type Curve,
} from '../../../tools/cost/crossover';
import { describeCrossover, inWords } from '../../../tools/cost/crossover-report';
import { hasOwnLine } from '../../../tools/cost/assembly';
import { sizesOf } from '../../../tools/cost/sizes';
import { NOTHING, templateOf, US_EAST_1, type Resources } from './priced';

const candidate = (option: string, resources: Resources, size = ''): Candidate => ({
  option,
  size,
  stacks: [{ id: option, template: templateOf(resources), needs: [], problems: [] }],
});

const fn = candidate('Fn', {
  It: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 1_024, Architectures: ['arm64'] } },
  Url: { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: { Ref: 'It' } } },
});
const instance = candidate('Machine', {
  It: { Type: 'AWS::EC2::Instance', Properties: { InstanceType: 'c7g.large' } },
});
const group = candidate(
  'Machine',
  {
    Template: { Type: 'AWS::EC2::LaunchTemplate', Properties: { LaunchTemplateData: { InstanceType: 'c7g.large' } } },
    It: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      Properties: { MinSize: 2, MaxSize: 4, LaunchTemplate: { LaunchTemplateId: { Ref: 'Template' } } },
    },
    Balancer: { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: { Scheme: 'internal' } },
  },
  'behind a load balancer',
);
const model = { load: { ...NOTHING, cpuMs: 5, kbIn: 1, kbOut: 0, ms: 80 }, book: US_EAST_1, freeTier: false };
const find = (curves: readonly Curve[], option: string, plan = 'on-demand'): Curve => {
  const found = curves.find((each) => each.option === option && each.plan === plan);
  if (!found) throw new Error('no such curve');
  return found;
};

const curves = curvesOf([fn, instance, group], model);

test('a function is the cheapest until one instance is, at the load that the arithmetic gives', () => {
  // A million requests: 0.20 + 80,000 GB-s x 0.0000133334 = 1.26667. The instance: 730 h x 0.0725 + 8 x 0.08 = 53.565.
  const [first] = rangesOf([find(curves, 'Fn'), find(curves, 'Machine')]);
  expect(first?.option).toBe('Fn');
  expect(Math.abs((first?.to ?? 0) / ((53.565 / 1.26667) * 1e6) - 1)).toBeLessThan(0.01);
});

test('one instance carries what its vCPUs do, and beyond it the size with more of them counts', () => {
  // 2 vCPUs x 60 % over the peak of three times 5 ms: 80 requests a second, 210.24 million a month.
  const machine = find(curves, 'Machine');
  expect(machine.at(210e6)?.size).toBe('');
  expect(machine.at(210.5e6)?.size).toBe('behind a load balancer');
});

test('the lines cross where one becomes the cheaper, and each way is named', () => {
  const crossings = crossingsOf(find(curves, 'Fn'), find(curves, 'Machine'));
  expect(crossings.map(({ cheaper }) => cheaper)[0]).toBe('Machine');
  for (const { at, cheaper, than } of crossings) {
    const [now, then] = [find(curves, cheaper), find(curves, than)];
    expect(now.at(at * 1.001)?.usd).toBeLessThanOrEqual((then.at(at * 1.001)?.usd ?? 0) * 1.01);
  }
});

test('a plan without a known rate has no curve, and is named', () => {
  expect(curves.map(({ option, plan }) => `${option} ${plan}`)).toEqual([
    'Fn on-demand',
    'Fn spot',
    'Fn savings-1y',
    'Fn savings-3y',
    'Machine on-demand',
    'Machine spot',
  ]);
  expect(describeCrossover(curves)).toContain('(no rate is known of Machine)');
  const known = new Map([['ec2.c7g.large.savings1y', 0.05]]);
  const more = curvesOf([fn, instance, group], { ...model, book: US_EAST_1.with(known) });
  expect(find(more, 'Machine', 'savings-1y').at(1e6)?.usd).toBeCloseTo(730 * 0.05 + 0.64);
});

test('a quota is met where the peak takes more of it than an account has', () => {
  const hits = quotaHits(curves.filter(({ plan }) => plan === 'on-demand'));
  expect(hits.map(({ option, byDefault }) => [option, byDefault])).toEqual([
    ['Fn', 1_000],
    ['Machine', 5],
  ]);
  // 1,000 at once x 1,000 / 80 / 3 = 4,166.7 a second
  expect(Math.abs((hits[0]?.at ?? 0) / ((1_000 / 0.08 / 3) * 2_628_000) - 1)).toBeLessThan(0.01);
});

test('loads go from a thousand to a hundred billion', () => {
  expect(loads(1)).toEqual([1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11]);
  expect(roundLoads().slice(0, 4)).toEqual([1e3, 2e3, 5e3, 1e4]);
  expect(roundLoads().at(-1)).toBe(1e11);
  expect(loads(20)).toHaveLength(161);
});

test.each([
  [1_000, '1 thousand'],
  [8_830_000, '8.8 million'],
  [999_900, '1 million'],
  [1e11, '100 billion'],
])('%d is %s', (requests, words) => {
  expect(inWords(requests)).toBe(words);
});

test('an option whose requests are billed as those of another has no line beside it', () => {
  const options = ['Ec2', 'Lambda', 'LambdaImage', 'Frameworks'].map((option) => ({ option }));
  expect(options.filter(hasOwnLine).map(({ option }) => option)).toEqual(['Ec2', 'Lambda', 'Frameworks']);
});

test('a size leaves what the user has set as it is', () => {
  expect(sizesOf('Ec2', {}).map(({ name }) => name)).toEqual([
    '',
    'behind a load balancer',
    'c7g.large behind a load balancer',
  ]);
  expect(sizesOf('Ec2', { 'ec2.instanceType': 't3.micro' }).map(({ name }) => name)).toEqual([
    '',
    'behind a load balancer',
  ]);
  expect(sizesOf('Lambda', {}).map(({ name }) => name)).toEqual(['']);
});
