import { share } from '../fronts';
import { billedInstances, instanceCapacity, surplusCredits, type InstanceDescription } from '../instance-usage';
import { isBurstable } from '../instance-shape';
import { HOURS, type Load } from '../load';
import type { Billed, Capacity, Rule, Scene } from '../rule';
import { list, objects, type Resource } from '../template';
import { throughput, transferOut } from '../transfer';
import { capacityUnits, handled } from './load-balancer';
import { billedLogs } from './log-group';

/** Elastic Beanstalk's own defaults (Developer Guide, "General options for all environments"). */
const BY_DEFAULT = { type: 't3.micro', min: 1, max: 4, volumeGib: 10, volumeType: 'gp3' };
const DAYS_BY_DEFAULT = 7;

/** https://aws.amazon.com/elasticbeanstalk/pricing/: the environment is free; what it sets up in the account is not. */
export const beanstalkEnvironment: Rule = {
  type: 'AWS::ElasticBeanstalk::Environment',
  billed(environment, scene) {
    const { template, load } = scene;
    const options = optionsOf(environment);
    const instance = describe(options);
    const count = capacity(environment, scene)?.mean ?? 1;
    return [
      ...billedInstances(count, instance, spotShare(options, count)),
      ...surplusCredits(share(template, load), count, instance),
      ...balancer(options, scene),
      ...transferOut(template, load),
      ...logs(options, share(template, load)),
      ...metrics(options, count),
    ];
  },
  capacity,
};

type Options = (namespace: string, name: string) => unknown;

function optionsOf(environment: Resource): Options {
  const settings = objects(list(environment, 'OptionSettings'));
  return (namespace, name) =>
    settings.find((each) => each['Namespace'] === `aws:${namespace}` && each['OptionName'] === name)?.['Value'];
}

const isSingle = (options: Options): boolean =>
  options('elasticbeanstalk:environment', 'EnvironmentType') === 'SingleInstance';

function describe(options: Options): InstanceDescription {
  const types = options('ec2:instances', 'InstanceTypes') ?? options('autoscaling:launchconfiguration', 'InstanceType');
  const type = typeof types === 'string' ? (types.split(',')[0] ?? '').trim() : BY_DEFAULT.type;
  const launch = (name: string): unknown => options('autoscaling:launchconfiguration', name);
  return {
    type,
    spot: options('ec2:instances', 'EnableSpot') === 'true',
    detailedMonitoring: launch('MonitoringInterval') === '1 minute',
    publicAddress: isSingle(options) || options('ec2:vpc', 'AssociatePublicIpAddress') === 'true',
    volumes: [
      {
        type: typeof launch('RootVolumeType') === 'string' ? String(launch('RootVolumeType')) : BY_DEFAULT.volumeType,
        gib: Number(launch('RootVolumeSize') ?? BY_DEFAULT.volumeGib),
        iops: Number(launch('RootVolumeIOPS') ?? 3_000),
        throughput: Number(launch('RootVolumeThroughput') ?? 125),
      },
    ],
    // Elastic Beanstalk sets no mode of its own: that of the family holds.
    unlimitedCredits: isBurstable(type),
    agentMetrics: 0,
  };
}

function capacity(environment: Resource, { template, load }: Scene): Capacity | undefined {
  const options = optionsOf(environment);
  const size = (name: string, byDefault: number): number => Number(options('autoscaling:asg', name) ?? byDefault);
  const fleet = isSingle(options)
    ? { least: 1, most: 1, scales: false, single: true }
    : { least: size('MinSize', BY_DEFAULT.min), most: size('MaxSize', BY_DEFAULT.max), scales: true };
  return instanceCapacity(share(template, load), describe(options), fleet);
}

function spotShare(options: Options, count: number): number {
  if (options('ec2:instances', 'EnableSpot') !== 'true') return 0;
  const base = Number(options('ec2:instances', 'SpotFleetOnDemandBase') ?? 0);
  const onDemand = Number(options('ec2:instances', 'SpotFleetOnDemandAboveBasePercentage') ?? 70);
  return (Math.max(0, count - base) / count) * (1 - onDemand / 100);
}

function balancer(options: Options, { template, load }: Scene): Billed[] {
  if (isSingle(options)) return [];
  // The load balancer of an environment is a Classic one unless it says so; its subnets are joined into one text.
  const application = options('elasticbeanstalk:environment', 'LoadBalancerType') === 'application';
  const isPublic = options('ec2:vpc', 'ELBScheme') !== 'internal';
  const zones = zonesOf(options('ec2:vpc', 'ELBSubnets'));
  return [
    { what: 'load balancer', quantity: HOURS, price: application ? 'alb.hour' : 'clb.hour' },
    application
      ? {
          what: 'capacity units of the load balancer',
          quantity: HOURS * capacityUnits(handled(template, load)),
          price: 'alb.lcu',
        }
      : { what: 'data through the load balancer', quantity: throughput(template, load), price: 'clb.gb' },
    ...(isPublic ? [{ what: 'public IPv4 addresses, one a zone', quantity: zones * HOURS, price: 'ipv4' }] : []),
  ];
}

/** Subnets in a text such as `subnet-1,subnet-2`, or in the join of references to them; two where none are given. */
function zonesOf(subnets: unknown): number {
  if (typeof subnets === 'string') return subnets.split(',').length;
  const [, parts] = (subnets as { 'Fn::Join'?: [string, unknown[]] } | undefined)?.['Fn::Join'] ?? [];
  return parts?.filter((part) => typeof part === 'object').length ?? 2;
}

function logs(options: Options, load: Load): Billed[] {
  if (options('elasticbeanstalk:cloudwatch:logs', 'StreamLogs') !== 'true') return [];
  const days = Number(options('elasticbeanstalk:cloudwatch:logs', 'RetentionInDays') ?? DAYS_BY_DEFAULT);
  return billedLogs(load.requests, load.kbLog, days);
}

/** The metrics of enhanced health that the environment publishes; the rest of enhanced health is free. */
function metrics(options: Options, instances: number): Billed[] {
  const document = options('elasticbeanstalk:healthreporting:system', 'ConfigDocument');
  if (typeof document !== 'string') return [];
  const { CloudWatchMetrics: published = {} } = JSON.parse(document) as {
    CloudWatchMetrics?: { Environment?: object; Instance?: object };
  };
  const count =
    Object.keys(published.Environment ?? {}).length + instances * Object.keys(published.Instance ?? {}).length;
  return count > 0 ? [{ what: 'metrics of enhanced health', quantity: count, price: 'metric' }] : [];
}
