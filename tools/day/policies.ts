import type { Assembly, Resource } from '../pictures/assembly';
import { timeOfDay } from '../pictures/details';
import { keyOf, References } from '../pictures/references';
import { isGraviton } from './instance-types';

/** At least and at most. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** What a schedule sets at a minute of each day; what it does not name stays as it is. */
export interface ScheduledChange {
  readonly minute: number;
  readonly min?: number;
  readonly max?: number;
  readonly desired?: number;
}

/** A target tracking policy, its cooldowns in minutes. */
export interface Tracking {
  readonly metric: 'cpu' | 'requests';
  readonly target: number;
  readonly scaleInCooldown: number;
  readonly scaleOutCooldown: number;
  readonly disableScaleIn: boolean;
}

export interface TaskSize {
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  readonly architecture: 'arm64' | 'x86';
}

/** Which tasks are on demand: the first `base`, and of the others a share by weights. */
export interface Shares {
  readonly base: number;
  readonly onDemandWeight: number;
  readonly spotWeight: number;
}

/** Tasks on Fargate. */
export interface FargateCapacity extends Shares {
  readonly kind: 'fargate';
  readonly hasPublicAddresses: boolean;
}

/** Tasks on an Auto Scaling group, which follows them by managed scaling. */
export interface GroupCapacity {
  readonly kind: 'group';
  readonly instanceType: string;
  readonly volumeGiB: number;
  readonly bounds: Bounds;
  readonly schedule: readonly ScheduledChange[];
  readonly zones: number;
  /** Percent of instances that are to be in use. */
  readonly targetCapacity: number;
  readonly managedScaling: boolean;
  readonly managedDraining: boolean;
  readonly onDemandBase: number;
  readonly onDemandPercent: number;
  readonly hasPublicAddresses: boolean;
}

/** Tasks on instances that ECS chooses, starts and ends. */
export interface ManagedCapacity {
  readonly kind: 'managed';
  readonly vCpus: Partial<Bounds>;
  readonly memoryMiB: Partial<Bounds>;
  readonly allowedTypes: readonly string[];
  readonly allowsBurstable: boolean;
  /** How tasks are shared between instances on demand and Spot. */
  readonly shares: Shares;
  readonly volumeGiB: number;
  readonly zones: number;
  /** Minutes that an instance may be idle; infinity: it stays. */
  readonly scaleInAfter: number;
  readonly hasPublicAddresses: boolean;
}

/** Everything that says how many tasks a service has, and where they run. */
export interface ServicePolicies {
  readonly stack: string;
  readonly task: TaskSize;
  readonly bounds: Bounds;
  readonly schedule: readonly ScheduledChange[];
  readonly tracking: readonly Tracking[];
  readonly spreadsOverZones: boolean;
  readonly packsBy: 'memory' | 'cpu' | undefined;
  readonly rebalances: boolean;
  readonly hasLoadBalancer: boolean;
  readonly balancerZones: number;
  readonly timeZone: string;
  readonly capacity: FargateCapacity | GroupCapacity | ManagedCapacity;
}

/** A function that answers by a function URL. */
export interface FunctionPolicies {
  readonly stack: string;
  readonly memoryMiB: number;
  readonly architecture: 'arm64' | 'x86';
  readonly provisioned: number;
  readonly schedule: readonly ScheduledChange[];
}

type Values = Readonly<Record<string, unknown>>;
type Nested = Readonly<Record<string, Values>>;

const SECONDS = 60;
// Where a policy names none (Application Auto Scaling API Reference, "TargetTrackingScalingPolicyConfiguration").
const ECS_COOLDOWN_SECONDS = 300;
// Of Managed Instances, where the provider names none. AWS documents no figure for its default behaviour.
const MANAGED_IDLE_SECONDS = 300;
// Where the provider names none (ECS Developer Guide, "Managed Instances storage").
const MANAGED_VOLUME_GIB = 80;

/** Reads the templates of an assembly: what scales each ECS service and each function with a URL. */
export class PolicyReader {
  private readonly references: References;

  constructor(private readonly assembly: Assembly) {
    this.references = new References(assembly);
  }

  /** Every ECS service, in the order of the stacks. */
  services(): ServicePolicies[] {
    return this.each('AWS::ECS::Service').map(({ stack, key }) => this.service(stack, key));
  }

