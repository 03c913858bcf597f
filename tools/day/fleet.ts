import { forTasks, instanceShape, isGraviton } from './instance-types';
import { IN_AFTER } from './target-tracking';
import { priceOf, pricedInstanceTypes } from './prices';
import type { FargateCapacity, GroupCapacity, ManagedCapacity, ServicePolicies, TaskSize } from './policies';

/** A container of the service. Its name stays with it when it moves: the successor that replaces it has it too. */
export interface Task {
  readonly id: number;
  readonly name: string;
  instance: Instance | undefined;
  zone: number;
  /** `waiting`: there is no room for it. `stopping`: it takes no new request. */
  state: 'waiting' | 'starting' | 'running' | 'stopping';
  /** The minute in which the state ends by itself. */
  until: number;
  /** Which task it is to take the place of. */
  readonly replaces?: Task;
}

export interface Instance {
  readonly id: number;
  readonly type: string;
  readonly zone: number;
  readonly launched: number;
  /** `coming`: it boots. `draining`: it gets no task, and leaves when it has none. */
  state: 'coming' | 'active' | 'draining';
  idleSince: number | undefined;
}

/** From a launch until the agent has joined the cluster, in minutes: this project's assumption. */
const INSTANCE_START = 2;

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

/** What tasks run on. */
export interface Fleet {
  readonly instances: readonly Instance[];
  /** Applies what schedules set at this minute of the day. */
  applySchedule(minuteOfDay: number, minute: number): void;
  /** A place for a task; undefined where there is no room. */
  place(tasks: readonly Task[]): { readonly instance: Instance | undefined; readonly zone: number } | undefined;
  /** Makes more or fewer instances of it, after the tasks of this minute. */
  follow(minute: number, tasks: readonly Task[]): void;
  /** Zones in which a task could run now. */
  readonly zones: readonly number[];
}

/** No instances: there is room for every task, in the zones of its subnets in turn. */
export class FargateFleet implements Fleet {
  readonly instances: readonly Instance[] = [];
  readonly zones: readonly number[];

  constructor(_: FargateCapacity, zones: number) {
    this.zones = Array.from({ length: Math.max(1, zones) }, (_unused, zone) => zone);
  }

  applySchedule(): void {
    // Nothing of Fargate follows a schedule but the tasks.
  }

  place(tasks: readonly Task[]): { instance: undefined; zone: number } {
    return { instance: undefined, zone: emptiest(this.zones, tasks) };
  }

  follow(): void {
    // AWS has the capacity.
  }
}

/** The zone with the fewest tasks; of several, the first. */
function emptiest(zones: readonly number[], tasks: readonly Task[]): number {
  const count = (zone: number): number => tasks.filter((task) => task.zone === zone && isPlaced(task)).length;
  return zones.reduce((best, zone) => (count(zone) < count(best) ? zone : best), zones[0] ?? 0);
}

const isPlaced = ({ state }: Task): boolean => state === 'starting' || state === 'running';

abstract class InstanceFleet implements Fleet {
  readonly instances: Instance[] = [];
  private ids = 0;

  constructor(
    protected readonly task: TaskSize,
    private readonly placement: Pick<ServicePolicies, 'spreadsOverZones' | 'packsBy'>,
    private readonly zoneCount: number,
  ) {}

  get zones(): readonly number[] {
    return [...new Set(this.instances.filter(({ state }) => state === 'active').map(({ zone }) => zone))].sort();
  }

  abstract applySchedule(minuteOfDay: number, minute: number): void;
  abstract follow(minute: number, tasks: readonly Task[]): void;

  /** The least full zone first, where the service spreads; in it the instance with the least room left for a task. */
  place(tasks: readonly Task[]): { instance: Instance; zone: number } | undefined {
    const open = this.instances.filter((instance) => instance.state === 'active' && this.room(instance, tasks) > 0);
    const zones = [...new Set(open.map(({ zone }) => zone))].sort();
    const zone = this.placement.spreadsOverZones ? emptiest(zones, tasks) : undefined;
    const candidates = open.filter((instance) => zone === undefined || instance.zone === zone);
    const [best] = candidates.toSorted((a, b) => this.room(a, tasks) - this.room(b, tasks) || a.id - b.id);
    return best && { instance: best, zone: best.zone };
  }

  /** How many more tasks an instance takes. */
  room(instance: Instance, tasks: readonly Task[]): number {
    return tasksOn(instance.type, this.task) - tasks.filter((task) => task.instance === instance).length;
  }

  protected launch(type: string, minute: number): void {
    const count = (zone: number): number => this.instances.filter((each) => each.zone === zone).length;
    const zones = Array.from({ length: Math.max(1, this.zoneCount) }, (_, zone) => zone);
    const zone = zones.reduce((best, each) => (count(each) < count(best) ? each : best), 0);
    this.ids += 1;
    this.instances.push({ id: this.ids, type, zone, launched: minute, state: 'coming', idleSince: undefined });
  }

  protected remove(instance: Instance): void {
    this.instances.splice(this.instances.indexOf(instance), 1);
  }

  /** Lets instances join that have booted, and leave that have drained. */
  protected age(minute: number, tasks: readonly Task[]): void {
    for (const instance of [...this.instances]) {
      const isEmpty = !tasks.some((task) => task.instance === instance);
      if (instance.state === 'coming' && minute >= instance.launched + INSTANCE_START) instance.state = 'active';
      if (instance.state === 'draining' && isEmpty) this.remove(instance);
      instance.idleSince = isEmpty ? (instance.idleSince ?? minute) : undefined;
    }
  }

  protected get staying(): Instance[] {
    return this.instances.filter(({ state }) => state !== 'draining');
  }
}

