import { subnets } from '../../../../tools/change/rules/subnets';
import { changed, placesOf, ref } from '../changed';

const vpc = { Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } } };
const subnet = (block: string) => ({
  Type: 'AWS::EC2::Subnet',
  Properties: { VpcId: ref('Vpc'), CidrBlock: block },
});

test('a new subnet in the block of an old one, and a replaced one in its own old block, conflict', () => {
  const before = { ...vpc, Public1: subnet('10.0.0.0/17'), Public2: subnet('10.0.128.0/17') };
  const after = {
    ...vpc,
    Public1: subnet('10.0.0.0/18'),
    Public2: subnet('10.0.128.0/17'),
    Private1: subnet('10.0.192.0/18'),
  };
  expect(placesOf(subnets.find(changed(before, after)))).toEqual(['Stack Public1', 'Stack Private1']);
});

test('a new subnet in a reserved block joins the others', () => {
  const before = { ...vpc, Public1: subnet('10.0.0.0/19') };
  const after = { ...vpc, Public1: subnet('10.0.0.0/19'), Private1: subnet('10.0.32.0/19') };
  expect(subnets.find(changed(before, after))).toEqual([]);
});

test('the subnets of a replaced VPC may have the blocks of the old ones', () => {
  const after = {
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/20' } },
    Public1: subnet('10.0.0.0/21'),
  };
  expect(subnets.find(changed({ ...vpc, Public1: subnet('10.0.0.0/17') }, after))).toEqual([]);
});