  /** The function of each stack that has a single one with a URL: several are several packages of the same service. */
  functions(): FunctionPolicies[] {
    return this.assembly.stacks.flatMap(({ id }) => {
      const urls = this.each('AWS::Lambda::Url').filter(({ stack }) => stack === id);
      const [url] = urls;
      return url === undefined || urls.length > 1 ? [] : [this.functionOf(id, url.key)];
    });
  }

  private service(stack: string, key: string): ServicePolicies {
    const service = this.values(key);
    const target = this.near(key, 'AWS::ApplicationAutoScaling::ScalableTarget');
    const balancer = this.near(key, 'AWS::ElasticLoadBalancingV2::LoadBalancer', [
      'AWS::ElasticLoadBalancingV2::TargetGroup',
      'AWS::ElasticLoadBalancingV2::ListenerRule',
      'AWS::ElasticLoadBalancingV2::Listener',
    ]);
    const strategies = (service['PlacementStrategies'] ?? []) as readonly { Type: string; Field?: string }[];
    const pack = strategies.find(({ Type }) => Type === 'binpack')?.Field?.toLowerCase();
    const desired = Number(service['DesiredCount'] ?? 1);
    const capacity = this.capacity(key, service);
    return {
      stack,
      task: this.task(key, capacity),
      bounds: target ? this.bounds(target, 'MinCapacity', 'MaxCapacity') : { min: desired, max: desired },
      schedule: schedule(target),
      tracking: this.tracking(key),
      // Fargate and Managed Instances spread tasks over zones by themselves (ECS Developer Guide, "task placement").
      spreadsOverZones: strategies.length === 0 || strategies.some(({ Field }) => Field?.includes('zone') === true),
      packsBy: pack === 'memory' || pack === 'cpu' ? pack : undefined,
      rebalances: service['AvailabilityZoneRebalancing'] === 'ENABLED',
      hasLoadBalancer: balancer !== undefined,
      balancerZones: ((balancer?.['Subnets'] ?? []) as readonly unknown[]).length,
      timeZone: (scheduledActions(target)[0]?.['Timezone'] as string | undefined) ?? 'Etc/UTC',
      capacity,
    };
  }

  private task(key: string, capacity: ServicePolicies['capacity']): TaskSize {
    const definition = this.near(key, 'AWS::ECS::TaskDefinition') ?? {};
    const containers = (definition['ContainerDefinitions'] ?? []) as readonly Values[];
    const sum = (name: string): number => containers.reduce((all, each) => all + Number(each[name] ?? 0), 0);
    const platform = definition['RuntimePlatform'] as { CpuArchitecture?: string } | undefined;
    const isArm = capacity.kind === 'group' ? isGraviton(capacity.instanceType) : platform?.CpuArchitecture === 'ARM64';
    return {
      cpuUnits: Number(definition['Cpu'] ?? sum('Cpu')),
      memoryMiB: Number(definition['Memory'] ?? sum('Memory')),
      architecture: isArm ? 'arm64' : 'x86',
    };
  }

  private tracking(key: string): Tracking[] {
    return this.references
      .reachable(key, ['AWS::ApplicationAutoScaling::ScalableTarget'])
      .map((each) => this.references.resource(each))
      .filter(({ Type }) => Type === 'AWS::ApplicationAutoScaling::ScalingPolicy')
      .map((policy) => {
        const configuration = values(policy)['TargetTrackingScalingPolicyConfiguration'] as Values | undefined;
        const type = (configuration?.['PredefinedMetricSpecification'] as Values | undefined)?.['PredefinedMetricType'];
        const metric = { ECSServiceAverageCPUUtilization: 'cpu', ALBRequestCountPerTarget: 'requests' }[String(type)];
        if (configuration === undefined || (metric !== 'cpu' && metric !== 'requests'))
          throw new Error(`A scaling policy of ${key} can't be replayed: it tracks ${String(type)}.`);
        return {
          metric,
          target: Number(configuration['TargetValue']),
          scaleInCooldown: Number(configuration['ScaleInCooldown'] ?? ECS_COOLDOWN_SECONDS) / SECONDS,
          scaleOutCooldown: Number(configuration['ScaleOutCooldown'] ?? ECS_COOLDOWN_SECONDS) / SECONDS,
          disableScaleIn: configuration['DisableScaleIn'] === true,
        };
      });
  }

