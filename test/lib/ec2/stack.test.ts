import { Match, type Template } from 'aws-cdk-lib/assertions';
import { problems, productionTemplate, resources, statements, template } from '../../synthesis';
import { snapshotOf, type CloudFormationResource } from '../../template';

const sandbox = template('Ec2');
const spot = template('Ec2', { 'ec2.plan': 'spot' });
const production = productionTemplate('Ec2');
const productionSpot = productionTemplate('Ec2', { 'ec2.plan': 'spot' });
const all = { sandbox, spot, production, productionSpot };

const instance = (of: Template): CloudFormationResource => {
  const [first] = resources(of, 'AWS::EC2::Instance');
  if (!first) throw new Error('no instance');
  return first;
};
/** The inbound rules of the security group of the instances, those given as resources of their own included. */
const inbound = (of: Template): Record<string, unknown>[] => [
  ...resources(of, 'AWS::EC2::SecurityGroup').flatMap(
    (group) => (group.Properties?.['SecurityGroupIngress'] ?? []) as Record<string, unknown>[],
  ),
  ...resources(of, 'AWS::EC2::SecurityGroupIngress').map((rule) => rule.Properties ?? {}),
];

describe('snapshots', () => {
  test.each(Object.entries(all))('%s', (_, each) => expect(snapshotOf(each.toJSON())).toMatchSnapshot());
});

describe('every plan and preset', () => {
  test.each(Object.entries(all))('%s: nothing but the ports of the service is open, and never port 22', (_, each) => {
    expect(new Set(inbound(each).map((rule) => rule['FromPort']))).toEqual(
      each === sandbox || each === spot ? new Set([80]) : new Set([80, 443]),
    );
    expect(inbound(each).every((rule) => rule['FromPort'] === rule['ToPort'])).toBe(true);
  });

  test.each(Object.entries(all))('%s: no key pair; Session Manager instead', (_, each) => {
    expect(JSON.stringify(each.toJSON())).not.toContain('"KeyName"');
    expect(statements(each).flatMap(({ Action }) => Action)).toContain('ssmmessages:OpenDataChannel');
    expect(JSON.stringify(each.findOutputs('*'))).toContain('aws ssm start-session');
  });

  test.each(Object.entries(all))('%s: the metadata service answers tokens only, one hop away', (_, each) => {
    const options = { HttpTokens: 'required', HttpPutResponseHopLimit: 1 };
    for (const { Properties } of resources(each, 'AWS::EC2::Instance'))
      expect(Properties?.['MetadataOptions']).toEqual(options);
    for (const { Properties } of resources(each, 'AWS::EC2::LaunchTemplate'))
      expect(Properties?.['LaunchTemplateData']).toMatchObject({ MetadataOptions: options });
  });

  test.each(Object.entries(all))('%s: the volume is encrypted and of the type and size asked for', (_, each) => {
    expect(JSON.stringify(each.toJSON())).toContain(
      '"BlockDeviceMappings":[{"DeviceName":"/dev/xvda","Ebs":{"Encrypted":true,"Iops":3000,"VolumeSize":8,"VolumeType":"gp3"}}]',
    );
  });

  test.each(Object.entries(all))('%s: the image is the newest of Amazon Linux 2023 at deploy time', (_, each) => {
    each.hasParameter('*', {
      Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>',
      Default: Match.stringLikeRegexp('^/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-[0-9.]+-arm64$'),
    });
  });

  /** But for what CDK's function may do that empties one bucket. */
  const ours = (of: Template) =>
    statements(of).filter((each) => !JSON.stringify(each).includes('CustomS3AutoDeleteObjects'));

  test.each(Object.entries(all))('%s: no wildcard action; a wildcard resource only where AWS has none', (_, each) => {
    for (const { Effect, Action, Resource } of ours(each)) {
      if (Effect !== 'Allow') continue;
      for (const action of [Action].flat()) expect(action).not.toContain('*');
      if (Resource === '*')
        for (const action of [Action].flat())
          expect(action).toMatch(/^(ssm:Update|ssmmessages:|cloudwatch:PutMetricData)/);
    }
  });

  test.each(Object.entries(all))('%s: of all assets, the instance reads its own bundle only', (_, each) => {
    const reads = ours(each).filter(({ Action }) => [Action].flat().some((action) => action.startsWith('s3:Get')));
    expect(reads).toHaveLength(1);
    expect(JSON.stringify(reads[0]?.Resource)).toMatch(/[0-9a-f]{64}\.zip/);
  });

  test.each(Object.entries(all))('%s: the deployment waits for a healthy service, and fails without one', (_, each) => {
    const waiting = [
      ...resources(each, 'AWS::EC2::Instance'),
      ...resources(each, 'AWS::AutoScaling::AutoScalingGroup'),
    ];
    expect(waiting).not.toHaveLength(0);
    for (const resource of waiting)
      expect(resource).toMatchObject({
        CreationPolicy: { ResourceSignal: { Timeout: 'PT15M' } },
        Metadata: {
          'AWS::CloudFormation::Init': {
            configSets: { default: ['install', 'run', 'verify'] },
            verify: {
              commands: { '1-health': { command: expect.stringContaining('http://127.0.0.1:80/health') as string } },
            },
          },
        },
      });
    // As one string each: cfn-lint, and so the CI of whoever copies it, takes no list.
    for (const resource of waiting) {
      const { Metadata } = resource as unknown as { Metadata: Record<string, unknown> };
      const init = Metadata['AWS::CloudFormation::Init'] as Record<
        string,
        { commands?: Record<string, { command: unknown }> }
      >;
      const commands = Object.values(init).flatMap((config) => Object.values(config.commands ?? {}));
      expect(commands.map(({ command }) => Array.isArray(command))).not.toContain(true);
    }
    // The exit code of cfn-init is what is signalled.
    expect(JSON.stringify(each.toJSON())).toContain('cfn-signal -e $?');
  });

  test.each(Object.entries(all))('%s: instances and load balancer reach no more than they need', (_, each) => {
    const outbound = resources(each, 'AWS::EC2::SecurityGroup').flatMap(
      ({ Properties }) => (Properties?.['SecurityGroupEgress'] ?? []) as Record<string, unknown>[],
    );
    // A group without a rule is closed by a rule that matches nothing, which is CDK's own.
    const open = outbound.filter((rule) => rule['CidrIp'] !== '255.255.255.255/32');
    expect(open).toEqual([expect.objectContaining({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443 })]);
  });

  test.each(Object.entries(all))('%s: metrics are published in one namespace only', (_, each) => {
    const [metrics, ...others] = statements(each).filter(({ Action }) => Action === 'cloudwatch:PutMetricData');
    expect(others).toEqual([]);
    expect(metrics?.Condition).toEqual({ StringEquals: { 'cloudwatch:namespace': 'CWAgent' } });
  });
});

