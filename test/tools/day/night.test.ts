import type { DayUse } from '../../../tools/day/cost';
import { type Day, replayDay } from '../../../tools/day/day';
import { clock, DAY } from '../../../tools/day/load';
import { movingIn, nightsOf } from '../../../tools/day/night';
import type { Minute, ServiceDay } from '../../../tools/day/service';
import { synthesize } from '../../../tools/pictures/assembly';

const dayOf = (options?: Readonly<Record<string, unknown>>): Day => replayDay(synthesize(options));
const service = ({ options }: Day, stack: string): ServiceDay => {
  const found = options.find((option) => option.stack === stack);
  if (found?.kind !== 'service') throw new Error(`${stack} has no service`);
  return found.day;
};

/** The containers that run, and on which instance each, by their names. */
const running = ({ tasks }: Minute): Record<string, number | undefined> =>
  Object.fromEntries(tasks.filter(({ state }) => state === 'running').map(({ name, instance }) => [name, instance]));

let day: Day;
let minutes: readonly Minute[];
beforeAll(() => {
  day = dayOf();
  ({ minutes } = service(day, 'EcsEc2'));
}, 60_000);
const at = (hour: number, minute = 0): Minute => {
  const seen = minutes[hour * 60 + minute];
  if (seen === undefined) throw new Error(`no minute ${hour}:${minute}`);
  return seen;
};

test('two instances run containers by day', () => {
  for (let minute = 7 * 60 + 5; minute < 23 * 60 + 15; minute += 1) {
    const seen = at(0, minute);
    expect(seen.instances).toHaveLength(2);
    const used = new Set(Object.values(running(seen)));
    expect(used.size).toBe(2);
  }
});

test('in the small hours there is one instance, and the container of the second is on the first', () => {
  const [evening, night] = [at(23, 14), at(4)];
  const [first, second] = evening.instances.map(({ id }) => id);
  expect(night.instances.map(({ id }) => id)).toEqual([first]);
  const moved = Object.keys(running(evening)).filter((name) => running(evening)[name] === second);
  expect(moved).not.toEqual([]);
  // The day before went the same way, with the instances of that day.
  const gone = at(23, 59);
  expect(gone.instances.map(({ id }) => id)).toEqual([first]);
  for (const name of moved) expect(running(gone)[name]).toBe(first);
  expect(Object.keys(running(gone)).sort()).toEqual(Object.keys(running(evening)).sort());
});

test('the container runs on the first instance before it stops on the second: at no minute are there fewer', () => {
  for (let minute = 23 * 60; minute < DAY; minute += 1)
    expect(Object.keys(running(at(0, minute)))).toEqual(expect.arrayContaining(['A', 'B']));
  expect(Array.from({ length: 10 }, (_, i) => movingIn(at(23, 15 + i)))).toContainEqual(['B']);
});

test('in the morning the second instance is back, and a container moves to it', () => {
  expect(at(7, 5).instances.map(({ state }) => state)).toEqual(['active', 'active']);
  expect(new Set(Object.values(running(at(7, 5)))).size).toBe(2);
});

test('the moments of the night come from the schedule in the template', () => {
  expect(nightsOf(day).map(({ stack, moments }) => [stack, moments.map(({ minute }) => clock(minute))])).toEqual([
    ['EcsEc2', ['23:14', '23:16', '23:18', '07:05']],
  ]);
  const other = nightsOf(dayOf({ 'schedule.night': '01:30-05:00 Asia/Seoul' }));
  expect(other[0]?.moments.map(({ minute }) => clock(minute))).toEqual(['01:44', '01:46', '01:48', '05:05']);
}, 60_000);

test('without a night the instances stay, and no night is shown', () => {
  const other = dayOf({ 'schedule.night': 'none' });
  expect(nightsOf(other)).toEqual([]);
  expect(service(other, 'EcsEc2').minutes.every(({ instances }) => instances.length === 2)).toBe(true);
}, 60_000);

test('tasks follow the requests: the most at noon, within the bounds of the template', () => {
  const tasks = service(day, 'Fargate').minutes.map((minute) => minute.tasks.length);
  expect(Math.min(...tasks)).toBe(1);
  expect(Math.max(...tasks)).toBe(4);
  expect(tasks[12 * 60]).toBe(4);
});

test('on Spot, tasks above the first make the instances of ManagedInstances cheaper, and no fewer', () => {
  const useWith = (options: Record<string, unknown>): DayUse => {
    const found = dayOf(options).options.find(({ stack }) => stack === 'ManagedInstances');
    if (found === undefined) throw new Error('ManagedInstances was not replayed');
    return found.use;
  };
  const onSpot = useWith({ 'managedInstances.spotPercent': 100, 'managedInstances.tasks': 2 });
  const onDemand = useWith({ 'managedInstances.tasks': 2 });
  expect(onSpot.instanceHours).toBe(onDemand.instanceHours);
  expect(onSpot.cost.compute).toBeLessThan(onDemand.cost.compute);
}, 60_000);

test('the hours and the cost of the day stand beside each option', () => {
  const uses = Object.fromEntries(day.options.map(({ stack, use }) => [stack, use]));
  // 16 h 15 min with two instances, from 07:00 to 23:15, and the minutes in which the second drains.
  expect(uses['EcsEc2']?.instanceHours).toBeCloseTo(24 + 16.25, 0);
  expect(uses['Fargate']?.instanceHours).toBe(0);
  expect(Object.keys(uses)).toEqual(expect.arrayContaining(['EcsEc2', 'Fargate', 'ManagedInstances', 'Lambda']));
  for (const use of Object.values(uses)) expect(use.cost.compute).toBeGreaterThan(0);
});
