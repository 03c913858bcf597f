import { readByValue } from '../../../../tools/change/rules/read-by-value';
import { changedStacks, placesOf, ref } from '../changed';

const network = (block: string) => ({
  Resources: { Subnet: { Type: 'AWS::EC2::Subnet', Properties: { CidrBlock: block } } },
  Outputs: { SubnetId: { Value: ref('Subnet') } },
});
const exported = (block: string) => ({
  ...network(block),
  Outputs: { SubnetId: { Value: ref('Subnet'), Export: { Name: 'compute-Network:SubnetId' } } },
});
const reader = (value: unknown, memory = 512) => ({
  Resources: { Service: { Type: 'AWS::ECS::Service', Properties: { Subnets: [value], Memory: memory } } },
});
const weak = { 'Fn::GetStackOutput': { StackName: 'compute-Network', OutputName: 'SubnetId' } };
const strong = { 'Fn::ImportValue': 'compute-Network:SubnetId' };

test('a stack that reads the id of a replaced subnet, and whose template stays the same, keeps the old one', () => {
  const change = changedStacks({
    Network: { before: network('10.0.0.0/17'), after: network('10.0.0.0/18') },
    Fargate: { before: reader(weak), after: reader(weak) },
  });
  expect(placesOf(readByValue.find(change))).toEqual(['Network SubnetId']);
});

test('an export that is in use cannot change', () => {
  const change = changedStacks({
    Network: { before: exported('10.0.0.0/17'), after: exported('10.0.0.0/18') },
    Fargate: { before: reader(strong), after: reader(strong) },
  });
  expect(placesOf(readByValue.find(change))).toEqual(['Network SubnetId']);
});

test('a stack that changes too reads the new id, and an id that stays is no change', () => {
  const updated = changedStacks({
    Network: { before: network('10.0.0.0/17'), after: network('10.0.0.0/18') },
    Fargate: { before: reader(weak), after: reader(weak, 1_024) },
  });
  const same = changedStacks({
    Network: { before: exported('10.0.0.0/17'), after: exported('10.0.0.0/17') },
    Fargate: { before: reader(strong), after: reader(strong, 1_024) },
  });
  expect([...readByValue.find(updated), ...readByValue.find(same)]).toEqual([]);
});
