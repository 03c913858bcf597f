import type { Resource } from './assembly';
import type { Described } from './kinds';

type Properties = Readonly<Record<string, unknown>>;

const properties = ({ Properties }: Resource): Properties => Properties ?? {};
const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : 'by parameter';
const range = (min: unknown, max: unknown): string => (min === max ? text(min) : `${text(min)}–${text(max)}`);
const counted = (amount: string, one: string): string => `${amount} ${one}${amount === '1' ? '' : 's'}`;

/** Of a type, what a resource refers to or is referred to by, with only the given types between. */
function related({ key, references }: Described, type: string, through: readonly string[] = []): Properties[] {
  return references
    .reachable(key, through)
    .map((each) => references.resource(each))
    .filter(({ Type }) => Type === type)
    .map(properties);
}

interface ScheduledBounds {
  readonly MinCapacity?: number;
  readonly MaxCapacity?: number;
}
interface ScheduledAction {
  readonly Schedule: string;
  readonly ScalableTargetAction: ScheduledBounds;
}
interface TargetTracking {
  readonly TargetValue: number;
  readonly PredefinedMetricSpecification?: { readonly PredefinedMetricType: string };
}

/** `0 23 * * *`, or `cron(0 23 * * ? *)`, as a time of day; undefined where it is not one. */
export function timeOfDay(schedule: string): string | undefined {
  const [, minute, hour] = /^(?:cron\()?(\d+) (\d+) \* \* [*?]/.exec(schedule) ?? [];
  return minute === undefined || hour === undefined ? undefined : `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
}

const METRICS: Readonly<Record<string, (target: number) => string>> = {
  ECSServiceAverageCPUUtilization: (target) => `CPU at ${target} %`,
  ECSServiceAverageMemoryUtilization: (target) => `memory at ${target} %`,
  ALBRequestCountPerTarget: (target) => `${target} requests/min each`,
};

/** Tasks of a service: how many, by which policies, of which size, on what capacity. */
export function ofService(of: Described): string[] {
  const { DesiredCount, CapacityProviderStrategy = [] } = properties(of.resource) as {
    DesiredCount?: number;
    CapacityProviderStrategy?: readonly { readonly CapacityProvider: unknown }[];
  };
  const [task] = related(of, 'AWS::ECS::TaskDefinition');
  const [target] = related(of, 'AWS::ApplicationAutoScaling::ScalableTarget');
  const policies = related(of, 'AWS::ApplicationAutoScaling::ScalingPolicy', [
    'AWS::ApplicationAutoScaling::ScalableTarget',
  ]);
  const fargate = CapacityProviderStrategy.map(({ CapacityProvider }) => CapacityProvider).filter(
    (name) => typeof name === 'string',
  );
  const actions = (target?.['ScheduledActions'] ?? []) as readonly ScheduledAction[];
  return [
    counted(target ? range(target['MinCapacity'], target['MaxCapacity']) : text(DesiredCount ?? 1), 'task'),
    ...policies.flatMap(({ TargetTrackingScalingPolicyConfiguration: tracking }) => {
      const { TargetValue, PredefinedMetricSpecification } = tracking as TargetTracking;
      const metric = METRICS[PredefinedMetricSpecification?.PredefinedMetricType ?? ''];
      return metric ? [metric(TargetValue)] : [];
    }),
    ...actions.map(
      ({ Schedule, ScalableTargetAction: { MinCapacity, MaxCapacity } }) =>
        `from ${timeOfDay(Schedule) ?? Schedule}: ${range(MinCapacity, MaxCapacity)}`,
    ),
    ...(task ? [sizeOfTask(task)] : []),
    ...fargate,
  ];
}

function sizeOfTask({ Cpu, Memory, ContainerDefinitions = [] }: Properties): string {
  const containers = ContainerDefinitions as readonly { readonly Cpu?: number; readonly Memory?: number }[];
  const sum = (values: readonly (number | undefined)[]): number =>
    values.reduce<number>((all, one = 0) => all + one, 0);
  const units = Number(Cpu ?? sum(containers.map((each) => each.Cpu)));
  const memory = Number(Memory ?? sum(containers.map((each) => each.Memory)));
  return `${units / 1024} vCPU, ${memory} MiB each`;
}

/** Memory, processor and runtime of a function; how it is called and kept ready. */
export function ofFunction(of: Described): string[] {
  const {
    MemorySize = 128,
    Runtime,
    PackageType,
    Architectures = ['x86_64'],
  } = properties(of.resource) as {
    MemorySize?: number;
    Runtime?: string;
    PackageType?: string;
    Architectures?: readonly string[];
  };
  const [alias] = related(of, 'AWS::Lambda::Alias', ['AWS::Lambda::Version']);
  const provisioned = alias?.['ProvisionedConcurrencyConfig'] as
    { ProvisionedConcurrentExecutions: number } | undefined;
  return [
    `${MemorySize} MiB, ${PackageType === 'Image' ? 'image' : text(Runtime)}`,
    Architectures.join(', '),
    ...(hasUrl(of) ? ['function URL'] : []),
    ...(provisioned ? [`${provisioned.ProvisionedConcurrentExecutions} kept ready`] : []),
  ];
}

/** Whether a function has a function URL. */
export const hasUrl = (of: Described): boolean => related(of, 'AWS::Lambda::Url', ['AWS::Lambda::Alias']).length > 0;

/** What an environment of a Web Function has, how long a request may take, and how many there may be at once. */
export function ofWebFunction(of: Described): string[] {
  const [revision] = related(of, 'AWS::Lambda::WebFunctionRevision', []);
  const { TimeoutSeconds = 30, MaxConcurrencyPerEnvironment = 64 } = (revision?.['ServiceConfig'] ?? {}) as {
    TimeoutSeconds?: number;
    MaxConcurrencyPerEnvironment?: number;
  };
  return ['2 vCPU, 2 GB, arm64', `${MaxConcurrencyPerEnvironment} requests each, ${TimeoutSeconds} s`];
}

/** Whether everybody may call one of a Web Function's endpoints. */
export const hasPublicEndpoint = (of: Described): boolean =>
  related(of, 'AWS::Lambda::WebFunctionEndpoint', []).some(({ AuthType }) => AuthType === 'ApplicationManaged');

/** Whether only CloudFormation calls a function: it is the service token of a custom resource, or works for one. */
export function isCalledByCloudFormation({ key, references }: Described): boolean {
  const seen = new Set([key]);
  const isCalled = (callee: string): boolean =>
    references.sources(callee).some((source) => {
      if (seen.has(source)) return false;
      seen.add(source);
      const { Type } = references.resource(source);
      if (Type.startsWith('Custom::') || Type === 'AWS::CloudFormation::CustomResource') return true;
      // A provider's function, which a custom resource calls, has the handler's name in its environment.
      return Type === 'AWS::Lambda::Function' && isCalled(source);
    });
  return isCalled(key);
}

/** Instances of a group: how many, of which type, and by which schedule. */
export function ofGroup(of: Described): string[] {
  const { MinSize, MaxSize, MixedInstancesPolicy } = properties(of.resource);
  const [template] = related(of, 'AWS::EC2::LaunchTemplate');
  const { InstanceType } = (template?.['LaunchTemplateData'] ?? {}) as { InstanceType?: unknown };
  const actions = related(of, 'AWS::AutoScaling::ScheduledAction') as unknown as readonly {
    readonly Recurrence: string;
    readonly MinSize: number;
    readonly MaxSize: number;
    readonly DesiredCapacity?: number;
  }[];
  const { OnDemandPercentageAboveBaseCapacity: onDemand = 100 } =
    (MixedInstancesPolicy as { InstancesDistribution?: { OnDemandPercentageAboveBaseCapacity?: number } } | undefined)
      ?.InstancesDistribution ?? {};
  return [
    `${range(MinSize, MaxSize)} × ${text(InstanceType)}`,
    ...actions.map(
      ({ Recurrence, MinSize: min, MaxSize: max, DesiredCapacity }) =>
        `from ${timeOfDay(Recurrence) ?? Recurrence}: ${DesiredCapacity ?? range(min, max)}`,
    ),
    ...(onDemand < 100 ? [`${100 - onDemand} % Spot`] : []),
  ];
}

export function ofInstance(of: Described): string[] {
  const { InstanceType, BlockDeviceMappings = [] } = properties(of.resource) as {
    InstanceType?: unknown;
    BlockDeviceMappings?: readonly { readonly Ebs?: { readonly VolumeSize?: number; readonly VolumeType?: string } }[];
  };
  const hasAddress = related(of, 'AWS::EC2::EIP', ['AWS::EC2::EIPAssociation']).length > 0;
  return [
    text(InstanceType),
    ...BlockDeviceMappings.flatMap(({ Ebs }) => (Ebs ? [`${text(Ebs.VolumeSize)} GiB ${text(Ebs.VolumeType)}`] : [])),
    ...(hasAddress ? ['Elastic IP address'] : []),
  ];
}

interface Ingress {
  readonly CidrIp?: string;
  readonly CidrIpv6?: string;
}

/** Whether a security group lets the internet in. */
export const isOpenToTheWorld = (of: Described): boolean =>
  related(of, 'AWS::EC2::SecurityGroup', ['AWS::EC2::LaunchTemplate'])
    .flatMap(({ SecurityGroupIngress = [] }) => SecurityGroupIngress as readonly Ingress[])
    .some(({ CidrIp, CidrIpv6 }) => CidrIp !== undefined || CidrIpv6 !== undefined);

interface ManagedInstancesProvider {
  readonly InstanceLaunchTemplate?: {
    readonly CapacityOptionType?: string;
    readonly InstanceRequirements?: Readonly<Record<string, unknown>>;
  };
}

/** Instances that ECS chooses, and by which requirements. */
export function ofManagedInstances({ resource }: Described): string[] {
  const { InstanceLaunchTemplate = {} } = properties(resource)['ManagedInstancesProvider'] as ManagedInstancesProvider;
  const {
    VCpuCount,
    MemoryMiB,
    AllowedInstanceTypes = [],
  } = (InstanceLaunchTemplate.InstanceRequirements ?? {}) as {
    VCpuCount?: { Min?: number; Max?: number };
    MemoryMiB?: { Min?: number; Max?: number };
    AllowedInstanceTypes?: readonly string[];
  };
  const bounds = ({ Min = 0, Max }: { Min?: number; Max?: number }): string =>
    Max === undefined ? `${Min} or more` : range(Min, Max);
  return [
    'AWS chooses and patches them',
    ...(VCpuCount ? [`${bounds(VCpuCount)} vCPU`] : []),
    ...(MemoryMiB ? [`${bounds(MemoryMiB)} MiB`] : []),
    ...(AllowedInstanceTypes.length > 0 ? [AllowedInstanceTypes.join(', ')] : []),
    ...(InstanceLaunchTemplate.CapacityOptionType === 'SPOT' ? ['Spot'] : []),
  ];
}

export const ofBalancer = (of: Described): string[] =>
  related(of, 'AWS::ElasticLoadBalancingV2::Listener').map(
    ({ Protocol, Port }) => `${text(Protocol)}, port ${text(Port)}`,
  );

/** Size, type and bounds of the environment, from its option settings. */
export function ofEnvironment({ resource }: Described): string[] {
  const { OptionSettings = [], Tier } = properties(resource) as {
    OptionSettings?: readonly { readonly Namespace: string; readonly OptionName: string; readonly Value: unknown }[];
    Tier?: { Name?: string };
  };
  const setting = (name: string): unknown => OptionSettings.find(({ OptionName }) => OptionName === name)?.Value;
  const isBalanced = setting('EnvironmentType') === 'LoadBalanced';
  return [
    `${isBalanced ? range(setting('MinSize'), setting('MaxSize')) : '1'} × ${text(setting('InstanceTypes'))}`,
    isBalanced ? `${text(setting('LoadBalancerType'))} load balancer` : 'no load balancer',
    ...(Tier?.Name === 'Worker' ? ['worker'] : []),
  ];
}

export function ofApplication({ resource }: Described): string[] {
  const { VersionLifecycleConfig } = (properties(resource)['ResourceLifecycleConfig'] ?? {}) as {
    VersionLifecycleConfig?: { MaxCountRule?: { MaxCount?: number } };
  };
  const kept = VersionLifecycleConfig?.MaxCountRule?.MaxCount;
  return kept === undefined ? [] : [`${kept} versions kept`];
}

export function ofRepository({ resource }: Described): string[] {
  const { ImageTagMutability, ImageScanningConfiguration } = properties(resource) as {
    ImageTagMutability?: string;
    ImageScanningConfiguration?: { ScanOnPush?: boolean };
  };
  return [
    ...(ImageTagMutability === 'IMMUTABLE' ? ['immutable tags'] : []),
    ...(ImageScanningConfiguration?.ScanOnPush ? ['scanned on push'] : []),
  ];
}

export const ofImage = ({ resource }: Described): string[] => [
  `for ${text(properties(resource)['Tag']).replace(/-[0-9a-f]+$/, '')}`,
];

export function ofBucket({ resource }: Described): string[] {
  const { VersioningConfiguration } = properties(resource) as { VersioningConfiguration?: { Status?: string } };
  return VersioningConfiguration?.Status === 'Enabled' ? ['versioned'] : [];
}

export const ofSchedule = ({ resource }: Described): string[] => [text(properties(resource)['ScheduleExpression'])];

const ROUTES = ['AWS::EC2::SubnetRouteTableAssociation', 'AWS::EC2::RouteTable', 'AWS::EC2::Route'];

/** A subnet is public where its route table has a route to an internet gateway (Amazon VPC User Guide, "Subnet types"). */
export function ofSubnet(of: Described): string[] {
  const isPublic = related(of, 'AWS::EC2::InternetGateway', ROUTES).length > 0;
  return [isPublic ? 'public' : 'private', text(properties(of.resource)['CidrBlock'])];
}

export function ofEndpoint({ resource }: Described): string[] {
  const name = JSON.stringify(properties(resource)['ServiceName'] ?? '');
  const service = /\.([a-z0-9.]+)"?[\]}]*$/.exec(name)?.[1];
  return service === undefined ? [] : [service];
}
