import { cost, lines, SEOUL } from '../priced';

const definition = (architecture = 'ARM64', more: object = {}) => ({
  Type: 'AWS::ECS::TaskDefinition',
  Properties: { Cpu: '256', Memory: '512', RuntimePlatform: { CpuArchitecture: architecture }, ...more },
});
const service = (properties: object = {}) => ({
  Type: 'AWS::ECS::Service',
  Properties: { LaunchType: 'FARGATE', DesiredCount: 1, TaskDefinition: { Ref: 'Task' }, ...properties },
});
const vcpu = 'vCPU of tasks, 0.25 vCPU and 0.5 GB a task';
const memory = 'memory of tasks, 0.25 vCPU and 0.5 GB a task';

test('a task on Fargate is billed by its vCPU and its memory, dearer on x86 than on ARM', () => {
  // ARM: 0.25 x 730 h x 0.03238 = 5.909; 0.5 x 730 h x 0.00356 = 1.299
  expect(lines('It', { Task: definition(), It: service() })).toEqual({ [vcpu]: 5.91, [memory]: 1.3 });
  // x86: 0.25 x 730 h x 0.04048 = 7.388; 0.5 x 730 h x 0.004445 = 1.622
  expect(lines('It', { Task: definition('X86_64'), It: service() })).toEqual({ [vcpu]: 7.39, [memory]: 1.62 });
  // Seoul, ARM: 0.25 x 730 h x 0.03725 = 6.798; 0.5 x 730 h x 0.00409 = 1.493
  expect(lines('It', { Task: definition(), It: service() }, {}, { book: SEOUL })).toEqual({
    [vcpu]: 6.8,
    [memory]: 1.49,
  });
});

test('Spot and Savings Plans have prices of their own', () => {
  const resources = { Task: definition(), It: service() };
  // 182.5 x 0.01030969 = 1.882; 182.5 x 0.0255 = 4.654; 182.5 x 0.01749 = 3.192
  expect(lines('It', resources, {}, { plan: 'spot' })).toMatchObject({ [vcpu]: 1.88 });
  expect(lines('It', resources, {}, { plan: 'savings-1y' })).toMatchObject({ [vcpu]: 4.65 });
  expect(lines('It', resources, {}, { plan: 'savings-3y' })).toMatchObject({ [vcpu]: 3.19 });
});

test('as declared, the tasks beyond the base are on Spot by their weight', () => {
  const mixed = service({
    LaunchType: undefined,
    DesiredCount: 3,
    CapacityProviderStrategy: [
      { CapacityProvider: 'FARGATE', Base: 1, Weight: 50 },
      { CapacityProvider: 'FARGATE_SPOT', Weight: 50 },
    ],
  });
  // two at 0.03238 and one at 0.01030969: 182.5 x (2 x 0.03238 + 0.01030969) = 13.700
  expect(lines('It', { Task: definition(), It: mixed })).toMatchObject({ [vcpu]: 13.7 });
});

test('a task with an address pays for it, and one with more storage for what is above 20 GB', () => {
  const resources = {
    Task: definition('ARM64', { EphemeralStorage: { SizeInGiB: 30 } }),
    It: service({ NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'ENABLED' } } }),
  };
  // 10 GB x 730 h x 0.000111 = 0.810
  expect(lines('It', resources)).toMatchObject({
    'storage above 20 GB': 0.81,
    'public IPv4 address of each task': 3.65,
  });
});

test('tasks that scale follow the load, and are never fewer than the schedule has', () => {
  const target = {
    Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
    Properties: {
      MinCapacity: 2,
      MaxCapacity: 4,
      ResourceId: { 'Fn::Join': ['/', ['service', { 'Fn::GetAtt': ['It', 'Name'] }]] },
      ScheduledActions: [
        { Schedule: 'cron(0 8 * * ? *)', ScalableTargetAction: { MinCapacity: 2 } },
        { Schedule: 'cron(0 20 * * ? *)', ScalableTargetAction: { MinCapacity: 1 } },
      ],
    },
  };
  const balancer = { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: {} };
  const resources = { Task: definition(), It: service(), Target: target, Balancer: balancer };
  // half of the day two, half of it one: 1.5 x 182.5 x 0.03238 = 8.864
  expect(lines('It', resources)).toMatchObject({ [vcpu]: 8.86 });
  // 0.6 vCPU busy, over 0.25 x 60 % of each task: four on the mean, twelve at three times that
  const [capacity] = cost(resources, { requests: 26_280_000 }).capacities;
  expect(capacity).toMatchObject({ peak: 12, most: 4, quota: { needed: 3 } });
  expect(capacity?.mean).toBeCloseTo(4);
});

test('tasks on instances cost nothing by themselves', () => {
  const onInstances = service({ LaunchType: 'EC2' });
  expect(lines('It', { Task: definition(), It: onInstances })).toEqual({});
});