describe('on demand', () => {
  test('an impaired host is left for another by EC2 itself, and a notification is sent', () => {
    sandbox.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'StatusCheckFailed_System',
      AlarmActions: [
        { Ref: Match.stringLikeRegexp('^AlarmsTopic') },
        { 'Fn::Join': ['', Match.arrayWith([':ec2:recover'])] },
      ],
    });
  });

  test.each([
    ['StatusCheckFailed_System', 1, 2],
    ['StatusCheckFailed_Instance', 1, 3],
    ['CPUUtilization', 80, 3],
    ['mem_used_percent', 90, 3],
    ['disk_used_percent', 80, 1],
    ['Starts', 11, 1],
    ['Silences', 1, 1],
  ])('%s sounds an alarm from %i on, for %i periods', (MetricName, Threshold, EvaluationPeriods) => {
    sandbox.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName, Threshold, EvaluationPeriods });
  });

  test('a new machine image or package replaces the instance: its logical id has their hash', () => {
    expect(Object.keys(sandbox.findResources('AWS::EC2::Instance'))).toEqual([
      expect.stringMatching(/^Instance[0-9A-F]{8}[0-9a-f]{16}$/),
    ]);
  });

  test('another type of the same processor replaces the instance, which is healthy before the old one ends', () => {
    const idOf = (type: string) =>
      Object.keys(template('Ec2', { 'ec2.instanceType': type }).findResources('AWS::EC2::Instance'));
    expect(idOf('t4g.small')).not.toEqual(idOf('t4g.micro'));
    expect(idOf('t4g.micro')).toEqual(idOf('t4g.micro'));
  });

  test('a T type has credits to boot with', () => {
    sandbox.hasResourceProperties('AWS::EC2::Instance', { CreditSpecification: { CPUCredits: 'unlimited' } });
    for (const each of [spot, production])
      each.hasResourceProperties('AWS::EC2::LaunchTemplate', {
        LaunchTemplateData: { CreditSpecification: { CpuCredits: 'unlimited' } },
      });
    expect(JSON.stringify(template('Ec2', { 'ec2.instanceType': 'm7g.large' }).toJSON())).not.toMatch(
      /CreditSpecification/,
    );
  });

  test('volumes have the tags of their instance, which is what a bill goes by', () => {
    sandbox.hasResourceProperties('AWS::EC2::Instance', { PropagateTagsToVolumeOnCreation: true });
    spot.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        TagSpecifications: Match.arrayWith([
          { ResourceType: 'volume', Tags: Match.arrayWith([{ Key: 'compute-options:stack', Value: 'Ec2' }]) },
        ]),
      },
    });
  });

  test('address, instance and a way in are outputs', () => {
    sandbox.hasOutput('Url', { Value: { 'Fn::Join': ['', ['http://', { Ref: 'Address' }]] } });
    sandbox.hasOutput('InstanceId', {});
    sandbox.hasOutput('Session', {});
  });

  test('it boots with what its role may do', () => {
    expect(instance(sandbox).DependsOn).toEqual(expect.arrayContaining([expect.stringMatching(/^RoleDefaultPolicy/)]));
  });

  test('volume, type and size are what the options say', () => {
    const other = template('Ec2', {
      'ec2.instanceType': 'c7i.large',
      'ec2.volumeGiB': 100,
      'ec2.volumeType': 'io2',
      'ec2.volumeIops': 5000,
    });
    other.hasResourceProperties('AWS::EC2::Instance', {
      InstanceType: 'c7i.large',
      BlockDeviceMappings: [{ Ebs: { VolumeSize: 100, VolumeType: 'io2', Iops: 5000, Encrypted: true } }],
    });
  });

  test('the architecture follows from the instance type: image and bundle', () => {
    const x86 = template('Ec2', { 'ec2.instanceType': 't3.micro' });
    x86.hasParameter('*', { Default: Match.stringLikeRegexp('x86_64$') });
    const key = (of: Template) => /[0-9a-f]{64}\.zip/.exec(JSON.stringify(instance(of)))?.[0];
    expect(key(x86)).not.toEqual(key(sandbox));
  });
});

