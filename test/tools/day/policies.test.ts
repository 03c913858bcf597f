import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Duration, Size, Stack, TimeZone } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-applicationautoscaling';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  Cluster,
  Compatibility,
  ContainerImage,
  CpuArchitecture,
  FargateService,
  ManagedInstancesCapacityProvider,
  NetworkMode,
  OperatingSystemFamily,
  TaskDefinition,
} from 'aws-cdk-lib/aws-ecs';
import { Alias, Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { useOfFunction, useOfService } from '../../../tools/day/cost';
import { replayFunction } from '../../../tools/day/function';
import { ORDINARY_DAY, WORK } from '../../../tools/day/load';
import { PolicyReader } from '../../../tools/day/policies';
import { priceOf } from '../../../tools/day/prices';
import { replayService } from '../../../tools/day/service';
import { type Assembly, readAssembly } from '../../../tools/pictures/assembly';
import { stackGraph } from '../../../tools/pictures/graph';

/** The assembly of an app with one stack. */
function assemblyOf(fill: (stack: Stack) => void): Assembly {
  const outdir = mkdtempSync(path.join(tmpdir(), 'policies-'));
  try {
    const app = new App({ outdir, analyticsReporting: false });
    fill(new Stack(app, 'Example'));
    app.synth();
    return readAssembly(outdir);
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

function serviceOn(stack: Stack, compatibility: Compatibility): { cluster: Cluster; taskDefinition: TaskDefinition } {
  const vpc = new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0, restrictDefaultSecurityGroup: false });
  const cluster = new Cluster(stack, 'Cluster', { vpc });
  const taskDefinition = new TaskDefinition(stack, 'Task', {
    compatibility,
    cpu: '256',
    memoryMiB: '512',
    networkMode: NetworkMode.AWS_VPC,
    runtimePlatform: {
      cpuArchitecture: CpuArchitecture.ARM64,
      operatingSystemFamily: OperatingSystemFamily.LINUX,
    },
  });
  taskDefinition.addContainer('service', { image: ContainerImage.fromRegistry('example') });
  return { cluster, taskDefinition };
}

function managedInstances(stack: Stack): void {
  const { cluster, taskDefinition } = serviceOn(stack, Compatibility.MANAGED_INSTANCES);
  const provider = new ManagedInstancesCapacityProvider(stack, 'Provider', {
    subnets: cluster.vpc.publicSubnets,
    securityGroups: [new SecurityGroup(stack, 'SecurityGroup', { vpc: cluster.vpc })],
    instanceRequirements: {
      vCpuCountMin: 1,
      vCpuCountMax: 4,
      memoryMin: Size.gibibytes(2),
      memoryMax: Size.gibibytes(16),
    },
  });
  cluster.addManagedInstancesCapacityProvider(provider);
  const service = new FargateService(stack, 'Service', {
    cluster,
    taskDefinition,
    minHealthyPercent: 100,
    capacityProviderStrategies: [{ capacityProvider: provider.capacityProviderName, weight: 1 }],
  });
  service
    .autoScaleTaskCount({ minCapacity: 1, maxCapacity: 20 })
    .scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 60 });
}

