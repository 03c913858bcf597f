import { Match, type Template } from 'aws-cdk-lib/assertions';
import { readConfig } from '../../../../lib/app';
import { PRESETS } from '../../../../tools/variants';
import { problems, productionTemplate, resources, statements, template } from '../../../synthesis';
import { snapshotOf } from '../../../template';

const sandbox = template('EcsEc2');
const production = productionTemplate('EcsEc2');

describe('snapshots', () => {
  test.each(Object.entries({ sandbox, production }))('%s', (_, each) =>
    expect(snapshotOf(each.toJSON())).toMatchSnapshot(),
  );
});

const service = (of: Template): Record<string, unknown> => resources(of, 'AWS::ECS::Service')[0]?.Properties ?? {};

describe('the instances', () => {
  test('come from a launch template, never a launch configuration, which new accounts refuse', () => {
    sandbox.resourceCountIs('AWS::EC2::LaunchTemplate', 1);
    sandbox.resourceCountIs('AWS::AutoScaling::LaunchConfiguration', 0);
  });

  test.each([
    ['t4g.small', 'arm64/'],
    ['t3.medium', ''],
  ])('%s boots the newest image that ECS has for it on Amazon Linux 2023', (type, folder) => {
    template('EcsEc2', { 'ecs.instanceType': type }).hasParameter('*', {
      Default: `/aws/service/ecs/optimized-ami/amazon-linux-2023/${folder}recommended/image_id`,
    });
  });

  test('answer tokens only, one hop away: containers can’t get the credentials of their instance', () => {
    sandbox.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: { MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 } },
    });
  });

  test('have encrypted volumes and no key pair', () => {
    const [launch] = resources(sandbox, 'AWS::EC2::LaunchTemplate');
    expect(launch?.Properties?.['LaunchTemplateData']).toMatchObject({
      BlockDeviceMappings: [{ Ebs: { Encrypted: true, VolumeType: 'gp3' } }],
    });
    expect(JSON.stringify(launch)).not.toContain('KeyName');
  });

  test('are bought on demand and on Spot as the options say', () => {
    const mixed = template('EcsEc2', { 'ecs.onDemandInstances': 1, 'ecs.spotPercent': 75 });
    mixed.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
      CapacityRebalance: true,
      MixedInstancesPolicy: {
        InstancesDistribution: { OnDemandBaseCapacity: 1, OnDemandPercentageAboveBaseCapacity: 25 },
      },
    });
  });

  test('drain at the notice of an interruption of Spot', () => {
    const [launch] = resources(sandbox, 'AWS::EC2::LaunchTemplate');
    expect(JSON.stringify(launch?.Properties?.['LaunchTemplateData'])).toContain(
      'echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config',
    );
  });

  test('let the load balancer alone reach the ports of tasks', () => {
    expect(resources(sandbox, 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties)).toEqual([
      expect.objectContaining({ FromPort: 32_768, ToPort: 65_535 }),
    ]);
  });

  test('may act on their own cluster only', () => {
    const anywhere = statements(sandbox).filter(
      ({ Action, Resource }) => Resource === '*' && [Action].flat().some((action) => action.startsWith('ecs:')),
    );
    expect(anywhere.map(({ Action, Condition }) => ({ Action, Condition }))).toEqual([
      {
        Action: ['ecs:Poll', 'ecs:StartTelemetrySession', 'ecs:UpdateContainerInstancesState'],
        Condition: { ArnEquals: { 'ecs:cluster': expect.anything() as object } },
      },
      { Action: 'ecs:DiscoverPollEndpoint', Condition: undefined },
    ]);
  });

  test('tell of instances that could not come or go, not of those that come in the morning and go at night', () => {
    sandbox.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
      NotificationConfigurations: [
        {
          NotificationTypes: ['autoscaling:EC2_INSTANCE_LAUNCH_ERROR', 'autoscaling:EC2_INSTANCE_TERMINATE_ERROR'],
        },
      ],
    });
  });

  test('can be looked at by Session Manager: the output has the command', () => {
    expect(JSON.stringify(sandbox.findOutputs('Session'))).toContain('aws ssm start-session');
  });
});