describe('one instance, however bought', () => {
  const userData = (of: Template): string =>
    JSON.stringify([
      ...resources(of, 'AWS::EC2::Instance').map(({ Properties }) => Properties?.['UserData'] as unknown),
      ...resources(of, 'AWS::EC2::LaunchTemplate').map(
        ({ Properties }) => Properties?.['LaunchTemplateData'] as unknown,
      ),
    ]);
  const alone = { sandbox, spot };

  test.each(Object.entries(alone))(
    '%s: takes the address itself once it is healthy, and no other address',
    (_, each) => {
      each.resourceCountIs('AWS::EC2::EIPAssociation', 0);
      const [host] = [
        ...resources(each, 'AWS::EC2::Instance'),
        ...resources(each, 'AWS::AutoScaling::AutoScalingGroup'),
      ];
      expect(host).toMatchObject({
        Metadata: {
          'AWS::CloudFormation::Init': {
            verify: {
              commands: { '1-health': expect.anything() as unknown, '2-when-healthy': expect.anything() as unknown },
            },
          },
        },
      });
      expect(JSON.stringify(host)).toContain('--allow-reassociation');
      const [takeover] = statements(each).filter(({ Action }) => Action === 'ec2:AssociateAddress');
      expect(JSON.stringify(takeover?.Resource)).toContain(':elastic-ip/",{"Fn::GetAtt":["Address","AllocationId"]}');
    },
  );

  test.each(Object.entries(alone))(
    '%s: takes the address where it is free, as after a deployment that went back',
    (_, each) => {
      expect(userData(each)).toContain('--no-allow-reassociation');
    },
  );

  test.each(Object.entries(alone))('%s: asks itself for its health from before anything is installed', (_, each) => {
    const text = userData(each);
    expect(text.indexOf('thumbnails-watch.timer')).toBeGreaterThan(0);
    expect(text.indexOf('thumbnails-watch.timer')).toBeLessThan(text.indexOf('cfn-init'));
  });

  test('a group replaces an instance whose unattended boot failed, since that says that it is unhealthy', () => {
    expect(userData(spot)).toContain('set-instance-health');
    expect(userData(sandbox)).not.toContain('set-instance-health');
    const [allowed] = statements(spot).filter(({ Action }) => Action === 'autoscaling:SetInstanceHealth');
    expect(JSON.stringify(allowed?.Resource)).toContain('autoScalingGroupName/",{"Ref":"AWS::StackName"},"-*"');
  });

  test('what it may do alone is a policy of its own, which goes after it', () => {
    const [role] = Object.keys(sandbox.findResources('AWS::IAM::Role'));
    expect(Object.keys(sandbox.findResources('AWS::IAM::Policy'))).toContainEqual(
      expect.stringMatching(/^RoleStandAlone/),
    );
    expect(role).toBeDefined();
    expect(JSON.stringify(production.toJSON())).not.toContain('AssociateAddress');
  });
});

