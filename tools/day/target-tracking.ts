import type { Bounds, Tracking } from './policies';

/**
 * Minutes that a metric has to be above the target before capacity is added, and below 90 % of it before capacity is
 * removed. AWS's guide names no figures; these are of the alarms that a policy makes, which CloudWatch shows: 3 of 3
 * datapoints of a minute, and 15 of 15 with a threshold that is a tenth lower.
 * https://github.com/aws/containers-roadmap/issues/1208
 */
export const OUT_AFTER = 3;
export const IN_AFTER = 15;
export const IN_BELOW = 0.9;

interface Watched {
  readonly policy: Tracking;
  above: number;
  below: number;
  latest: number;
}

/**
 * The capacity that target tracking policies want, minute by minute.
 *
 * - Capacity is added in proportion to the metric, and rounded up; removed more gradually, here one by one.
 * - Of several policies, the one that wants the most capacity counts; capacity is removed only if all agree.
 * - After an addition, a cooldown passes before the next; one that wants more than was added is not held up.
 * - After a removal, a cooldown passes before the next removal; an addition comes at once and ends it.
 */
export class TargetTracking {
  private readonly watched: readonly Watched[];
  private noInBefore = -Infinity;
  private lastOut: { readonly until: number; readonly capacity: number } = { until: -Infinity, capacity: 0 };

  constructor(policies: readonly Tracking[]) {
    this.watched = policies.map((policy) => ({ policy, above: 0, below: 0, latest: 0 }));
  }

  /**
   * The capacity after this minute.
   *
   * @param capacity what is wanted so far
   * @param metrics the value of each metric in this minute
   * @param running the tasks that the metrics are of
   */
  next(
    minute: number,
    capacity: number,
    bounds: Bounds,
    metrics: Readonly<Record<Tracking['metric'], number>>,
    running: number,
  ): number {
    for (const each of this.watched) {
      const value = metrics[each.policy.metric];
      each.latest = value;
      each.above = value > each.policy.target ? each.above + 1 : 0;
      each.below = value < each.policy.target * IN_BELOW ? each.below + 1 : 0;
    }
    const wanted = this.out(minute, capacity, bounds, running) ?? this.in(minute, capacity, running);
    return Math.min(bounds.max, Math.max(bounds.min, wanted));
  }

  /** Undefined where no policy wants more. */
  private out(minute: number, capacity: number, { max }: Bounds, running: number): number | undefined {
    const alarmed = this.watched.filter(({ above }) => above >= OUT_AFTER);
    const wanted = Math.min(
      max,
      Math.max(0, ...alarmed.map(({ latest, policy }) => Math.ceil((running * latest) / policy.target))),
    );
    if (alarmed.length === 0) return undefined;
    if (wanted <= capacity) return capacity;
    if (minute < this.lastOut.until && wanted <= this.lastOut.capacity) return capacity;
    const cooldown = Math.max(...alarmed.map(({ policy }) => policy.scaleOutCooldown));
    this.lastOut = { until: minute + cooldown, capacity: wanted };
    this.noInBefore = -Infinity;
    return wanted;
  }

  private in(minute: number, capacity: number, running: number): number {
    const deciding = this.watched.filter(({ policy }) => !policy.disableScaleIn);
    const agreed = deciding.length > 0 && deciding.every(({ below }) => below >= IN_AFTER);
    if (!agreed || minute < this.noInBefore) return capacity;
    // With one less, no policy may want it back at once.
    const staysBelow = deciding.every(
      ({ latest, policy }) => capacity > 1 && (latest * running) / (capacity - 1) <= policy.target,
    );
    if (!staysBelow) return capacity;
    this.noInBefore = minute + Math.max(...deciding.map(({ policy }) => policy.scaleInCooldown));
    return capacity - 1;
  }
}