/** How many tasks of a size an instance type takes. */
export function tasksOn(type: string, task: TaskSize): number {
  const shape = instanceShape(type);
  if (shape === undefined)
    throw new Error(`The size of ${type} is unknown: tools/day/instance-types.ts has the families.`);
  const { cpuUnits, memoryMiB } = forTasks(shape);
  return Math.min(Math.floor(cpuUnits / task.cpuUnits), Math.floor(memoryMiB / task.memoryMiB));
}

/**
 * An Auto Scaling group with managed scaling: CapacityProviderReservation is M / N x 100, where N instances run and M
 * are needed. M is more than N where tasks wait for room, and otherwise the instances that have a task.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-scaling-behavior.html
 */
export class GroupFleet extends InstanceFleet {
  private min: number;
  private max: number;
  private desired: number;
  private below = 0;

  constructor(
    private readonly group: GroupCapacity,
    policies: ServicePolicies,
  ) {
    super(policies.task, policies, group.zones);
    ({ min: this.min, max: this.max } = group.bounds);
    this.desired = this.min;
  }

  applySchedule(minuteOfDay: number): void {
    for (const { minute, min, max, desired } of this.group.schedule) {
      if (minute !== minuteOfDay) continue;
      this.min = min ?? this.min;
      this.max = max ?? this.max;
      this.desired = desired ?? this.desired;
    }
    this.desired = Math.min(this.max, Math.max(this.min, this.desired));
  }

  follow(minute: number, tasks: readonly Task[]): void {
    if (this.group.managedScaling) this.scale(tasks);
    for (let missing = this.desired - this.staying.length; missing > 0; missing -= 1)
      this.launch(this.group.instanceType, minute);
    for (let surplus = this.staying.length - this.desired; surplus > 0; surplus -= 1) this.end();
    this.age(minute, tasks);
  }

  private scale(tasks: readonly Task[]): void {
    const running = this.staying;
    const coming =
      running.filter(({ state }) => state === 'coming').length * tasksOn(this.group.instanceType, this.task);
    const waiting = tasks.filter(({ state }) => state === 'waiting').length - coming;
    if (waiting > 0) {
      // The alarm above the target waits for one minute, that below it for 15 (aws/containers-roadmap#638).
      const more = Math.ceil(waiting / tasksOn(this.group.instanceType, this.task));
      this.desired = Math.min(this.max, Math.max(this.desired, running.length + more));
    }
    const used = running.filter((each) => tasks.some((task) => task.instance === each)).length;
    const needed = Math.ceil((used * 100) / this.group.targetCapacity);
    this.below = waiting <= 0 && coming === 0 && needed < running.length ? this.below + 1 : 0;
    if (this.below < IN_AFTER) return;
    this.desired = Math.max(this.min, needed);
    this.below = 0;
  }

  /** Of the zone with the most instances, the newest: of equal ones AWS chooses, and says only that it keeps zones even. */
  private end(): void {
    const staying = this.staying;
    const count = (zone: number): number => staying.filter((each) => each.zone === zone).length;
    const [leaving] = staying.toSorted((a, b) => count(b.zone) - count(a.zone) || b.id - a.id);
    if (leaving === undefined) return;
    if (leaving.state === 'coming') this.remove(leaving);
    else leaving.state = 'draining';
  }
}

/**
 * Managed Instances: ECS starts an instance for tasks that find no room, the cheapest of the allowed types that takes
 * them, and ends one that has been idle for a while.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ManagedInstances.html
 */
export class ManagedFleet extends InstanceFleet {
  constructor(
    private readonly managed: ManagedCapacity,
    policies: ServicePolicies,
  ) {
    super(policies.task, policies, managed.zones);
  }

  applySchedule(): void {
    // Nothing of Managed Instances follows a schedule but the tasks.
  }

  follow(minute: number, tasks: readonly Task[]): void {
    const coming = this.instances.filter(({ state }) => state === 'coming');
    let waiting =
      tasks.filter(({ state }) => state === 'waiting').length - sum(coming.map(({ type }) => tasksOn(type, this.task)));
    while (waiting > 0) {
      const type = this.cheapest(waiting);
      this.launch(type, minute);
      waiting -= tasksOn(type, this.task);
    }
    this.age(minute, tasks);
    for (const instance of [...this.instances]) {
      const { state, idleSince = Infinity } = instance;
      if (state === 'active' && minute - idleSince >= this.managed.scaleInAfter) this.remove(instance);
    }
  }

  /** Of the allowed types with a price, the cheapest that takes so many tasks, or the one that takes the most. */
  private cheapest(tasks: number): string {
    const types = pricedInstanceTypes().filter((type) => this.isAllowed(type) && tasksOn(type, this.task) > 0);
    const enough = types.filter((type) => tasksOn(type, this.task) >= tasks);
    const [best] = (enough.length > 0 ? enough : types).toSorted((a, b) => priceOf(`ec2.${a}`) - priceOf(`ec2.${b}`));
    if (best === undefined)
      throw new Error('No instance type with a price meets the requirements of Managed Instances.');
    return best;
  }

  private isAllowed(type: string): boolean {
    const { vCpus, memoryMiB, allowedTypes, allowsBurstable } = this.managed;
    const shape = instanceShape(type);
    if (shape === undefined || (shape.isBurstable && !allowsBurstable)) return false;
    if (isGraviton(type) !== (this.task.architecture === 'arm64')) return false;
    const within = (value: number, { min = 0, max = Infinity }: { min?: number; max?: number }): boolean =>
      value >= min && value <= max;
    const isNamed =
      allowedTypes.length === 0 ||
      allowedTypes.some((each) => new RegExp(`^${each.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(type));
    return within(shape.vCpus, vCpus) && within(shape.memoryMiB, memoryMiB) && isNamed;
  }
}