test('from one instance to several, the open port of the old one is not closed before it goes', () => {
  const several = template('Ec2', { 'ec2.instances': 2 });
  const groups = (of: Template): string[] => Object.keys(of.findResources('AWS::EC2::SecurityGroup'));
  for (const each of [sandbox, spot]) expect(groups(several).filter((id) => groups(each).includes(id))).toEqual([]);
  const hosts = (of: Template): string[] => [
    ...Object.keys(of.findResources('AWS::AutoScaling::AutoScalingGroup')),
    ...Object.keys(of.findResources('AWS::EC2::LaunchTemplate')),
  ];
  expect(hosts(several).filter((id) => hosts(spot).includes(id))).toEqual([]);
});

test.each([
  ['t4g.nano', '512 MiB'],
  ['t3.nano', '512 MiB'],
  ['c7g.metal', 'boots longer'],
  ['m7i.metal-24xl', 'boots longer'],
])('%s is refused: %s', (type, reason) => {
  expect(problems({ 'ec2.instanceType': type })).toEqual([expect.stringContaining(reason)]);
});

describe('spot', () => {
  test('an interrupted instance is replaced, since a group looks after it', () => {
    spot.resourceCountIs('AWS::EC2::Instance', 0);
    spot.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { MinSize: '1' });
  });

  test('it is replaced at the warning where the load balancer says which of the two is healthy, and not before', () => {
    productionSpot.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
      CapacityRebalance: true,
      HealthCheckType: Match.stringLikeRegexp('ELB'),
    });
    spot.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { CapacityRebalance: false });
  });

  test('Spot is bought by the group in every type that is allowed, above those that are on demand', () => {
    const of = (each: Template) =>
      resources(each, 'AWS::AutoScaling::AutoScalingGroup')[0]?.Properties?.['MixedInstancesPolicy'] as unknown;
    expect(of(template('Ec2', { 'ec2.plan': 'spot', 'ec2.spotTypes': 't4g.small,t4g.medium' }))).toMatchObject({
      InstancesDistribution: {
        OnDemandBaseCapacity: 0,
        OnDemandPercentageAboveBaseCapacity: 0,
        SpotAllocationStrategy: 'price-capacity-optimized',
      },
      LaunchTemplate: {
        Overrides: [{ InstanceType: 't4g.micro' }, { InstanceType: 't4g.small' }, { InstanceType: 't4g.medium' }],
      },
    });
    expect(of(productionSpot)).toMatchObject({ InstancesDistribution: { OnDemandBaseCapacity: 1 } });
    expect(of(production)).toMatchObject({ InstancesDistribution: { OnDemandPercentageAboveBaseCapacity: 100 } });
  });

  test('another plan is another launch template, so that the instances are replaced one after the other', () => {
    const dataOf = (each: Template) =>
      resources(each, 'AWS::EC2::LaunchTemplate')[0]?.Properties?.['LaunchTemplateData'] as unknown;
    expect(dataOf(productionSpot)).not.toEqual(dataOf(production));
  });

  test.each([
    [{ 'ec2.spotTypes': 't3.micro' }, 'one architecture'],
    [{ 'ec2.plan': 'spot', 'ec2.instances': 2, 'ec2.onDemandInstances': 2 }, 'no instance would be Spot'],
    [{ 'ec2.instances': 3, 'ec2.maxInstances': 2 }, 'set ec2.maxInstances to 3 or more'],
  ])('%j is refused: %s', (options, reason) => {
    expect(problems(options)).toEqual([expect.stringContaining(reason)]);
  });

  test('a launch template, never a launch configuration, which new accounts refuse', () => {
    spot.resourceCountIs('AWS::AutoScaling::LaunchConfiguration', 0);
  });

  test('an update starts the new instance before it ends the old one, and waits for its signal', () => {
    spot.hasResource('AWS::AutoScaling::AutoScalingGroup', {
      UpdatePolicy: { AutoScalingRollingUpdate: { MinInstancesInService: 1, WaitOnResourceSignals: true } },
    });
  });

  test('too little Spot capacity sounds an alarm', () => {
    spot.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'GroupInServiceInstances',
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
  });
});

