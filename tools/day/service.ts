import { FargateFleet, type Fleet, GroupFleet, type Instance, ManagedFleet, type Task } from './fleet';
import { DAY, type Requests, type Work } from './load';
import type { Bounds, ServicePolicies } from './policies';
import { TargetTracking } from './target-tracking';

/** A task as it stood at the end of a minute. */
export interface SeenTask {
  readonly name: string;
  readonly state: Task['state'];
  readonly instance: number | undefined;
}
export interface SeenInstance {
  readonly id: number;
  readonly type: string;
  readonly zone: number;
  readonly state: Instance['state'];
}

/** One minute of a service. */
export interface Minute {
  readonly requests: number;
  readonly desired: number;
  readonly tasks: readonly SeenTask[];
  readonly instances: readonly SeenInstance[];
}

export interface ServiceDay {
  readonly policies: ServicePolicies;
  readonly minutes: readonly Minute[];
}

// From placement until the load balancer sends requests: pull, start, two health checks (this project's assumption).
const TASK_START = 1;
// Deregistration, what has begun, and the stop; the timeouts of the template allow 60 s for the last.
const TASK_STOP = 1;
/** Days that are replayed before the one that is shown, so that it begins as it ends. */
const DAYS_BEFORE = 1;

/**
 * Replays a day of requests against the policies of a service, minute by minute. A minute goes: schedules set bounds,
 * tasks change state, metrics are measured, policies set the number of tasks, tasks start and stop, instances follow.
 */
export function replayService(policies: ServicePolicies, requests: Requests, work: Work): ServiceDay {
  const replay = new Replay(policies, work);
  const minutes: Minute[] = [];
  for (let minute = 0; minute < DAY * (DAYS_BEFORE + 1); minute += 1) {
    const seen = replay.next(minute, requests[minute % DAY] ?? 0);
    if (minute >= DAY * DAYS_BEFORE) minutes.push(seen);
  }
  return { policies, minutes };
}

const fleetFor = (policies: ServicePolicies): Fleet => {
  const { capacity } = policies;
  if (capacity.kind === 'group') return new GroupFleet(capacity, policies);
  if (capacity.kind === 'managed') return new ManagedFleet(capacity, policies);
  return new FargateFleet(capacity, policies.balancerZones);
};

class Replay {
  private tasks: Task[] = [];
  private bounds: Bounds;
  private desired: number;
  private ids = 0;
  private readonly fleet: Fleet;
  private readonly tracking: TargetTracking;

  constructor(
    private readonly policies: ServicePolicies,
    private readonly work: Work,
  ) {
    this.bounds = policies.bounds;
    this.desired = policies.bounds.min;
    this.fleet = fleetFor(policies);
    this.tracking = new TargetTracking(policies.tracking);
  }

  next(minute: number, requests: number): Minute {
    const minuteOfDay = minute % DAY;
    this.applySchedule(minuteOfDay);
    this.fleet.applySchedule(minuteOfDay, minute);
    this.age(minute);
    this.scale(minute, requests);
    this.reconcile(minute);
    this.moveFromDraining(minute);
    this.rebalance(minute);
    this.placeWaiting(minute);
    this.fleet.follow(minute, this.tasks);
    return this.seen(requests);
  }

  /** New bounds; a number of tasks outside of them becomes the nearest inside. */
  private applySchedule(minuteOfDay: number): void {
    for (const { minute, min, max } of this.policies.schedule)
      if (minute === minuteOfDay) this.bounds = { min: min ?? this.bounds.min, max: max ?? this.bounds.max };
    this.desired = Math.min(this.bounds.max, Math.max(this.bounds.min, this.desired));
  }

  private age(minute: number): void {
    for (const task of this.tasks) {
      if (task.state !== 'starting' || minute < task.until) continue;
      task.state = 'running';
      if (task.replaces?.state === 'running') this.stop(task.replaces, minute);
    }
    this.tasks = this.tasks.filter(({ state, until }) => state !== 'stopping' || minute < until);
  }