describe('Managed Instances', () => {
  let assembly: Assembly;
  beforeAll(() => {
    assembly = assemblyOf(managedInstances);
  });

  test('their requirements are read from the template', () => {
    const [policies] = new PolicyReader(assembly).services();
    expect(policies?.capacity).toEqual({
      kind: 'managed',
      vCpus: { min: 1, max: 4 },
      memoryMiB: { min: 2048, max: 16_384 },
      allowedTypes: [],
      allowsBurstable: false,
      shares: { base: 0, onDemandWeight: 1, spotWeight: 0 },
      volumeGiB: 80,
      zones: 2,
      scaleInAfter: 5,
      hasPublicAddresses: true,
    });
    expect(policies?.bounds).toEqual({ min: 1, max: 20 });
    // Application Auto Scaling's own cooldowns, where the policy names none.
    expect(policies?.tracking).toEqual([
      { metric: 'cpu', target: 60, scaleInCooldown: 5, scaleOutCooldown: 5, disableScaleIn: false },
    ]);
  });

  test('ECS starts the cheapest type that the requirements allow, and ends it when it has been idle', () => {
    const [policies] = new PolicyReader(assembly).services();
    if (policies === undefined) throw new Error('no service');
    const day = replayService(
      policies,
      ORDINARY_DAY.map((requests) => requests * 4),
      WORK,
    );
    const types = new Set(day.minutes.flatMap(({ instances }) => instances.map(({ type }) => type)));
    for (const type of types) expect(type).toMatch(/^(c7g|m7g)\./);
    const counts = day.minutes.map(({ instances }) => instances.length);
    expect(Math.max(...counts)).toBeGreaterThan(Math.min(...counts));
    // The fee of Managed Instances is on top of the instances; each has 80 GiB and a public address.
    const fee = 1 + priceOf('managedInstances.feeShare');
    const beside = (80 * priceOf('ebs.gp3')) / 730 + priceOf('ipv4');
    const instances = day.minutes.flatMap((minute) =>
      minute.instances.map(({ type }) => (priceOf(`ec2.${type}`) * fee + beside) / 60),
    );
    const sum = instances.reduce((all, each) => all + each, 0);
    expect(useOfService(day).cost.compute).toBeCloseTo(sum, 6);
  });

  test('they are drawn as what the service runs on', () => {
    const { cards, arrows } = stackGraph(assembly, 'Example');
    const card = cards.find(({ title }) => title === 'Managed Instances');
    expect(card?.details).toEqual(['AWS chooses and patches them', '1–4 vCPU', '2048–16384 MiB']);
    expect(arrows).toContainEqual(expect.objectContaining({ to: card?.id, label: 'runs on' }));
  });
});

test('provisioned concurrency by day is billed by day, and requests at its own rate', () => {
  const assembly = assemblyOf((stack) => {
    const handler = new Function(stack, 'Function', {
      runtime: Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = async () => 1'),
      memorySize: 1769,
    });
    const alias = new Alias(stack, 'Live', { aliasName: 'live', version: handler.currentVersion });
    alias.addFunctionUrl();
    const scaling = alias.addAutoScaling({ minCapacity: 2, maxCapacity: 2 });
    const at = (hour: string, environments: number) => ({
      schedule: Schedule.cron({ hour, minute: '0' }),
      timeZone: TimeZone.ETC_UTC,
      minCapacity: environments,
      maxCapacity: environments,
    });
    scaling.scaleOnSchedule('Day', at('7', 2));
    scaling.scaleOnSchedule('Night', at('19', 1));
  });
  const [policies] = new PolicyReader(assembly).functions();
  if (policies === undefined) throw new Error('no function');
  const day = replayFunction(policies, ORDINARY_DAY, WORK);
  expect([0, 6, 7, 18, 19].map((hour) => day.minutes[hour * 60]?.provisioned)).toEqual([1, 1, 2, 2, 1]);
  expect(day.seconds).toBe(0.06);
  const gib = 1769 / 1024;
  const requests = ORDINARY_DAY.reduce((all, each) => all + each, 0);
  expect(useOfFunction(day).cost.compute).toBeCloseTo(
    36 * 3600 * gib * priceOf('lambda.x86.provisioned') +
      requests * (day.seconds * gib * priceOf('lambda.x86.onProvisioned') + priceOf('lambda.request')),
    6,
  );
});

test('a schedule that is not of every day is refused by its name', () => {
  const assembly = assemblyOf((stack) => {
    const { cluster, taskDefinition } = serviceOn(stack, Compatibility.FARGATE);
    const service = new FargateService(stack, 'Service', { cluster, taskDefinition, minHealthyPercent: 100 });
    const tasks = service.autoScaleTaskCount({ minCapacity: 1, maxCapacity: 2 });
    tasks.scaleOnSchedule('Hourly', { schedule: Schedule.rate(Duration.hours(1)), minCapacity: 1 });
  });
  expect(() => new PolicyReader(assembly).services()).toThrow(/The schedule rate\(1 hour\) can't be replayed/);
});
