import { Match, type Template } from 'aws-cdk-lib/assertions';
import { productionTemplate, resources, template } from '../../../synthesis';
import { snapshotOf } from '../../../template';

const sandbox = template('Fargate');
const production = productionTemplate('Fargate');
const canary = template('Fargate', { 'fargate.deployment': 'canary' });

describe('snapshots', () => {
  test.each(Object.entries({ sandbox, production, canary }))('%s', (_, each) =>
    expect(snapshotOf(each.toJSON())).toMatchSnapshot(),
  );
});

const service = (of: Template): Record<string, unknown> => resources(of, 'AWS::ECS::Service')[0]?.Properties ?? {};

test('the first task is on demand, so that the absence of Spot never means no service', () => {
  expect(service(sandbox)['CapacityProviderStrategy']).toEqual([
    { CapacityProvider: 'FARGATE', Base: 1, Weight: 50 },
    { CapacityProvider: 'FARGATE_SPOT', Weight: 50 },
  ]);
  expect(service(production)['CapacityProviderStrategy']).toEqual([
    { CapacityProvider: 'FARGATE', Base: 2, Weight: 50 },
    { CapacityProvider: 'FARGATE_SPOT', Weight: 50 },
  ]);
  expect(service(template('Fargate', { 'fargate.spotPercent': 100 }))['CapacityProviderStrategy']).toEqual([
    { CapacityProvider: 'FARGATE', Base: 1, Weight: 1 }, // with 0, no task would be placed there
    { CapacityProvider: 'FARGATE_SPOT', Weight: 100 },
  ]);
});

test('Spot is not named where none is wanted: a region may have none for the processor', () => {
  expect(service(template('Fargate', { 'fargate.spotPercent': 0 }))['CapacityProviderStrategy']).toEqual([
    { CapacityProvider: 'FARGATE', Base: 1, Weight: 100 },
  ]);
});

describe('the task', () => {
  const [definition] = resources(sandbox, 'AWS::ECS::TaskDefinition');
  const [container] = definition?.Properties?.['ContainerDefinitions'] as Record<string, unknown>[];

  test('is on Graviton, of the size asked for', () => {
    expect(definition?.Properties).toMatchObject({
      Cpu: '256',
      Memory: '512',
      NetworkMode: 'awsvpc',
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
  });

  test('has no privileges: an unprivileged user, no capability, a read-only root with a scratch volume', () => {
    expect(container).toMatchObject({
      User: '1000:1000',
      ReadonlyRootFilesystem: true,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] }, InitProcessEnabled: true },
      MountPoints: [{ ContainerPath: '/tmp', SourceVolume: 'scratch', ReadOnly: false }],
    });
  });

  test('has the time to finish what it has begun: target, service, container, each longer than the one before', () => {
    const [group] = resources(sandbox, 'AWS::ElasticLoadBalancingV2::TargetGroup');
    const attributes = group?.Properties?.['TargetGroupAttributes'] as { Key: string; Value: string }[];
    const delay = Number(attributes.find(({ Key }) => Key === 'deregistration_delay.timeout_seconds')?.Value);
    const environment = container?.['Environment'] as { Name: string; Value: string }[];
    const drain = Number(environment.find(({ Name }) => Name === 'SERVICE_DRAIN_SECONDS')?.Value);
    const stop = container?.['StopTimeout'] as number;
    expect(delay).toBeLessThan(drain);
    expect(drain).toBeLessThan(stop);
    expect(stop).toBeLessThanOrEqual(120); // the most that Fargate waits
  });

  test('is replaced when it fails three probes of its own, and answers when its log is full', () => {
    expect(container).toMatchObject({
      HealthCheck: { Interval: 15, Timeout: 5, Retries: 3, StartPeriod: 10 },
      LogConfiguration: { LogDriver: 'awslogs', Options: { mode: 'non-blocking' } },
    });
  });

  test('names its image by content, so that a new image is a new task definition', () => {
    expect(JSON.stringify(container?.['Image'])).toMatch(/:arm64-[0-9a-f]{16}"/);
  });

  test('may do nothing itself', () => {
    const [taskRole = ''] = Object.keys(sandbox.findResources('AWS::IAM::Role')).filter((id) =>
      id.includes('TaskRole'),
    );
    expect(JSON.stringify(sandbox.findResources('AWS::IAM::Policy'))).not.toContain(`{"Ref":"${taskRole}"}`);
  });
});

describe('ECS Exec', () => {
  const exec = template('Fargate', { 'task.exec': true });

  test('is off, and on when asked for, with a log of its own and a root that its agent can write to', () => {
    expect(service(sandbox)['EnableExecuteCommand']).toBe(false);
    expect(service(exec)['EnableExecuteCommand']).toBe(true);
    exec.hasResourceProperties('AWS::ECS::Cluster', {
      Configuration: {
        ExecuteCommandConfiguration: {
          Logging: 'OVERRIDE',
          LogConfiguration: { CloudWatchLogGroupName: Match.anyValue() },
        },
      },
    });
    exec.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [Match.objectLike({ ReadonlyRootFilesystem: false })],
    });
  });
});

