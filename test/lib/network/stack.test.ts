import { Match } from 'aws-cdk-lib/assertions';
import { PRESETS } from '../../../tools/variants';
import {
  appWith,
  errorsOf,
  problems,
  productionTemplate,
  resources,
  statements,
  template,
  templateBesideAll,
} from '../../synthesis';
import { snapshotOf, type CloudFormationTemplate } from '../../template';

const sandbox = templateBesideAll('Network');
const production = templateBesideAll('Network', PRESETS.production);
const IPV6 = { 'access.allowedCidr': '0.0.0.0/0,::/0' };
const dualStack = templateBesideAll('Network', IPV6);

describe('snapshots', () => {
  test('sandbox', () => expect(snapshotOf(sandbox.toJSON())).toMatchSnapshot());
  test('production', () => expect(snapshotOf(production.toJSON())).toMatchSnapshot());
  test('sandbox with IPv6', () => expect(snapshotOf(dualStack.toJSON())).toMatchSnapshot());
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

test.each([1, 2, 3])('%i zones are chosen by position, so that any region will do', (zones) => {
  const subnets = resources(template('Network', { 'network.zones': zones }), 'AWS::EC2::Subnet');
  expect(subnets.map((subnet) => subnet.Properties?.['AvailabilityZone'] as unknown)).toEqual(
    Array.from({ length: zones }, (_, zone) => ({ 'Fn::Select': [zone, { 'Fn::GetAZs': '' }] })),
  );
});

test('zones that are named are those, and their number follows', () => {
  const named = template('Network', { 'network.zoneNames': 'ap-northeast-1c,ap-northeast-1d,ap-northeast-1a' });
  expect(
    resources(named, 'AWS::EC2::Subnet').map(({ Properties }) => Properties?.['AvailabilityZone'] as unknown),
  ).toEqual(['ap-northeast-1c', 'ap-northeast-1d', 'ap-northeast-1a']);
});

test.each([
  [{ 'network.zoneNames': 'eu-west-1a,eu-west-1a' }, 'allowed is 1 to 3 different zones'],
  [{ 'network.zoneNames': 'euw1-az1' }, 'allowed is 1 to 3 different zones'],
  [{ 'network.zoneNames': 'eu-west-1a,us-east-1b' }, 'all zones must be in one region'],
  [{ 'network.zoneNames': 'eu-west-1a', 'network.zones': 2 }, 'leave network.zones out'],
])('%j is refused: %s', (options, problem) => {
  expect(problems(options)).toEqual([expect.stringContaining(problem)]);
});

describe('a deployed network', () => {
  type Resources = CloudFormationTemplate['Resources'];
  const of = (options: Record<string, unknown>): Resources =>
    (template('Network', options).toJSON() as CloudFormationTemplate).Resources;
  /** In the order of growth: more zones, then more NAT gateways, then the other preset. */
  const sizes = [
    { 'network.zones': 1 },
    { 'network.zones': 2 },
    { 'network.zones': 3 },
    { 'network.zones': 3, 'network.natGateways': 1 },
    { 'network.zones': 3, 'network.natGateways': 3 },
    { ...PRESETS.production, 'network.zones': 3 },
  ];
  const pairs = sizes.flatMap((small, n) => sizes.slice(n + 1).map((large): [object, object] => [small, large]));
  const presets: [object, object] = [{}, PRESETS.production];

  test.each([...pairs, presets])('from %j to %j, nothing is replaced or removed', (small, large) => {
    const [before, after] = [of(small as Record<string, unknown>), of(large as Record<string, unknown>)];
    // What CloudFormation changes without replacing the resource, and no more.
    const free = Object.fromEntries(
      ['MapPublicIpOnLaunch', 'NatGatewayId', 'RouteTableIds', 'RetentionInDays'].map((name) => [name, undefined]),
    );
    for (const [id, { Type, Properties }] of Object.entries(before)) {
      expect([id, after[id]?.Type]).toEqual([id, Type]);
      expect([id, { ...after[id]?.Properties, ...free }]).toEqual([id, { ...Properties, ...free }]);
    }
  });

  test.each(['10.0.0.0/16', '192.168.7.0/24'])('no two subnets overlap in %s', (cidr) => {
    const subnets = resources(template('Network', { 'network.cidr': cidr, ...sizes.at(-1) }), 'AWS::EC2::Subnet');
    const blocks = subnets.map(({ Properties }) => Properties?.['CidrBlock'] as string);
    expect(new Set(blocks).size).toBe(6);
    const prefix = Number(cidr.split('/')[1]) + 3;
    // Blocks of one size, each from its first address on, overlap only if they are the same.
    for (const block of blocks) expect(block).toMatch(new RegExp(`/${prefix}$`));
  });
});

describe('the stacks that use the network', () => {
  const consumers = ['Ec2', 'Beanstalk', 'Fargate', 'EcsEc2', 'ManagedInstances'];

  test.each([{}, PRESETS.production])(
    'with %j, they import its ids, so that none can go or change below them',
    (preset) => {
      for (const id of consumers) {
        const text = JSON.stringify(template(id, preset).toJSON());
        expect(text).toMatch(/\{"Fn::ImportValue":"compute-Network:ExportsOutputRefVpc/);
        expect(text).not.toMatch(/\{"Fn::GetStackOutput":\{[^}]*Network/);
      }
    },
  );

  test.each([{}, PRESETS.production])('with %j, its exports are the same whichever of them there are', (preset) => {
    const outputs = (of: { toJSON(): unknown }) => (of.toJSON() as CloudFormationTemplate).Outputs;
    expect(outputs(templateBesideAll('Network', preset))).toEqual(outputs(template('Network', preset)));
  });
});

describe('IPv6, once a block of it is allowed', () => {
  const dualProduction = templateBesideAll('Network', { ...PRESETS.production, ...IPV6 });
  type Resources = CloudFormationTemplate['Resources'];
  const resourcesOf = (of: { toJSON(): unknown }): Resources => (of.toJSON() as CloudFormationTemplate).Resources;
  const only = (of: typeof sandbox, type: string): [string, object][] => Object.entries(of.findResources(type));

  test('without it, there is nothing of it', () => {
    for (const each of [sandbox, production]) expect(JSON.stringify(each.toJSON())).not.toMatch(/ipv6|egressonly/i);
  });

  test.each([
    ['sandbox', sandbox, dualStack],
    ['production', production, dualProduction],
  ])(
    '%s: a deployed network only gets more: nothing that it has is changed, least of all a subnet',
    (_, before, after) => {
      expect(resourcesOf(after)).toMatchObject(resourcesOf(before));
      for (const [id, resource] of Object.entries(resourcesOf(before)))
        expect([id, resourcesOf(after)[id]]).toEqual([id, resource]);
    },
  );

  test('every subnet has a /64 of its own, after the VPC has its block', () => {
    for (const each of [dualStack, dualProduction]) {
      const [[block, { Properties }]] = only(each, 'AWS::EC2::VPCCidrBlock') as [[string, { Properties: object }]];
      expect(Properties).toMatchObject({ AmazonProvidedIpv6CidrBlock: true });
      const subnets = Object.keys(each.findResources('AWS::EC2::Subnet'));
      const blocks = resources(each, 'AWS::EC2::SubnetCidrBlock');
      expect(blocks.map((of) => (of.Properties?.['SubnetId'] as { Ref: string }).Ref).sort()).toEqual(subnets.sort());
      const places = blocks.map(
        (of) => (of.Properties?.['Ipv6CidrBlock'] as { 'Fn::Select': [number, object] })['Fn::Select'][0],
      );
      expect(new Set(places).size).toBe(subnets.length);
      for (const { DependsOn, Properties: of } of blocks) {
        expect(DependsOn).toContain(block);
        expect(JSON.stringify(of?.['Ipv6CidrBlock'])).toMatch(/"Ipv6CidrBlocks"\]\}\]\},6,"64"/);
      }
    }
  });

  test('the blocks of the subnets stay where they are while zones and private subnets come', () => {
    const placesOf = (options: object) =>
      Object.entries(resourcesOf(template('Network', { ...IPV6, ...options })))
        .filter(([, { Type }]) => Type === 'AWS::EC2::SubnetCidrBlock')
        .map(([id, { Properties }]): unknown => [id, Properties?.['Ipv6CidrBlock']]);
    const large = placesOf({ ...PRESETS.production, 'network.zones': 3 });
    expect(large).toHaveLength(6);
    for (const small of [{ 'network.zones': 1 }, { 'network.zones': 2 }, { 'network.natGateways': 1 }])
      expect(large).toEqual(expect.arrayContaining(placesOf(small)));
  });

  test('public subnets have a way in and out, private ones a way out only, each once its subnet has a block', () => {
    const waysOf = (of: typeof sandbox) =>
      resources(of, 'AWS::EC2::Route')
        .filter(({ Properties }) => Properties?.['DestinationIpv6CidrBlock'] === '::/0')
        .map(({ Properties = {}, DependsOn }) => {
          expect(DependsOn).toContainEqual(expect.stringMatching(/^VpcIpv6.*Block/));
          const { Ref: table } = Properties['RouteTableId'] as { Ref: string };
          return [/Public|Private/.exec(table)?.[0], Object.keys(Properties).find((name) => name.includes('Gateway'))];
        });
    const out = ['Public', 'GatewayId'];
    expect(waysOf(dualStack)).toEqual([out, out]);
    dualStack.resourceCountIs('AWS::EC2::EgressOnlyInternetGateway', 0);
    const outOnly = ['Private', 'EgressOnlyInternetGatewayId'];
    expect(waysOf(dualProduction)).toEqual([out, out, outOnly, outOnly]);
  });

  test('no instance gets such an address by itself', () => {
    for (const each of [dualStack, dualProduction])
      expect(JSON.stringify(each.toJSON())).not.toContain('AssignIpv6AddressOnCreation');
  });

  test('the load balancers hold its block by an export that is there as long as the block', () => {
    const kept = template('Network', { 'network.ipv6': true });
    const outputs = (of: { toJSON(): unknown }) => (of.toJSON() as CloudFormationTemplate).Outputs;
    expect(outputs(kept)).toEqual(outputs(dualStack));
    // By an attribute of the block itself: the list of its blocks that a VPC has may lag behind (aws/aws-cdk#33490).
    const [block = ''] = Object.keys(dualStack.findResources('AWS::EC2::VPCCidrBlock'));
    expect(Object.values(outputs(dualStack) ?? {})).toContainEqual(
      expect.objectContaining({ Value: { 'Fn::GetAtt': [block, 'Id'] } }),
    );
    for (const id of ['Beanstalk', 'Fargate', 'EcsEc2', 'ManagedInstances'])
      template(id, IPV6).hasOutput('Ipv6Block', {
        Value: { 'Fn::ImportValue': Match.stringLikeRegexp('^compute-Network:ExportsOutputFnGetAttVpcIpv6Block.*Id') },
      });
  });

  test.each([
    [{ ...IPV6, 'network.ipv6': false }, 'leave network.ipv6 out'],
    [
      { 'network.vpcId': 'vpc-0123456789abcdef0', 'network.ipv6': true },
      'the VPC exists already; leave network.ipv6 out',
    ],
  ])('with %j it is refused: %s', (options, problem) => {
    expect(problems(options)).toContainEqual(expect.stringContaining(problem));
  });
});

describe('a VPC that exists already', () => {
  const existing = {
    'network.vpcId': 'vpc-0123456789abcdef0',
    'network.zoneNames': 'eu-west-1b,eu-west-1c',
    'network.publicSubnetIds': 'subnet-0000000000000000a,subnet-0000000000000000b',
    'network.privateSubnetIds': 'subnet-0000000000000000c,subnet-0000000000000000d',
  };

  test('nothing is added to it', () => {
    expect(template('Network', existing).toJSON()).not.toHaveProperty('Resources');
  });

  test.each(['Ec2', 'Beanstalk', 'Fargate', 'EcsEc2', 'ManagedInstances'])(
    '%s stands in its subnets, without a look-up and without a stack Network',
    (id) => {
      const app = appWith({ ...PRESETS.production, ...existing }, id);
      const assembly = app.synth();
      const artifact = assembly.getStackArtifact(id);
      expect(assembly.manifest.missing).toBeUndefined();
      expect(artifact.dependencies.map((each) => each.id)).not.toContain('Network');
      const text = JSON.stringify(artifact.template);
      expect(text).toContain('vpc-0123456789abcdef0');
      for (const subnet of 'abcd') expect(text).toContain(`subnet-0000000000000000${subnet}`);
    },
  );

  test('its subnets have the IPv6 blocks that they have, and nothing holds them', () => {
    const dual = template('Fargate', { ...existing, ...IPV6 });
    dual.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { IpAddressType: 'dualstack' });
    expect(Object.keys((dual.toJSON() as CloudFormationTemplate).Outputs ?? {})).not.toContain('Ipv6Block');
    expect(template('Network', { ...existing, ...IPV6 }).toJSON()).not.toHaveProperty('Resources');
  });

  test('without private subnets, all stands in the public ones', () => {
    const { 'network.privateSubnetIds': _, ...inPublic } = existing;
    const text = JSON.stringify(template('Fargate', inPublic).toJSON());
    expect(text).toContain('"AssignPublicIp":"ENABLED"');
    expect(errorsOf('Network', { ...PRESETS.production, ...inPublic })).toEqual([
      expect.stringContaining('production runs in private subnets; set network.privateSubnetIds'),
    ]);
  });

  test.each([
    [{ 'network.zoneNames': undefined }, 'set network.zoneNames to the zones of its subnets'],
    [{ 'network.publicSubnetIds': undefined }, 'set network.publicSubnetIds, one subnet for each zone'],
    [{ 'network.publicSubnetIds': 'subnet-0000000000000000a' }, 'one subnet for each zone, in the same order'],
    [{ 'network.privateSubnetIds': 'subnet-0000000000000000a' }, 'one subnet for each zone, in the same order'],
    [{ 'network.vpcId': undefined }, 'they are subnets of a VPC that exists already; set network.vpcId'],
    [{ 'network.cidr': '10.1.0.0/16' }, 'the VPC exists already'],
    [{ 'network.natGateways': 1 }, 'the VPC exists already'],
    [{ 'network.flowLogs': true }, 'the VPC exists already'],
  ])('with %j it is refused: %s', (options, problem) => {
    const given = Object.fromEntries(
      Object.entries({ ...existing, ...options }).filter(([, value]) => value !== undefined),
    );
    expect(problems(given)).toContainEqual(expect.stringContaining(problem));
  });
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
  production.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'RetainExceptOnCreate' });
});
