import type { FunctionDay } from './function';
import { DAY } from './load';
import type { FargateCapacity, GroupCapacity, ManagedCapacity, ServicePolicies, Shares } from './policies';
import { hasPrice, priceOf } from './prices';
import type { Minute, ServiceDay } from './service';

/** What a day costs, in USD. */
export interface DayCost {
  /** What runs the service: tasks or instances with volumes and addresses; requests and memory of a function. */
  readonly compute: number;
  /** The load balancer with its addresses, without capacity units. */
  readonly balancer: number;
}

export interface DayUse {
  /** Zero where there are none. */
  readonly instanceHours: number;
  readonly taskHours: number;
  readonly cost: DayCost;
}

const HOURS = DAY / 60;
/** Hours of a month, by which AWS prices a GB-month. */
const MONTH = 730;
const GIB = 1024;

const hours = (minutes: readonly Minute[], count: (minute: Minute) => number): number =>
  minutes.reduce((all, minute) => all + count(minute), 0) / 60;

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

/** Hours and cost of the day of a service. Tasks are billed from their start on, instances from their launch on. */
export function useOfService({ policies, minutes }: ServiceDay): DayUse {
  const placed = ({ tasks }: Minute): number => tasks.filter(({ state }) => state !== 'waiting').length;
  const compute =
    policies.capacity.kind === 'fargate'
      ? sum(minutes.map((minute) => fargateMinute(placed(minute), policies, policies.capacity as FargateCapacity)))
      : sum(minutes.map((minute) => instancesMinute(minute, policies)));
  const balancer = policies.hasLoadBalancer
    ? HOURS * (priceOf('alb.hour') + policies.balancerZones * priceOf('ipv4'))
    : 0;
  return {
    instanceHours: hours(minutes, ({ instances }) => instances.length),
    taskHours: hours(minutes, placed),
    cost: { compute, balancer },
  };
}

/** How many of the tasks are on demand: the base, and of those above it a share by weight. */
export function onDemandTasks(tasks: number, { base, onDemandWeight, spotWeight }: Shares): number {
  const above = Math.max(0, tasks - base);
  const weights = onDemandWeight + spotWeight;
  return Math.min(tasks, base) + (weights === 0 ? above : Math.ceil((above * onDemandWeight) / weights));
}

function fargateMinute(tasks: number, { task }: ServicePolicies, capacity: FargateCapacity): number {
  const { cpuUnits, memoryMiB, architecture } = task;
  const hour = (suffix: string): number =>
    (cpuUnits / 1024) * priceOf(`fargate.${architecture}.vcpu${suffix}`) +
    (memoryMiB / GIB) * priceOf(`fargate.${architecture}.gb${suffix}`);
  const onDemand = onDemandTasks(tasks, capacity);
  const addresses = capacity.hasPublicAddresses ? tasks * priceOf('ipv4') : 0;
  return (onDemand * hour('') + (tasks - onDemand) * hour('.spot') + addresses) / 60;
}

function instancesMinute(minute: Minute, { capacity }: ServicePolicies): number {
  if (capacity.kind === 'fargate') return 0;
  const { instances } = minute;
  const volume = (capacity.volumeGiB * priceOf('ebs.gp3')) / MONTH;
  const address = capacity.hasPublicAddresses ? priceOf('ipv4') : 0;
  const fee = capacity.kind === 'managed' ? 1 + priceOf('managedInstances.feeShare') : 1;
  const onDemand =
    capacity.kind === 'managed'
      ? onDemandManagedInstances(minute, capacity)
      : onDemandInstances(instances.length, capacity);
  const hourly = instances.map(({ type }, index) => instancePrice(type, index >= onDemand) * fee + volume + address);
  return sum(hourly) / 60;
}

const instancePrice = (type: string, isSpot: boolean): number =>
  priceOf(isSpot && hasPrice(`ec2.${type}.spot`) ? `ec2.${type}.spot` : `ec2.${type}`);

function onDemandInstances(instances: number, { onDemandBase, onDemandPercent }: GroupCapacity): number {
  const above = Math.max(0, instances - onDemandBase);
  return Math.min(instances, onDemandBase) + Math.ceil((above * onDemandPercent) / 100);
}

/** Of Managed Instances the share that its tasks have, since two capacity providers share no instance. */
function onDemandManagedInstances({ instances, tasks }: Minute, { shares }: ManagedCapacity): number {
  const placed = tasks.filter(({ state }) => state !== 'waiting').length;
  return placed === 0 ? instances.length : Math.ceil((instances.length * onDemandTasks(placed, shares)) / placed);
}

/** Cost of the day of a function, without the free tier. */
export function useOfFunction({ policies, minutes, seconds }: FunctionDay): DayUse {
  const { memoryMiB, architecture } = policies;
  const gib = memoryMiB / GIB;
  const requests = sum(minutes.map((minute) => minute.requests));
  const ready = sum(minutes.map(({ provisioned }) => provisioned)) * 60;
  const duration = ready > 0 ? `lambda.${architecture}.onProvisioned` : `lambda.${architecture}.gbSecond`;
  return {
    instanceHours: 0,
    taskHours: 0,
    cost: {
      compute:
        requests * priceOf('lambda.request') +
        requests * seconds * gib * priceOf(duration) +
        (ready > 0 ? ready * gib * priceOf(`lambda.${architecture}.provisioned`) : 0),
      balancer: 0,
    },
  };
}