test('the number of tasks follows CPU and requests, between bounds that follow the time of day', () => {
  const scaled = template('Fargate', {
    'fargate.tasks': 3,
    'fargate.maxTasks': 9,
    'schedule.night': '23:30-07:00 Asia/Seoul',
  });
  const metrics = resources(scaled, 'AWS::ApplicationAutoScaling::ScalingPolicy').map(
    ({ Properties }) =>
      (
        Properties?.['TargetTrackingScalingPolicyConfiguration'] as {
          PredefinedMetricSpecification: { PredefinedMetricType: string };
        }
      ).PredefinedMetricSpecification.PredefinedMetricType,
  );
  expect(metrics).toEqual(['ECSServiceAverageCPUUtilization', 'ALBRequestCountPerTarget']);
  scaled.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
    ScheduledActions: [
      {
        ScheduledActionName: 'Day',
        Schedule: 'cron(0 7 * * ? *)',
        Timezone: 'Asia/Seoul',
        ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 9 },
      },
      {
        ScheduledActionName: 'Night',
        Schedule: 'cron(30 23 * * ? *)',
        Timezone: 'Asia/Seoul',
        ScalableTargetAction: { MinCapacity: 1, MaxCapacity: 9 },
      },
    ],
  });
});

test('tasks are added at 60 % of CPU, soon, and taken away later', () => {
  sandbox.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
    TargetTrackingScalingPolicyConfiguration: {
      PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      TargetValue: 60,
      ScaleOutCooldown: 60,
      ScaleInCooldown: 300,
    },
  });
});

test('without a night there is no schedule', () => {
  template('Fargate', { 'schedule.night': 'none' }).hasResourceProperties(
    'AWS::ApplicationAutoScaling::ScalableTarget',
    {
      ScheduledActions: Match.absent(),
    },
  );
});

test('only the load balancer reaches the tasks, and they reach HTTPS', () => {
  const groups = resources(sandbox, 'AWS::EC2::SecurityGroup').filter(
    ({ Properties }) => Properties?.['GroupDescription'] === 'Tasks: from the load balancer in, HTTPS out',
  );
  expect(groups).toHaveLength(1);
  expect(groups[0]?.Properties).not.toHaveProperty('SecurityGroupIngress');
  // Over IPv6 too: a task has such an address wherever its subnet has a block (ECS, "Task networking options for Fargate").
  expect(groups[0]?.Properties?.['SecurityGroupEgress']).toEqual([
    expect.objectContaining({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443 }),
    expect.objectContaining({ CidrIpv6: '::/0', FromPort: 443, ToPort: 443 }),
  ]);
  expect(
    resources(sandbox, 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties?.['FromPort'] as number),
  ).toEqual([8080]);
});

test('without NAT, tasks have a public address to fetch their image; with it, they are in private subnets', () => {
  const assigned = (of: Template): unknown =>
    (service(of)['NetworkConfiguration'] as { AwsvpcConfiguration: { AssignPublicIp: string } }).AwsvpcConfiguration
      .AssignPublicIp;
  expect(assigned(sandbox)).toBe('ENABLED');
  expect(assigned(production)).toBe('DISABLED');
});

test.each([
  ['Unhealthy', 1, 5, 'notBreaching'],
  ['ServerErrors', 5, 5, 'notBreaching'],
  ['BalancerErrors', 5, 5, 'notBreaching'],
  ['Slow', 5, 5, 'notBreaching'],
  ['FewTasks', 1, 5, 'breaching'], // without a task there is no metric
  ['FailedTasks', 3, 1, 'notBreaching'],
  ['Cpu', 85, 3, 'notBreaching'],
  ['Memory', 85, 3, 'notBreaching'],
])('%s sounds an alarm from %i on, for %i periods; without data it is %s', (name, threshold, periods, missing) => {
  const alarms = Object.entries(sandbox.findResources('AWS::CloudWatch::Alarm'));
  expect(
    alarms.filter(([id]) => id.startsWith(`Alarms${name}`)).map(([, { Properties }]) => Properties as object),
  ).toEqual([
    expect.objectContaining({
      Threshold: threshold,
      EvaluationPeriods: periods,
      TreatMissingData: missing,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    }),
  ]);
});

test('a task that fails three probes gets no more requests', () => {
  sandbox.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
    HealthCheckPath: '/health',
    HealthCheckIntervalSeconds: 10,
    HealthCheckTimeoutSeconds: 5,
    HealthyThresholdCount: 2,
    UnhealthyThresholdCount: 3,
  });
});

test('one dashboard', () => {
  sandbox.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
});