describe('several instances or HTTPS', () => {
  test.each([production, productionSpot])(
    'production keeps two instances over private subnets, however bought',
    (each) => {
      each.resourceCountIs('AWS::EC2::Instance', 0);
      const [group] = resources(each, 'AWS::AutoScaling::AutoScalingGroup');
      expect(group?.Properties).toMatchObject({
        MinSize: '2',
        MaxSize: '4',
        HealthCheckType: expect.stringContaining('ELB') as string,
      });
      const subnets = (group?.Properties?.['VPCZoneIdentifier'] as unknown[]).map((subnet) => JSON.stringify(subnet));
      expect(subnets).toHaveLength(2);
      for (const subnet of subnets) expect(subnet).toContain('PrivateSubnet');
    },
  );

  test('a first deployment is done when every instance has said that its service is healthy', () => {
    production.hasResource('AWS::AutoScaling::AutoScalingGroup', { CreationPolicy: { ResourceSignal: { Count: 2 } } });
  });

  test('on demand, nothing is bought as Spot, and nothing is replaced on a mere recommendation', () => {
    for (const each of Object.values(all)) expect(JSON.stringify(each.toJSON())).not.toContain('InstanceMarketOptions');
    production.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { CapacityRebalance: false });
  });

  test('an update ends no instance before the load balancer has seen the new one healthy', () => {
    production.hasResource('AWS::AutoScaling::AutoScalingGroup', {
      UpdatePolicy: { AutoScalingRollingUpdate: { MinInstancesInService: 2, WaitOnResourceSignals: true } },
      Metadata: {
        'AWS::CloudFormation::Init': { verify: { commands: { '2-when-healthy': { command: 'sleep 25' } } } },
      },
    });
    production.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      HealthCheckIntervalSeconds: 10,
      HealthyThresholdCount: 2,
    });
  });

  test('their number follows the requests, between two bounds', () => {
    production.hasResourceProperties('AWS::AutoScaling::ScalingPolicy', {
      TargetTrackingConfiguration: {
        PredefinedMetricSpecification: { PredefinedMetricType: 'ALBRequestCountPerTarget' },
        TargetValue: 600,
      },
    });
    sandbox.resourceCountIs('AWS::AutoScaling::ScalingPolicy', 0);
    spot.resourceCountIs('AWS::AutoScaling::ScalingPolicy', 0);
  });

  test('in production no instance grows older than a month', () => {
    production.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { MaxInstanceLifetime: 2_592_000 });
    spot.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { MaxInstanceLifetime: Match.absent() });
  });

  test.each([production, productionSpot])('only the load balancer reaches the service', (each) => {
    const open = inbound(each).filter((rule) => 'CidrIp' in rule);
    expect(open.map((rule) => rule['FromPort']).sort()).toEqual([443, 80]);
    expect(inbound(each).filter((rule) => !('CidrIp' in rule))).toHaveLength(1);
  });

  test('HTTP is redirected to HTTPS', () => {
    production.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 80,
      DefaultActions: [
        { Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } },
      ],
    });
    production.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 443,
      SslPolicy: Match.stringLikeRegexp('TLS13'),
    });
  });

  test('a certificate gives one instance a load balancer too', () => {
    template('Ec2', {
      'access.domainName': 'example.com',
      'access.hostedZoneId': 'Z0123456789ABCDEFGHIJ',
    }).hasOutput('Url', { Value: 'https://compute-ec2.example.com' });
  });

  test('a target that does not answer /health sounds an alarm', () => {
    production.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { HealthCheckPath: '/health' });
    production.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'UnHealthyHostCount',
      Threshold: 1,
      EvaluationPeriods: 15, // as long as a new instance may take
    });
  });

  test('a target that fails three probes gets no more requests, and one that goes has 20 s to finish', () => {
    production.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      UnhealthyThresholdCount: 3,
      TargetGroupAttributes: Match.arrayWith([{ Key: 'deregistration_delay.timeout_seconds', Value: '20' }]),
    });
  });

  test.each([production, productionSpot])('instances in private subnets have no public address', (each) => {
    each.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: { NetworkInterfaces: [Match.objectLike({ AssociatePublicIpAddress: false })] },
    });
  });

  test('only the allowed addresses reach a load balancer over HTTP', () => {
    const narrow = template('Ec2', { 'ec2.instances': 2, 'access.allowedCidr': '198.51.100.0/24' });
    const open = inbound(narrow).filter((rule) => 'CidrIp' in rule);
    expect(open.map((rule) => [rule['CidrIp'], rule['FromPort']])).toEqual([['198.51.100.0/24', 80]]);
  });

  test('production keeps the access logs of the load balancer', () => {
    production.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      LoadBalancerAttributes: Match.arrayWith([
        { Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'true' },
        { Key: 'access_logs.s3.enabled', Value: 'true' },
      ]),
    });
    for (const type of ['AWS::S3::Bucket', 'Custom::S3AutoDeleteObjects'])
      production.allResources(type, { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  test('access logs expire with all other logs, and are private, encrypted and reached by TLS only', () => {
    production.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 90, Status: 'Enabled' }] },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    production.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({
            Principal: { AWS: { 'Fn::GetAtt': [Match.stringLikeRegexp('^CustomS3AutoDeleteObjects'), 'Arn'] } },
          }),
          {
            Effect: 'Allow',
            Action: 's3:PutObject',
            Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
            Resource: { 'Fn::Join': ['', [Match.anyValue(), '/AWSLogs/', { Ref: 'AWS::AccountId' }, '/*']] },
          },
        ],
      },
    });
  });
});

