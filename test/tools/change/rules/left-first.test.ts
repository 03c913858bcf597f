import { leftFirst } from '../../../../tools/change/rules/left-first';
import { changedStacks, placesOf, ref } from '../changed';

const subnet = { Subnet: { Type: 'AWS::EC2::Subnet', Properties: { CidrBlock: '10.0.0.0/17' } } };
const table = { Table: { Type: 'AWS::EC2::RouteTable' } };
const way = {
  Association: {
    Type: 'AWS::EC2::SubnetRouteTableAssociation',
    Properties: { SubnetId: ref('Subnet'), RouteTableId: ref('Table') },
  },
};
const route = {
  Route: { Type: 'AWS::EC2::Route', Properties: { RouteTableId: ref('Table'), DestinationCidrBlock: '0.0.0.0/0' } },
};
const Outputs = { SubnetId: { Value: ref('Subnet') } };
const reads = { 'Fn::GetStackOutput': { StackName: 'compute-Network', OutputName: 'SubnetId' } };
const reader = (...subnets: unknown[]) => ({
  Resources: { Service: { Type: 'AWS::ECS::Service', Properties: { Subnets: subnets } } },
});
const whole = { Resources: { ...subnet, ...table, ...way, ...route }, Outputs };

test('a subnet that another stack is in is removed before that stack can leave', () => {
  const change = changedStacks({
    Network: { before: whole, after: { Resources: { ...table } } },
    Fargate: { before: reader(reads), after: reader() },
  });
  expect(placesOf(leftFirst.find(change))).toEqual(['Network Subnet']);
});

test('a subnet that another stack is in loses its way out before that stack can leave', () => {
  const change = changedStacks({
    Network: { before: whole, after: { Resources: { ...subnet, ...table, ...way }, Outputs } },
    Fargate: { before: reader(reads), after: reader() },
  });
  expect(placesOf(leftFirst.find(change))).toEqual(['Network Route']);
});

test('a subnet that another stack is in loses its IPv6 block, of which that stack may have addresses', () => {
  const block = { Block: { Type: 'AWS::EC2::SubnetCidrBlock', Properties: { SubnetId: ref('Subnet') } } };
  const before = { Resources: { ...whole.Resources, ...block }, Outputs };
  const losing = (read: unknown) =>
    changedStacks({ Network: { before, after: whole }, Fargate: { before: reader(read), after: reader(read) } });
  expect(placesOf(leftFirst.find(losing(reads)))).toEqual(['Network Block']);
  expect(leftFirst.find(losing('subnet-0000000000000000a'))).toEqual([]);
});

test('a route of IPv4 is no way out for IPv6', () => {
  const over6 = {
    Type: 'AWS::EC2::Route',
    Properties: { RouteTableId: ref('Table'), DestinationIpv6CidrBlock: '::/0' },
  };
  const other = { ...over6, Properties: { ...over6.Properties, DestinationIpv6CidrBlock: '2001:db8::/32' } };
  const before = { Resources: { ...whole.Resources, Over6: over6 }, Outputs };
  const change = changedStacks({
    Network: { before, after: { Resources: { ...whole.Resources, Other: other }, Outputs } },
    Fargate: { before: reader(reads), after: reader(reads) },
  });
  expect(placesOf(leftFirst.find(change))).toEqual(['Network Over6']);
});

test('a subnet that no other stack uses may go, and a route may be followed by another', () => {
  const unused = changedStacks({
    Network: { before: whole, after: { Resources: { ...table } } },
    Fargate: { before: reader(), after: reader() },
  });
  const followed = changedStacks({
    Network: { before: whole, after: { Resources: { ...subnet, ...table, ...way, Other: route.Route }, Outputs } },
    Fargate: { before: reader(reads), after: reader(reads) },
  });
  expect([...leftFirst.find(unused), ...leftFirst.find(followed)]).toEqual([]);
});