  private capacity(key: string, service: Values): ServicePolicies['capacity'] {
    const strategy = (service['CapacityProviderStrategy'] ?? []) as readonly Values[];
    const hasPublicAddresses =
      (service['NetworkConfiguration'] as Nested | undefined)?.['AwsvpcConfiguration']?.['AssignPublicIp'] ===
      'ENABLED';
    const provider = this.nearKey(key, 'AWS::ECS::CapacityProvider');
    if (provider === undefined) {
      const named = (name: string): Values | undefined => strategy.find((each) => each['CapacityProvider'] === name);
      const [onDemand, spot] = [named('FARGATE'), named('FARGATE_SPOT')];
      return {
        kind: 'fargate',
        base: Number(onDemand?.['Base'] ?? 0),
        onDemandWeight: strategy.length === 0 ? 1 : Number(onDemand?.['Weight'] ?? 0),
        spotWeight: Number(spot?.['Weight'] ?? 0),
        hasPublicAddresses,
      };
    }
    const { AutoScalingGroupProvider: group, ManagedInstancesProvider: managed } = this.values(provider) as Nested;
    if (managed !== undefined) return this.managed(provider, managed, this.shares(key, strategy));
    if (group === undefined) throw new Error(`The capacity provider ${provider} is of no kind that can be replayed.`);
    return this.group(provider, group);
  }

  private group(provider: string, settings: Values): GroupCapacity {
    const key = this.nearKey(provider, 'AWS::AutoScaling::AutoScalingGroup') ?? '';
    const group = this.values(key);
    const template = this.near(key, 'AWS::EC2::LaunchTemplate') ?? {};
    const data = template['LaunchTemplateData'] as Values;
    const [volume] = (data['BlockDeviceMappings'] ?? []) as readonly { Ebs?: { VolumeSize?: number } }[];
    const [network] = (data['NetworkInterfaces'] ?? []) as readonly { AssociatePublicIpAddress?: boolean }[];
    const scaling = (settings['ManagedScaling'] ?? {}) as Values;
    const distribution = (group['MixedInstancesPolicy'] as Nested | undefined)?.['InstancesDistribution'] ?? {};
    return {
      kind: 'group',
      instanceType: String(data['InstanceType']),
      volumeGiB: volume?.Ebs?.VolumeSize ?? 0,
      bounds: this.bounds(group, 'MinSize', 'MaxSize'),
      schedule: this.scheduledActions(key),
      zones: ((group['VPCZoneIdentifier'] ?? []) as readonly unknown[]).length,
      targetCapacity: Number(scaling['TargetCapacity'] ?? 100),
      managedScaling: scaling['Status'] === 'ENABLED',
      managedDraining: settings['ManagedDraining'] !== 'DISABLED',
      onDemandBase: Number(distribution['OnDemandBaseCapacity'] ?? 0),
      onDemandPercent: Number(distribution['OnDemandPercentageAboveBaseCapacity'] ?? 100),
      hasPublicAddresses: network?.AssociatePublicIpAddress === true,
    };
  }

  private scheduledActions(group: string): ScheduledChange[] {
    return this.references
      .sources(group)
      .map((each) => this.references.resource(each))
      .filter(({ Type }) => Type === 'AWS::AutoScaling::ScheduledAction')
      .map((action) => {
        const { Recurrence, MinSize, MaxSize, DesiredCapacity } = values(action);
        return { minute: minuteOf(String(Recurrence)), ...change(MinSize, MaxSize, DesiredCapacity) };
      });
  }

  private managed(key: string, provider: Values, shares: Shares): ManagedCapacity {
    const launch = (provider['InstanceLaunchTemplate'] ?? {}) as Nested;
    const requirements = launch['InstanceRequirements'] ?? {};
    const limits = (name: string): Partial<Bounds> => {
      const { Min, Max } = (requirements[name] ?? {}) as { Min?: number; Max?: number };
      return { ...(Min !== undefined && { min: Min }), ...(Max !== undefined && { max: Max }) };
    };
    const subnets = (launch['NetworkConfiguration']?.['Subnets'] ?? []) as readonly unknown[];
    const idle = (provider['InfrastructureOptimization'] as Values | undefined)?.['ScaleInAfter'];
    const seconds = Number(idle ?? MANAGED_IDLE_SECONDS);
    return {
      kind: 'managed',
      vCpus: limits('VCpuCount'),
      memoryMiB: limits('MemoryMiB'),
      allowedTypes: (requirements['AllowedInstanceTypes'] ?? []) as readonly string[],
      allowsBurstable: ['included', 'required'].includes(String(requirements['BurstablePerformance'])),
      shares,
      volumeGiB: Number(launch['StorageConfiguration']?.['StorageSizeGiB'] ?? MANAGED_VOLUME_GIB),
      zones: subnets.length,
      scaleInAfter: seconds < 0 ? Infinity : seconds / SECONDS,
      // An instance of theirs has the address that its subnet gives.
      hasPublicAddresses: this.near(key, 'AWS::EC2::Subnet')?.['MapPublicIpOnLaunch'] === true,
    };
  }

