import { fleetFor, QUOTAS } from './fleet';
import { instanceShape, isBurstable } from './instance-shape';
import { busyVcpus, HOURS, type Load } from './load';
import type { Billed, Capacity } from './rule';
import { flag, list, number, objects, property, text, type Resource, type Template } from './template';

/** What is billed of one instance: as an instance, a launch template and a launch configuration each say it. */
export interface InstanceDescription {
  /** Undefined where the template does not say it outright. */
  readonly type: string | undefined;
  /** Whether it is bought on Spot. */
  readonly spot: boolean;
  /** Whether metrics of each minute are on, which are billed as custom metrics. */
  readonly detailedMonitoring: boolean;
  /** Whether it has a public IPv4 address from the subnet. */
  readonly publicAddress: boolean;
  readonly volumes: readonly Volume[];
  /** Whether a burstable one may spend more CPU credits than it earns, billed by the vCPU-hour. */
  readonly unlimitedCredits: boolean;
  /** Metrics that its CloudWatch agent sends. */
  readonly agentMetrics: number;
}

export interface Volume {
  readonly type: string;
  readonly gib: number;
  readonly iops: number;
  readonly throughput: number;
}

/** Metrics of detailed monitoring of an instance (CloudWatch User Guide, "Manage detailed monitoring"). */
const DETAILED_METRICS = 7;
/** What comes with each gp3 volume (EBS User Guide, "General Purpose SSD volumes"). */
const GP3_INCLUDED = { iops: 3_000, throughput: 125 };

export function billedInstances(count: number, of: InstanceDescription, spot = of.spot ? 1 : 0): Billed[] {
  const { type, volumes } = of;
  const metrics = (of.detailedMonitoring ? DETAILED_METRICS : 0) + of.agentMetrics;
  return [
    type === undefined
      ? { what: 'instances', why: 'the template does not say their type outright' }
      : { what: `instance ${type}`, quantity: count * HOURS, price: `ec2.${type}`, spot, savings: true },
    ...volumes.flatMap((volume) => billedVolumes(count, volume)),
    ...(of.publicAddress ? [{ what: 'public IPv4 address', quantity: count * HOURS, price: 'ipv4' }] : []),
    ...(metrics > 0
      ? [{ what: 'metrics of instances, a minute each', quantity: count * metrics, price: 'metric' }]
      : []),
  ];
}

export function billedVolumes(count: number, { type, gib, iops, throughput }: Volume): Billed[] {
  const extra = (what: string, quantity: number, price: string): Billed[] =>
    quantity > 0 ? [{ what, quantity: count * quantity, price }] : [];
  return [
    { what: `volume ${type}`, quantity: count * gib, price: `ebs.${type}` },
    ...(type === 'gp3' ? extra('IOPS above 3,000', iops - GP3_INCLUDED.iops, 'ebs.gp3.iops') : []),
    ...(type === 'gp3'
      ? extra('throughput above 125 MiB/s', throughput - GP3_INCLUDED.throughput, 'ebs.gp3.throughput')
      : []),
    ...(type === 'io1' || type === 'io2' ? extra('provisioned IOPS', iops, `ebs.${type}.iops`) : []),
  ];
}

/** CPU credits beyond those that burstable instances earn, where they are unlimited. */
export function surplusCredits(
  load: Load,
  count: number,
  { type = '', unlimitedCredits }: InstanceDescription,
): Billed[] {
  const baseline = instanceShape(type)?.baselineVcpus;
  if (!unlimitedCredits || baseline === undefined) return [];
  const above = busyVcpus(load) - count * baseline;
  const family = type.startsWith('t4g') ? 't4g' : 't3';
  return above > 0
    ? [{ what: 'CPU credits above the baseline', quantity: above * HOURS, price: `ec2.credits.${family}` }]
    : [];
}

/** Instances that carry a load: at least `least`, and as many more as it takes where the fleet may grow. */
export function instanceCapacity(
  load: Load,
  of: InstanceDescription,
  fleet: { readonly least: number; readonly most: number; readonly scales: boolean; readonly single?: boolean },
): Capacity | undefined {
  const shape = instanceShape(of.type ?? '');
  if (shape === undefined) return undefined;
  const lastingVcpus = of.unlimitedCredits ? undefined : shape.baselineVcpus;
  const { mean, peak } = fleetFor(load, {
    vcpus: shape.vcpus,
    ...(lastingVcpus !== undefined && { lastingVcpus }),
    ...fleet,
  });
  return {
    unit: `instance ${of.type ?? ''}`,
    mean,
    peak,
    most: fleet.most,
    ...(fleet.single === true && { single: true }),
    quota: { ...QUOTAS.instances, needed: peak * shape.vcpus },
  };
}