  private scale(minute: number, requests: number): void {
    const running = this.tasks.filter(({ state }) => state === 'running').length;
    if (running === 0) return;
    const { cpuUnits } = this.policies.task;
    const metrics = {
      cpu: ((requests * this.work.cpuSeconds) / 60 / ((running * cpuUnits) / 1024)) * 100,
      requests: requests / running,
    };
    this.desired = this.tracking.next(minute, this.desired, this.bounds, metrics, running);
  }

  /** Starts and stops tasks until there are as many as wanted, not counting successors of those that move. */
  private reconcile(minute: number): void {
    const own = this.tasks.filter(({ state, replaces }) => state !== 'stopping' && !isMoving(replaces));
    for (let missing = this.desired - own.length; missing > 0; missing -= 1) this.start(minute, this.freeName());
    for (let surplus = own.length - this.desired; surplus > 0; surplus -= 1) {
      const [leaving] = own
        .filter(({ state }) => state !== 'stopping')
        .toSorted((a, b) => this.inZone(b.zone) - this.inZone(a.zone) || b.id - a.id);
      if (leaving) this.stop(leaving, minute);
    }
  }

  /** A, B, C: the first name that no task has. */
  private freeName(): string {
    const taken = new Set(this.tasks.map(({ name }) => name));
    for (let index = 0; ; index += 1) {
      const name = index < 26 ? String.fromCharCode(65 + index) : `T${index + 1}`;
      if (!taken.has(name)) return name;
    }
  }

  private inZone(zone: number): number {
    return this.tasks.filter((task) => task.zone === zone && task.state === 'running').length;
  }

  private start(minute: number, name: string, replaces?: Task): void {
    this.ids += 1;
    const place = this.fleet.place(this.tasks);
    this.tasks.push({
      id: this.ids,
      name,
      instance: place?.instance,
      zone: place?.zone ?? -1,
      state: place ? 'starting' : 'waiting',
      until: minute + TASK_START,
      ...(replaces && { replaces }),
    });
  }

  private stop(task: Task, minute: number): void {
    if (task.state === 'running') {
      task.state = 'stopping';
      task.until = minute + TASK_STOP;
    } else this.tasks = this.tasks.filter((each) => each !== task);
  }

  private placeWaiting(minute: number): void {
    for (const task of this.tasks) {
      if (task.state !== 'waiting') continue;
      const place = this.fleet.place(this.tasks);
      if (place === undefined) return;
      Object.assign(task, { ...place, state: 'starting', until: minute + TASK_START });
    }
  }

  /**
   * Managed draining: of the tasks on an instance that leaves, successors start elsewhere, and they stop when those run.
   * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instance-draining.html
   */
  private moveFromDraining(minute: number): void {
    const leaving = this.tasks.filter(({ state, instance }) => state === 'running' && instance?.state === 'draining');
    for (const task of leaving)
      if (!this.tasks.some(({ replaces }) => replaces === task)) this.start(minute, task.name, task);
  }

  /**
   * Where zones with capacity differ by more than one task, one moves: its successor starts in the emptier zone first.
   * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
   */
  private rebalance(minute: number): void {
    const { zones } = this.fleet;
    if (!this.policies.rebalances || zones.length < 2 || this.tasks.some(({ replaces }) => isMoving(replaces))) return;
    const counts = zones.map((zone) => ({ zone, tasks: this.inZone(zone) })).sort((a, b) => b.tasks - a.tasks);
    const [fullest, emptiest] = [counts[0], counts.at(-1)];
    if (fullest === undefined || emptiest === undefined || fullest.tasks - emptiest.tasks < 2) return;
    const moving = this.tasks.findLast(({ zone, state }) => zone === fullest.zone && state === 'running');
    if (moving && this.fleet.place(this.tasks)?.zone === emptiest.zone) this.start(minute, moving.name, moving);
  }

  private seen(requests: number): Minute {
    return {
      requests,
      desired: this.desired,
      tasks: this.tasks.map(({ name, state, instance }) => ({ name, state, instance: instance?.id })),
      instances: this.fleet.instances.map(({ id, type, zone, state }) => ({ id, type, zone, state })),
    };
  }
}

/** Whether a task that is to be replaced is still there. */
const isMoving = (task: Task | undefined): boolean => task?.state === 'running';