  /** How a service's strategy shares its tasks between its providers of Managed Instances. */
  private shares(key: string, strategy: readonly Values[]): Shares {
    const providers = this.references
      .reachable(key, [])
      .filter((each) => this.references.resource(each).Type === 'AWS::ECS::CapacityProvider');
    const optionOf = (provider: string): unknown =>
      (this.values(provider)['ManagedInstancesProvider'] as Nested)['InstanceLaunchTemplate']?.['CapacityOptionType'];
    const weight = (isSpot: boolean, name: 'Base' | 'Weight'): number => {
      const ids = providers.filter((each) => (optionOf(each) === 'SPOT') === isSpot).map(logicalIdOf);
      const named = strategy.find((each) => ids.some((id) => JSON.stringify(each).includes(`"${id}"`)));
      return Number(named?.[name] ?? 0);
    };
    if (strategy.length === 0) return { base: 0, onDemandWeight: 1, spotWeight: 0 };
    return { base: weight(false, 'Base'), onDemandWeight: weight(false, 'Weight'), spotWeight: weight(true, 'Weight') };
  }

  private functionOf(stack: string, url: string): FunctionPolicies {
    const key = this.nearKey(url, 'AWS::Lambda::Function', ['AWS::Lambda::Alias', 'AWS::Lambda::Version']) ?? '';
    const { MemorySize, Architectures } = this.values(key);
    const alias = this.nearKey(key, 'AWS::Lambda::Alias');
    const fixed =
      alias === undefined ? undefined : (this.values(alias)['ProvisionedConcurrencyConfig'] as Values | undefined);
    const target = alias === undefined ? undefined : this.near(alias, 'AWS::ApplicationAutoScaling::ScalableTarget');
    return {
      stack,
      memoryMiB: Number(MemorySize ?? 128),
      architecture: (Architectures as readonly string[] | undefined)?.includes('arm64') ? 'arm64' : 'x86',
      provisioned: Number(fixed?.['ProvisionedConcurrentExecutions'] ?? target?.['MinCapacity'] ?? 0),
      schedule: schedule(target),
    };
  }

  private each(type: string): { readonly stack: string; readonly key: string }[] {
    return this.assembly.stacks.flatMap(({ id, template }) =>
      Object.entries(template.Resources)
        .filter(([, { Type }]) => Type === type)
        .map(([logicalId]) => ({ stack: id, key: keyOf({ stack: id, logicalId }) })),
    );
  }

  private nearKey(key: string, type: string, through: readonly string[] = []): string | undefined {
    return this.references.reachable(key, through).find((each) => this.references.resource(each).Type === type);
  }

  private near(key: string, type: string, through: readonly string[] = []): Values | undefined {
    const found = this.nearKey(key, type, through);
    return found === undefined ? undefined : this.values(found);
  }

  private values(key: string): Values {
    return values(this.references.resource(key));
  }

  private bounds(of: Values, min: string, max: string): Bounds {
    return { min: Number(of[min]), max: Number(of[max]) };
  }
}

const logicalIdOf = (key: string): string => key.slice(key.indexOf('/') + 1);

const scheduledActions = (target: Values | undefined): readonly Values[] =>
  (target?.['ScheduledActions'] ?? []) as readonly Values[];

const schedule = (target: Values | undefined): ScheduledChange[] =>
  scheduledActions(target).map((action) => {
    const { MinCapacity, MaxCapacity } = action['ScalableTargetAction'] as Values;
    return { minute: minuteOf(String(action['Schedule'])), ...change(MinCapacity, MaxCapacity) };
  });

const values = ({ Properties }: Resource): Values => Properties ?? {};

function change(min: unknown, max: unknown, desired?: unknown): Omit<ScheduledChange, 'minute'> {
  return {
    ...(min !== undefined && { min: Number(min) }),
    ...(max !== undefined && { max: Number(max) }),
    ...(desired !== undefined && { desired: Number(desired) }),
  };
}

/** @throws Error where a schedule is not of every day at one time */
function minuteOf(schedule: string): number {
  const time = timeOfDay(schedule);
  if (time === undefined)
    throw new Error(`The schedule ${schedule} can't be replayed: it is not one time of every day.`);
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}
