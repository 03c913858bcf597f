import { RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { addStacks } from '../../../../tools/copy/apps/network';
import { snapshotOf } from '../../../template';
import { resources, synthesise } from './synthesised';

const template = synthesise(addStacks);

test('snapshot', () => expect(snapshotOf(template.toJSON())).toMatchSnapshot());

test('nothing is billed by the hour unless it is asked for', () => {
  template.resourceCountIs('AWS::EC2::NatGateway', 0);
  synthesise((app) => addStacks(app, { natGateways: 2 })).resourceCountIs('AWS::EC2::NatGateway', 2);
});

test('there is a subnet in each zone, which gives an address where there is no NAT gateway', () => {
  const subnets = resources(template, 'AWS::EC2::Subnet');
  expect(subnets).toHaveLength(2);
  for (const { Properties } of subnets) expect(Properties?.['MapPublicIpOnLaunch']).toBe(true);
});

test('the default security group lets nothing in or out', () =>
  template.resourceCountIs('Custom::VpcRestrictDefaultSG', 1));

test('connections are recorded where a retention is given', () => {
  template.resourceCountIs('AWS::EC2::FlowLog', 0);
  const flowLogs = { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.RETAIN };
  const recorded = synthesise((app) => addStacks(app, { flowLogs }));
  recorded.hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'ALL' });
  recorded.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Retain' });
});