describe('the service', () => {
  test('puts many tasks on an instance, each behind a port that is free', () => {
    sandbox.hasResourceProperties('AWS::ECS::TaskDefinition', {
      NetworkMode: 'bridge',
      ContainerDefinitions: [
        Match.objectLike({ PortMappings: [Match.objectLike({ ContainerPort: 8080, HostPort: 0 })] }),
      ],
    });
  });

  test('spreads over zones, and packs by memory within one', () => {
    expect(service(sandbox)['PlacementStrategies']).toEqual([
      { Type: 'spread', Field: 'attribute:ecs.availability-zone' },
      { Type: 'binpack', Field: 'MEMORY' },
    ]);
    expect(service(sandbox)['AvailabilityZoneRebalancing']).toBe('ENABLED');
  });

  test('has no count of its own that a deployment would set back, nor has the group', () => {
    expect(service(sandbox)).not.toHaveProperty('DesiredCount');
    expect(resources(sandbox, 'AWS::AutoScaling::AutoScalingGroup')[0]?.Properties).not.toHaveProperty(
      'DesiredCapacity',
    );
  });
});

describe('night consolidation', () => {
  const seoul = template('EcsEc2', { 'schedule.night': '23:00-07:00 Asia/Seoul' });
  const actions = (of: Template) =>
    resources(of, 'AWS::AutoScaling::ScheduledAction').map(({ Properties }) => {
      const { AutoScalingGroupName: _group, ...action } = Properties ?? {};
      return action;
    });

  test('at night the group has one instance, by day two or more, by the clocks of the time zone', () => {
    expect(actions(seoul)).toEqual([
      { MinSize: 2, MaxSize: 3, Recurrence: '0 7 * * *', TimeZone: 'Asia/Seoul' },
      // After the tasks have become fewer, at 23:00, so that those of the leaving instance find room.
      { MinSize: 1, DesiredCapacity: 1, MaxSize: 2, Recurrence: '15 23 * * *', TimeZone: 'Asia/Seoul' },
    ]);
  });

  test('in a night of some minutes it follows half-way, before the morning comes', () => {
    const brief = template('EcsEc2', { 'schedule.night': '23:55-00:05 Etc/UTC' });
    expect(actions(brief).map(({ Recurrence }) => Recurrence as string)).toEqual(['5 0 * * *', '0 0 * * *']);
  });

  test('there is room for one instance more than the night has, but never for more than at most', () => {
    const night = { MinSize: 2, DesiredCapacity: 2, MaxSize: 3 };
    expect(actions(production)[1]).toMatchObject(night);
    const full = { 'ecs.nightInstances': 2, 'ecs.instances': 2, 'ecs.maxInstances': 2, 'ecs.maxTasks': 4 };
    expect(actions(template('EcsEc2', full))[1]).toMatchObject({ ...night, MaxSize: 2 });
  });

  test.each(Object.entries({ sandbox, production }))(
    '%s: instances are replaced, by night too, by ones that come first, and the sizes of the hour stay',
    (_, each) => {
      const [group] = Object.values(each.findResources('AWS::AutoScaling::AutoScalingGroup'));
      expect(group?.['UpdatePolicy']).toEqual({
        AutoScalingInstanceRefresh: {
          Strategy: 'Rolling',
          Preferences: { MinHealthyPercentage: 100, MaxHealthyPercentage: 110, InstanceWarmup: 120 },
        },
        AutoScalingScheduledAction: { IgnoreUnmodifiedGroupSizeProperties: true },
      });
    },
  );

  test('the leaving instance drains, and its tasks start elsewhere before they stop there', () => {
    seoul.hasResourceProperties('AWS::ECS::CapacityProvider', {
      AutoScalingGroupProvider: { ManagedDraining: 'ENABLED', ManagedScaling: { Status: 'ENABLED' } },
    });
    expect(service(seoul)['DeploymentConfiguration']).toMatchObject({
      MinimumHealthyPercent: 100,
      MaximumPercent: 200,
    });
  });

  test('nothing keeps it from leaving: managed termination protection is off', () => {
    seoul.hasResourceProperties('AWS::ECS::CapacityProvider', {
      AutoScalingGroupProvider: { ManagedTerminationProtection: 'DISABLED' },
    });
    expect(resources(seoul, 'AWS::AutoScaling::AutoScalingGroup')[0]?.Properties).not.toHaveProperty(
      'NewInstancesProtectedFromScaleIn',
      true,
    );
  });

  test('the service keeps the tasks of the night, no more and no fewer', () => {
    seoul.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      ScheduledActions: [
        Match.objectLike({ ScheduledActionName: 'Day', ScalableTargetAction: { MinCapacity: 2, MaxCapacity: 6 } }),
        Match.objectLike({ ScheduledActionName: 'Night', ScalableTargetAction: { MinCapacity: 2, MaxCapacity: 2 } }),
      ],
    });
  });

  test('without a night, the day is all day long, and comes back within a day where the night is taken away at night', () => {
    const always = template('EcsEc2', { 'schedule.night': 'none' });
    // Only what brings the group back where the night is taken away at night: its sizes in the template are the same.
    expect(actions(always)).toEqual([{ MinSize: 2, MaxSize: 3, Recurrence: '0 0 * * *' }]);
    always.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { MinSize: '2', MaxSize: '3' });
    always.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 2, MaxCapacity: 6 });
  });

  const refusals = (options: Record<string, unknown>): string => problems(options).join('\n');

  test('tasks that don’t fit the instances of the night are refused, with the sum', () => {
    expect(refusals({ 'ecs.nightTasks': 3, 'ecs.instanceType': 't4g.small' })).toContain(
      'ecs.nightTasks = 3, ecs.nightInstances = 1, schedule.night = "23:00-07:00 Etc/UTC", ecs.instanceType = t4g.small, ecs.deployment = rolling, task.memoryMiB = 512 and task.cpuUnits = 256: ' +
        '3 tasks and 1 more during a deployment need room for 4, and there is room for 3 ' +
        '(tasks that fit one t4g.small: 1587 MiB of its 2048 / 512 MiB = 3 by memory, 2048 / 256 units = 8 by CPU); ' +
        'set ecs.nightInstances to 2 or more, or a larger ecs.instanceType',
    );
    expect(refusals({ 'ecs.nightTasks': 3, 'ecs.instanceType': 't4g.medium' })).toBe('');
  });

  test('one task is one task', () => {
    const options = { 'ecs.nightTasks': 1, 'task.memoryMiB': 1024, 'ecs.instanceType': 't4g.small' };
    expect(refusals(options)).toContain(': 1 task and 1 more during a deployment need room for 2, and');
  });

  test('so are tasks that have no CPU, tasks of the day, and a strategy that runs all twice', () => {
    const small = { 'ecs.instanceType': 't4g.small' };
    expect(refusals({ ...small, 'task.cpuUnits': 1024, 'task.memoryMiB': 2048 })).toContain('= 2 by CPU');
    expect(refusals({ ...small, 'ecs.maxTasks': 9 })).toContain(
      '9 tasks and 1 more during a deployment need room for 10, and there is room for 9',
    );
    expect(refusals({ ...small, 'ecs.deployment': 'blue-green' })).toContain('2 tasks and 2 more during a deployment');
    expect(refusals({ ...small, 'task.memoryMiB': 2048 })).toContain(
      '= 0 by memory, 2048 / 256 units = 8 by CPU); set a larger',
    );
    expect(refusals({ ...small, 'task.memoryMiB': 1024 })).toContain('there is room for 1 (');
    // 167 instances are more than the option allows: no advice.
    expect(refusals({ ...small, 'ecs.maxTasks': 500 })).not.toContain('set ecs.maxInstances');
  });

  test('without a night, what it would have contradicts no other option', () => {
    const none = { 'schedule.night': 'none' };
    expect(refusals({ ...none, 'ecs.nightTasks': 500, 'ecs.nightInstances': 50 })).toBe('');
    expect(refusals({ ...none, 'fargate.nightTasks': 100 })).toBe('');
    const production = { ...PRESETS.production, ...none };
    expect(refusals({ ...production, 'ecs.nightInstances': 1, 'ecs.nightTasks': 1, 'fargate.nightTasks': 1 })).toBe('');
    expect(refusals({ ...production, 'ecs.instances': 1 })).toContain('two or more of everything');
    expect(refusals({ ...production, 'fargate.tasks': 1 })).toContain('two or more of everything');
  });
});

