import { Match, type Template } from 'aws-cdk-lib/assertions';
import { outlives } from '../../../dependencies';
import { problems, productionTemplate, resources, statements, template, type Statement } from '../../../synthesis';
import { snapshotOf } from '../../../template';

const sandbox = template('ManagedInstances');
const production = productionTemplate('ManagedInstances');
const spot = template('ManagedInstances', { 'managedInstances.spotPercent': 40 });

describe('snapshots', () => {
  test.each(Object.entries({ sandbox, production }))('%s', (_, each) =>
    expect(snapshotOf(each.toJSON())).toMatchSnapshot(),
  );
});

type Properties = Readonly<Record<string, unknown>>;
interface Launch {
  readonly CapacityOptionType: string;
  readonly Ec2InstanceProfileArn: unknown;
  readonly InstanceRequirements: Properties;
  readonly Monitoring: string;
  readonly NetworkConfiguration: { readonly Subnets: readonly unknown[]; readonly SecurityGroups: readonly unknown[] };
  readonly StorageConfiguration: unknown;
}

const service = (of: Template): Properties => resources(of, 'AWS::ECS::Service')[0]?.Properties ?? {};
const launches = (of: Template): Launch[] =>
  resources(of, 'AWS::ECS::CapacityProvider').map(
    ({ Properties: { ManagedInstancesProvider } = {} }) =>
      (ManagedInstancesProvider as { InstanceLaunchTemplate: Launch }).InstanceLaunchTemplate,
  );
const requirements = (options: Properties = {}): Properties | undefined =>
  launches(template('ManagedInstances', options))[0]?.InstanceRequirements;
const withAction = (of: Template, action: string): Statement[] =>
  statements(of).filter(({ Action }) => [Action].flat().includes(action));
const idOf = (of: Template, type: string, start: string): string => {
  const found = Object.keys(of.findResources(type)).filter((id) => id.startsWith(start));
  expect(found).toHaveLength(1);
  return found[0] ?? '';
};

describe('the service', () => {
  test('names its capacity providers and no launch type, which ECS refuses beside them', () => {
    expect(service(sandbox)).not.toHaveProperty('LaunchType');
    expect(service(sandbox)).not.toHaveProperty('PlatformVersion');
    expect(service(sandbox)['CapacityProviderStrategy']).toEqual([
      {
        CapacityProvider: { Ref: idOf(sandbox, 'AWS::ECS::CapacityProvider', 'CapacityOnDemand') },
        Base: 1,
        Weight: 100,
      },
    ]);
  });

  test('its task is for Managed Instances, with a network interface, on Graviton', () => {
    sandbox.hasResourceProperties('AWS::ECS::TaskDefinition', {
      RequiresCompatibilities: ['MANAGED_INSTANCES'],
      NetworkMode: 'awsvpc',
      Cpu: '256',
      Memory: '512',
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
  });

  test('asks for no public address of a task, which Managed Instances do not support', () => {
    for (const each of [sandbox, production])
      expect(service(each)['NetworkConfiguration']).toMatchObject({
        AwsvpcConfiguration: { AssignPublicIp: 'DISABLED' },
      });
  });

  test('answers /info by the name of the option', () => {
    sandbox.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          Environment: Match.arrayWith([{ Name: 'SERVICE_OPTION', Value: 'managed-instances' }]),
        }),
      ],
    });
  });
});

describe('the first tasks are on demand', () => {
  const strategy = (of: Template): { Base?: number; Weight: number }[] =>
    service(of)['CapacityProviderStrategy'] as { Base?: number; Weight: number }[];

  test('and so the absence of Spot never means no service', () => {
    expect(launches(spot).map(({ CapacityOptionType }) => CapacityOptionType)).toEqual(['ON_DEMAND', 'SPOT']);
    expect(strategy(spot)).toEqual([
      expect.objectContaining({ Base: 1, Weight: 60 }),
      expect.objectContaining({ Weight: 40 }),
    ]);
    expect(strategy(production)).toEqual([expect.objectContaining({ Base: 2, Weight: 100 })]);
  });

  test('also where everything above them is on Spot', () => {
    // With a weight of 0, no task would be placed there.
    expect(strategy(template('ManagedInstances', { 'managedInstances.spotPercent': 100 }))).toEqual([
      expect.objectContaining({ Base: 1, Weight: 1 }),
      expect.objectContaining({ Weight: 100 }),
    ]);
  });

  test('and a share of Spot adds a capacity provider: the one on demand stays as it is', () => {
    const onDemand = (of: Template): unknown =>
      of.findResources('AWS::ECS::CapacityProvider')[idOf(of, 'AWS::ECS::CapacityProvider', 'CapacityOnDemand')];
    expect(onDemand(spot)).toEqual(onDemand(sandbox));
  });
});

