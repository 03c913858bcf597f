import { compare, optionsAmong } from '../../../tools/cost/compare';
import { describeCapacity, describeCheapest, describeOptions, describeStack, usd } from '../../../tools/cost/report';
import { NOTHING, templateOf, US_EAST_1, type Resources } from './priced';

const instance: Resources = { It: { Type: 'AWS::EC2::Instance', Properties: { InstanceType: 't4g.micro' } } };
const functions: Resources = {
  One: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 1_024 } },
  OneUrl: { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: { Ref: 'One' } } },
  Other: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 1_024 } },
  OtherUrl: { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: { Ref: 'Other' } } },
};
const report = (requests: number, resources: Readonly<Record<string, Resources>>) => {
  const stacks = Object.entries(resources).map(([id, each]) => ({
    id,
    template: templateOf(each),
    needs: [],
    problems: [],
  }));
  const load = { ...NOTHING, requests };
  return { load, comparisons: compare(stacks, { load, book: US_EAST_1, freeTier: false }) };
};

test('an option that is too small for a load is called so, and is not the cheapest', () => {
  const { load, comparisons } = report(1e9, { Ec2: instance, Lambda: functions });
  const options = optionsAmong(comparisons);
  expect(describeOptions(options, load)).toContain('Ec2 (too small for this load)');
  expect(describeCapacity(options)[0]).toMatch(/the template allows 1; a quota by default is 5 vCPUs/);
  expect(describeCheapest(options)).toContain('No option carries this load as it is declared');
});

test('a stack in which several services stand says how many share the load, and each once', () => {
  const { load, comparisons } = report(1e6, { Frameworks: functions });
  const options = optionsAmong(comparisons);
  expect(describeOptions(options, load)).toContain('Frameworks (2 share the load)');
  expect(describeCapacity(options)).toEqual([
    'Frameworks: 0.02 on the mean, 1 at the peak (concurrent execution); 2 of them',
  ]);
});

test('a stack is shown resource by resource, with what is free and what is not priced', () => {
  const { comparisons } = report(1e6, {
    Ec2: { ...instance, Role: { Type: 'AWS::IAM::Role' }, Database: { Type: 'AWS::RDS::DBInstance' } },
  });
  const [text = ''] = comparisons.map(describeStack);
  expect(text).toMatch(/It +instance t4g\.micro +730 hour +6\.13 +6\.13 +sourced/);
  expect(text).toContain('free: AWS::IAM::Role');
  expect(text).toContain('not priced: Database (AWS::RDS::DBInstance): there is no pricing rule for this type');
});

test('less than half a cent is not nothing', () => {
  expect([usd(0), usd(0.001), usd(1_234.5), usd(undefined)]).toEqual(['0.00', '< 0.01', '1,234.50', 'not priced']);
});