describe('the instance type', () => {
  const typeFor = (options: Record<string, unknown>): string => readConfig(options).values.ecs.instanceType;

  test.each([
    [{}, 't4g.small'],
    [{ 'task.memoryMiB': 1024 }, 't4g.medium'],
    [{ 'ecs.deployment': 'canary' }, 't4g.medium'],
    [{ 'ecs.maxTasks': 9 }, 't4g.medium'],
    [{ 'task.cpuUnits': 1024, 'task.memoryMiB': 2048 }, 'm7g.xlarge'],
    [{ ...PRESETS.production, 'task.memoryMiB': 1024 }, 't4g.medium'],
  ])('with %p is, unless it is set, the smallest that the tasks fit', (options, type) => {
    expect(typeFor(options)).toBe(type);
  });

  test.each([
    [4_096, 30_720],
    [8_192, 61_440],
    [16_384, 122_880],
  ])('is there for the largest tasks of Fargate too: %i units, %i MiB', (cpuUnits, memoryMiB) => {
    expect(() => typeFor({ 'task.cpuUnits': cpuUnits, 'task.memoryMiB': memoryMiB })).not.toThrow();
  });

  test('that is set stays what it is', () => {
    expect(typeFor({ 'ecs.instanceType': 't4g.large' })).toBe('t4g.large');
  });
});