describe('the instances', () => {
  test('are of Graviton, of the current generation, and at least as large as the task needs', () => {
    expect(requirements()).toEqual({
      VCpuCount: { Min: 1 },
      MemoryMiB: { Min: 2_048 },
      CpuManufacturers: ['amazon-web-services'],
      InstanceGenerations: ['current'],
      BurstablePerformance: 'included',
      BareMetal: 'excluded',
    });
    expect(requirements({ 'task.cpuUnits': 2_048, 'task.memoryMiB': 4_096 })).toMatchObject({
      VCpuCount: { Min: 2 },
      MemoryMiB: { Min: 5 * 1_024 },
    });
  });

  test('are of Intel or AMD for an image for x64', () => {
    expect(requirements({ 'task.architecture': 'x64' })?.['CpuManufacturers']).toEqual(['intel', 'amd']);
  });

  test('are of the one type that is named, of whichever generation', () => {
    expect(requirements({ 'managedInstances.instanceType': 't4g.small' })).toEqual({
      VCpuCount: { Min: 1 },
      MemoryMiB: { Min: 2_048 },
      AllowedInstanceTypes: ['t4g.small'],
      BurstablePerformance: 'included',
    });
  });

  test('are of no type that slows down, in production', () => {
    expect(launches(production)[0]?.InstanceRequirements['BurstablePerformance']).toBe('excluded');
  });

  test('have a volume of the size that is set, not the 80 GiB of AWS’s default', () => {
    expect(launches(sandbox)[0]?.StorageConfiguration).toEqual({ StorageSizeGiB: 30 });
  });

  test('bear the tags of the stack, which a cost report groups by', () => {
    sandbox.hasResourceProperties('AWS::ECS::CapacityProvider', {
      ManagedInstancesProvider: { PropagateTags: 'CAPACITY_PROVIDER' },
    });
  });

  test('stand in every zone, and nothing reaches them; the load balancer alone reaches the tasks', () => {
    expect(launches(sandbox)[0]?.NetworkConfiguration.Subnets).toHaveLength(2);
    expect(launches(sandbox)[0]?.NetworkConfiguration.SecurityGroups).toEqual([
      { 'Fn::GetAtt': [idOf(sandbox, 'AWS::EC2::SecurityGroup', 'InstancesSecurityGroup'), 'GroupId'] },
    ]);
    const ingress = resources(sandbox, 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties);
    expect(ingress).toEqual([
      expect.objectContaining({
        FromPort: 8080,
        GroupId: { 'Fn::GetAtt': [idOf(sandbox, 'AWS::EC2::SecurityGroup', 'TasksSecurityGroup'), 'GroupId'] },
      }),
    ]);
    const egress = resources(sandbox, 'AWS::EC2::SecurityGroup')
      .filter(({ Properties }) => /^(Tasks|Instances):/.test(String(Properties?.['GroupDescription'])))
      .map(({ Properties }) => Properties?.['SecurityGroupEgress'] as unknown);
    const out = [{ CidrIp: '0.0.0.0/0' }, { CidrIpv6: '::/0' }].map((to) => ({ ...to, FromPort: 443, ToPort: 443 }));
    expect(egress).toMatchObject([out, out]);
  });

  test('get a public address of their subnet where there is no NAT gateway, and none where there is', () => {
    const maps = (of: Template): unknown[] =>
      resources(of, 'AWS::EC2::Subnet').map(({ Properties }) => Properties?.['MapPublicIpOnLaunch'] as unknown);
    expect(new Set(maps(template('Network')))).toEqual(new Set([true]));
    expect(new Set(maps(productionTemplate('Network')))).toEqual(new Set([false]));
  });
});