test('access.allowedCidr alone gets in', () => {
  const narrow = template('Ec2', { 'access.allowedCidr': '198.51.100.0/24,203.0.113.7/32' });
  expect(inbound(narrow).map((rule) => rule['CidrIp'])).toEqual(['198.51.100.0/24', '203.0.113.7/32']);
});

test('one instance has an address of IPv4, and a block of IPv6 opens nothing', () => {
  const dual = template('Ec2', { 'access.allowedCidr': '0.0.0.0/0,::/0' });
  expect(dual.toJSON()).toEqual(template('Ec2').toJSON());
});

test('alarms can reach the topic, which takes encrypted connections only', () => {
  sandbox.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: [
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        Match.objectLike({
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        }),
      ],
    },
  });
});

test.each(Object.entries(all))('%s: each alarm notifies the topic when it sounds and when it is over', (_, each) => {
  const alarms = resources(each, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
  expect(alarms).not.toHaveLength(0);
  const [topic] = Object.keys(each.findResources('AWS::SNS::Topic'));
  for (const alarm of alarms) {
    expect(alarm?.['AlarmActions']).toContainEqual({ Ref: topic });
    expect(alarm?.['OKActions']).toEqual([{ Ref: topic }]);
    // Without requests, nothing is broken; without instances, the service is.
    const missing = alarm?.['MetricName'] === 'GroupInServiceInstances' ? 'breaching' : 'notBreaching';
    expect(alarm?.['TreatMissingData']).toBe(missing);
  }
});

test('alarms.email is subscribed, and without it no address is', () => {
  sandbox.resourceCountIs('AWS::SNS::Subscription', 0);
  template('Ec2', { 'alarms.email': 'ops@example.com' }).hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'ops@example.com',
  });
});

test.each(Object.entries(all))('%s: one dashboard has what the alarms watch', (_, each) => {
  const [dashboard, ...others] = resources(each, 'AWS::CloudWatch::Dashboard');
  expect(others).toEqual([]);
  const body = JSON.stringify(dashboard?.Properties?.['DashboardBody']);
  for (const metric of ['CPUUtilization', 'mem_used_percent', 'disk_used_percent', 'Starts'])
    expect(body).toContain(metric);
  for (const metric of ['RequestCount', 'TargetResponseTime', 'HealthyHostCount'])
    expect(body.includes(metric)).toBe(each === production || each === productionSpot);
});