/** The same words in three types of resource: an instance's own, a launch template's data, a launch configuration's. */
export function describeInstance(
  properties: Readonly<Record<string, unknown>>,
  holder: Resource,
  publicByDefault = false,
): InstanceDescription {
  const type = text(properties, 'InstanceType');
  const credits =
    text(properties, 'CreditSpecification.CPUCredits') ?? text(properties, 'CreditSpecification.CpuCredits');
  const interfaces = objects(list(properties, 'NetworkInterfaces'));
  const monitoring = property(properties, 'Monitoring');
  return {
    type,
    spot:
      text(properties, 'InstanceMarketOptions.MarketType') === 'spot' ||
      property(properties, 'SpotPrice') !== undefined,
    detailedMonitoring:
      monitoring === true || flag(properties, 'Monitoring.Enabled') || flag(properties, 'InstanceMonitoring'),
    publicAddress:
      flag(properties, 'AssociatePublicIpAddress') ||
      interfaces.some((each) => flag(each, 'AssociatePublicIpAddress')) ||
      (publicByDefault && interfaces.length === 0),
    volumes: describeVolumes(properties),
    // T3 and T4g are unlimited by default (EC2 User Guide, "Unlimited mode for burstable performance instances").
    unlimitedCredits: isBurstable(type ?? '') && credits !== 'standard',
    agentMetrics: agentMetrics([holder.metadata, properties]),
  };
}

function describeVolumes(properties: Readonly<Record<string, unknown>>): Volume[] {
  const declared = objects(list(properties, 'BlockDeviceMappings')).map((mapping): Volume => ({
    type: text(mapping, 'Ebs.VolumeType') ?? 'gp2',
    gib: number(mapping, 'Ebs.VolumeSize') ?? 8,
    iops: number(mapping, 'Ebs.Iops') ?? GP3_INCLUDED.iops,
    throughput: number(mapping, 'Ebs.Throughput') ?? GP3_INCLUDED.throughput,
  }));
  // Without a mapping it is the image's: Amazon Linux 2023 has 8 GiB of gp3.
  return declared.length > 0 ? declared : [{ type: 'gp3', gib: 8, ...GP3_INCLUDED }];
}

/** Measurements in a configuration of the CloudWatch agent, anywhere in a value; each is a custom metric. */
export function agentMetrics(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + agentMetrics(each), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, inner]: [string, unknown]) =>
      key === 'measurement' && Array.isArray(inner) ? sum + inner.length : sum + agentMetrics(inner),
    0,
  );
}

/** Whether an Elastic IP address is associated with an instance: by the template, or by commands of the instance's own that name it. */
export const hasElasticIp = (holder: Resource, template: Template): boolean =>
  template.referringTo(holder.id, 'AWS::EC2::EIPAssociation').length > 0 ||
  template.referredBy([holder.properties, holder.metadata], 'AWS::EC2::EIP') !== undefined;

/** An Elastic IP address takes the place of the one from the subnet, and is billed by its own rule. */
export const withoutReplacedAddress = (
  description: InstanceDescription,
  holder: Resource,
  template: Template,
): InstanceDescription => ({
  ...description,
  publicAddress: description.publicAddress && !hasElasticIp(holder, template),
});

/** The launch template or launch configuration of a group, as a description of an instance. */
export function launchedBy(group: Resource, template: Template): InstanceDescription | undefined {
  const declared = template.referredBy(
    [property(group, 'LaunchTemplate'), property(group, 'MixedInstancesPolicy.LaunchTemplate')],
    'AWS::EC2::LaunchTemplate',
  );
  if (declared) {
    const data = property(declared, 'LaunchTemplateData') as Readonly<Record<string, unknown>>;
    return withoutReplacedAddress(describeInstance(data, declared), declared, template);
  }
  const configuration = template.referredBy(
    property(group, 'LaunchConfigurationName'),
    'AWS::AutoScaling::LaunchConfiguration',
  );
  return configuration && describeInstance(configuration.properties, configuration);
}