describe('roles', () => {
  test('no role and no profile has a fixed name, which a second copy or a second region would collide with', () => {
    for (const each of [sandbox, production, spot])
      for (const { Properties = {} } of [
        ...resources(each, 'AWS::IAM::Role'),
        ...resources(each, 'AWS::IAM::InstanceProfile'),
        ...resources(each, 'AWS::ECS::CapacityProvider'),
      ])
        expect(Object.keys(Properties)).not.toEqual(
          expect.arrayContaining([expect.stringMatching(/^(RoleName|InstanceProfileName|Name)$/)]),
        );
  });

  test('the infrastructure role passes the role of the instances, to EC2, and no other', () => {
    const [pass, ...others] = withAction(sandbox, 'iam:PassRole');
    expect(others).toEqual([]);
    expect(pass).toMatchObject({
      Resource: { 'Fn::GetAtt': [idOf(sandbox, 'AWS::IAM::Role', 'CapacityInstanceRole'), 'Arn'] },
      Condition: { StringLike: { 'iam:PassedToService': 'ec2.*' } },
    });
  });

  test('it launches in the subnets of the service, in their security group, and only what bears the tag of ECS', () => {
    for (const action of ['ec2:CreateFleet', 'ec2:RunInstances']) {
      const open = withAction(sandbox, action).filter(({ Condition }) => Condition === undefined);
      expect(open).toHaveLength(1);
      const arns = (open[0]?.Resource as unknown[]).map((arn) => JSON.stringify(arn));
      expect(arns.map((arn) => /:(subnet|security-group|image)\//.exec(arn)?.[1]).sort()).toEqual([
        'image',
        'security-group',
        'subnet',
        'subnet',
      ]);
      for (const arn of arns.filter((each) => !each.includes(':image/'))) expect(arn).not.toContain('*');
    }
  });

  test('it may create the role for Spot only where Spot is bought', () => {
    const forSpot = (of: Template) =>
      withAction(of, 'iam:CreateServiceLinkedRole').filter((each) => JSON.stringify(each).includes('EC2Spot'));
    expect(forSpot(sandbox)).toEqual([]);
    expect(forSpot(spot)).toHaveLength(1);
  });

  test('the agent of an instance reaches its own cluster alone', () => {
    const [cluster] = Object.keys(sandbox.findResources('AWS::ECS::Cluster'));
    expect(withAction(sandbox, 'ecs:RegisterContainerInstance')[0]?.Resource).toEqual({
      'Fn::GetAtt': [cluster, 'Arn'],
    });
    expect(JSON.stringify(withAction(sandbox, 'ecs:Poll')[0]?.Resource)).toContain(
      `:container-instance/",{"Ref":"${cluster}"},"/*"`,
    );
  });

  test('no statement names a partition: the roles are right in China and GovCloud too', () => {
    expect(JSON.stringify(statements(spot))).not.toContain('arn:aws');
    expect(JSON.stringify(withAction(spot, 'iam:PassRole'))).not.toContain('amazonaws.com');
  });
});

test('destroyed in one go: the instances end while ECS and its agent still may end them', () => {
  for (const each of [sandbox, production, spot]) {
    const providers = Object.values(each.findResources('AWS::ECS::CapacityProvider')) as { DependsOn?: string[] }[];
    for (const { DependsOn } of providers)
      expect(DependsOn).toEqual(
        expect.arrayContaining([
          idOf(each, 'AWS::IAM::Policy', 'CapacityInfrastructureRolePolicy'),
          idOf(each, 'AWS::IAM::Policy', 'CapacityInstanceRoleAgent'),
        ]),
      );
    expect(outlives(each, 'AWS::ECS::CapacityProvider', 'AWS::ECS::Service')).toBe(true);
  }
});

test('the number of tasks follows CPU and requests, and the bounds follow the time of day', () => {
  const scaled = template('ManagedInstances', {
    'managedInstances.tasks': 3,
    'managedInstances.maxTasks': 9,
    'schedule.night': '23:30-07:00 Asia/Seoul',
  });
  scaled.resourceCountIs('AWS::ApplicationAutoScaling::ScalingPolicy', 2);
  scaled.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
    ScheduledActions: [
      Match.objectLike({ ScheduledActionName: 'Day', ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 9 } }),
      Match.objectLike({ ScheduledActionName: 'Night', ScalableTargetAction: { MinCapacity: 1, MaxCapacity: 9 } }),
    ],
  });
});

test('detailed monitoring of the instances is asked for by production alone', () => {
  expect(launches(sandbox)[0]?.Monitoring).toBe('BASIC');
  expect(launches(production)[0]?.Monitoring).toBe('DETAILED');
});

test.each([
  [{ 'managedInstances.tasks': 5 }, 'set managedInstances.maxTasks to 5 or more'],
  [{ 'managedInstances.nightTasks': 6 }, 'set managedInstances.maxTasks to 6 or more'],
  [{ 'managedInstances.instanceType': 'm7i.large' }, 'that type is of x64; set task.architecture to it'],
  [{ 'managedInstances.instanceType': 'm7g.huge' }, 'an instance type such as m7g.medium'],
  [{ 'network.zones': 1 }, 'an application load balancer needs 2 or 3 zones'],
  [
    { preset: 'production', 'access.certificateArn': undefined, 'managedInstances.tasks': 1 },
    'production has two or more of everything',
  ],
])('%p is refused with advice', (options, advice) => {
  expect(problems(options).join('\n')).toContain(advice);
});
