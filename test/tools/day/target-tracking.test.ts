import type { Tracking } from '../../../tools/day/policies';
import { TargetTracking } from '../../../tools/day/target-tracking';

const policy = (changes: Partial<Tracking> = {}): Tracking => ({
  metric: 'requests',
  target: 100,
  scaleInCooldown: 5,
  scaleOutCooldown: 1,
  disableScaleIn: false,
  ...changes,
});
const BOUNDS = { min: 1, max: 10 };

/** The capacity after each minute, where every wanted task runs at once. */
function capacities(
  policies: readonly Tracking[],
  loads: readonly number[],
  from = 1,
  cpu: readonly number[] = [],
): number[] {
  const tracking = new TargetTracking(policies);
  let capacity = from;
  return loads.map((load, minute) => {
    const metrics = { requests: load / capacity, cpu: (cpu[minute] ?? 0) / capacity };
    capacity = tracking.next(minute, capacity, BOUNDS, metrics, capacity);
    return capacity;
  });
}
const constant = (load: number, minutes: number): number[] => Array.from({ length: minutes }, () => load);

test('adds capacity after three minutes above the target, in proportion and rounded up', () => {
  expect(capacities([policy()], constant(350, 4))).toEqual([1, 1, 4, 4]);
});

test('adds nothing where a minute in between is not above the target', () => {
  expect(capacities([policy()], [350, 350, 90, 350, 350])).toEqual([1, 1, 1, 1, 1]);
});

test('removes one task after fifteen minutes below nine tenths of the target', () => {
  expect(capacities([policy()], constant(150, 15), 3)).toEqual([...constant(3, 14), 2]);
});

test('removes nothing between nine tenths of the target and the target', () => {
  expect(capacities([policy()], constant(285, 40), 3)).toEqual(constant(3, 40));
});

test('removes nothing where the fewer tasks would be above the target', () => {
  expect(capacities([policy()], constant(260, 40), 3)).toEqual(constant(3, 40));
});

test('waits for the scale-in cooldown before the next removal', () => {
  const found = capacities([policy()], constant(50, 30), 4);
  expect(found[14]).toBe(3);
  expect(found.slice(15, 19)).toEqual(constant(3, 4));
  expect(found[19]).toBe(2);
});

test('adds at once during a scale-in cooldown', () => {
  expect(capacities([policy()], [...constant(150, 15), ...constant(900, 3)], 3).at(-1)).toBe(9);
});

test('of two policies the one that wants more counts, and both have to agree before a task goes', () => {
  const both = [policy(), policy({ metric: 'cpu', target: 60 })];
  expect(capacities(both, constant(200, 3), 1, constant(240, 3)).at(-1)).toBe(4);
  expect(capacities(both, constant(50, 30), 3, constant(170, 30))).toEqual(constant(3, 30));
});

test('stays within the bounds', () => {
  expect(Math.max(...capacities([policy()], constant(5000, 10)))).toBe(BOUNDS.max);
  expect(Math.min(...capacities([policy()], constant(0, 60), 3))).toBe(BOUNDS.min);
});

test('removes nothing where the policy disables scaling in', () => {
  expect(capacities([policy({ disableScaleIn: true })], constant(0, 40), 3)).toEqual(constant(3, 40));
});
