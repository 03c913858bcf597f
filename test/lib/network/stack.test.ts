import { Match } from 'aws-cdk-lib/assertions';
import { productionTemplate, resources, statements, template, templateBesideAll } from '../../synthesis';
import { PRESETS } from '../../../tools/variants';
import { snapshotOf } from '../../template';

const sandbox = templateBesideAll('Network');
const production = templateBesideAll('Network', PRESETS.production);

describe('snapshots', () => {
  test('sandbox', () => expect(snapshotOf(sandbox.toJSON())).toMatchSnapshot());
  test('production', () => expect(snapshotOf(production.toJSON())).toMatchSnapshot());
});

test('the sandbox has no standing cost: no NAT gateway, no address, no interface endpoint', () => {
  sandbox.resourceCountIs('AWS::EC2::NatGateway', 0);
  sandbox.resourceCountIs('AWS::EC2::EIP', 0);
  sandbox.allResourcesProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' });
});

test('production has a NAT gateway in each zone, and private subnets', () => {
  production.resourceCountIs('AWS::EC2::NatGateway', 2);
  productionTemplate('Network', { 'network.zones': 3 }).resourceCountIs('AWS::EC2::NatGateway', 3);
  production.hasResourceProperties('AWS::EC2::Subnet', {
    Tags: Match.arrayWith([{ Key: 'aws-cdk:subnet-type', Value: 'Private' }]),
  });
});

test.each([1, 2, 3])('%i zones are told by position, so that any region will do', (zones) => {
  const subnets = resources(template('Network', { 'network.zones': zones }), 'AWS::EC2::Subnet');
  expect(subnets.map((subnet) => subnet.Properties?.['AvailabilityZone'] as unknown)).toEqual(
    Array.from({ length: zones }, (_, zone) => ({ 'Fn::Select': [zone, { 'Fn::GetAZs': '' }] })),
  );
});

test('a subnet gives addresses where there is no other way out, and none where there is a NAT gateway', () => {
  sandbox.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: true });
  production.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
});

test('the default security group lets nothing in or out', () => {
  sandbox.resourceCountIs('Custom::VpcRestrictDefaultSG', 1);
});

test('traffic to S3 leaves neither by the internet nor by NAT, from every subnet', () => {
  for (const each of [sandbox, production]) {
    const routeTables = Object.keys(each.findResources('AWS::EC2::RouteTable'));
    const [endpoint] = resources(each, 'AWS::EC2::VPCEndpoint');
    const routed = (endpoint?.Properties?.['RouteTableIds'] as { Ref: string }[]).map(({ Ref }) => Ref);
    expect(routed.sort()).toEqual(routeTables.sort());
  }
});

test('flow logs are kept in production, and in the sandbox when asked for', () => {
  sandbox.resourceCountIs('AWS::EC2::FlowLog', 0);
  production.hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'ALL', ResourceType: 'VPC' });
  template('Network', { 'network.flowLogs': true }).resourceCountIs('AWS::EC2::FlowLog', 1);
});

test('nothing stays behind the sandbox: its log groups are deleted, and no function can make another', () => {
  sandbox.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' });
  expect(JSON.stringify(statements(sandbox))).not.toContain('CreateLogGroup');
  expect(JSON.stringify(sandbox.toJSON())).not.toContain('AWSLambdaBasicExecutionRole');
  for (const handler of resources(sandbox, 'AWS::Lambda::Function'))
    expect(handler.Properties?.['LoggingConfig']).toHaveProperty('LogGroup.Ref');
});

test('production keeps its logs', () => {
  production.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain' });
});