test.each(Object.entries({ sandbox, production }))(
  '%s: instances boot with CPU to spend, and their volumes are distinguished on the bill',
  (_, each) => {
    each.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        CreditSpecification: { CpuCredits: 'unlimited' },
        TagSpecifications: Match.arrayWith([
          { ResourceType: 'volume', Tags: Match.arrayWith([{ Key: 'compute-options:stack', Value: 'EcsEc2' }]) },
        ]),
      },
    });
  },
);

test('a type without CPU credits takes no setting for them', () => {
  const { LaunchTemplateData } = resources(
    template('EcsEc2', { 'ecs.instanceType': 'c7g.large' }),
    'AWS::EC2::LaunchTemplate',
  )[0]?.Properties as { LaunchTemplateData: object };
  expect(LaunchTemplateData).not.toHaveProperty('CreditSpecification');
});

test('an instance joins once its cluster has a capacity provider, which waits for no instance', () => {
  const [cluster] = Object.keys(sandbox.findResources('AWS::ECS::Cluster'));
  const [launchTemplate] = resources(sandbox, 'AWS::EC2::LaunchTemplate');
  expect(JSON.stringify(launchTemplate)).toMatch(/ask_ecs DescribeClusters .* && break\\n/);
  expect(statements(sandbox)).toContainEqual(
    expect.objectContaining({
      Action: expect.arrayContaining(['ecs:DescribeClusters', 'ecs:RegisterContainerInstance']) as unknown,
      Resource: { 'Fn::GetAtt': [cluster, 'Arn'] },
    }),
  );
  sandbox.hasResource('AWS::AutoScaling::AutoScalingGroup', { CreationPolicy: Match.absent() });
});

test('the group has the tag of ECS, without which a change of the template would take it away', () => {
  sandbox.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
    Tags: Match.arrayWith([{ Key: 'AmazonECSManaged', Value: 'true', PropagateAtLaunch: true }]),
  });
});

test('tasks do not get the memory that Docker and the agents need', () => {
  expect(JSON.stringify(resources(sandbox, 'AWS::EC2::LaunchTemplate')[0])).toContain('ECS_RESERVED_MEMORY=256');
});

test('tasks that wait for an instance for long sound an alarm', () => {
  const alarm = Object.entries(sandbox.findResources('AWS::CloudWatch::Alarm')).find(([id]) =>
    id.startsWith('AlarmsReservation'),
  );
  expect(alarm?.[1]).toMatchObject({ Properties: { Threshold: 101, EvaluationPeriods: 3 } });
  expect(JSON.stringify(alarm)).toContain('"MetricName":"CapacityProviderReservation"');
});

test('the agent keeps its policies as long as there are instances, or it could not be asked to stop its tasks', () => {
  const [group] = resources(sandbox, 'AWS::AutoScaling::AutoScalingGroup');
  const policies = Object.keys(sandbox.findResources('AWS::IAM::Policy')).filter((id) => id.startsWith('InstanceRole'));
  expect(policies).toHaveLength(3); // its own, the agent's, Session Manager's
  expect(group?.DependsOn).toEqual(expect.arrayContaining(policies));
});
