import type { Day } from './day';
import { DAY } from './load';
import type { GroupCapacity } from './policies';
import type { Minute, ServiceDay } from './service';

/** A minute to show, and what it shows. */
export interface Moment {
  readonly minute: number;
  readonly caption: string;
  readonly seen: Minute;
}

/** The night of a service whose instances are fewer by night. */
export interface Night {
  readonly stack: string;
  readonly moments: readonly Moment[];
}

type GroupDay = ServiceDay & { readonly policies: { readonly capacity: GroupCapacity } };

const isOnGroup = (day: ServiceDay): day is GroupDay => day.policies.capacity.kind === 'group';

/** The names of containers that are there twice: on the instance that they leave, and on the one that they move to. */
export function movingIn({ tasks }: Minute): string[] {
  const names = tasks.filter(({ instance }) => instance !== undefined).map(({ name }) => name);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

/** The night of each service on an Auto Scaling group whose schedule has fewer instances at one time than at another. */
export function nightsOf({ options }: Day): Night[] {
  return options.flatMap((option) => {
    if (option.kind !== 'service' || !isOnGroup(option.day)) return [];
    const [night] = option.day.policies.capacity.schedule.filter(({ desired }) => desired !== undefined);
    return night === undefined ? [] : [{ stack: option.stack, moments: momentsOf(option.day.minutes, night.minute) }];
  });
}

/** Before the night's action, while containers move, when the instance has gone, and when the morning has moved them back. */
function momentsOf(minutes: readonly Minute[], night: number): Moment[] {
  const following = Array.from({ length: DAY }, (_, after) => (night + after) % DAY);
  const at = (minute: number): Minute => {
    const seen = minutes[minute];
    if (seen === undefined) throw new Error(`The day has no minute ${minute}.`);
    return seen;
  };
  const evening = (night + DAY - 1) % DAY;
  const instancesByDay = at(evening).instances.length;
  const moving = following.find((minute) => movingIn(at(minute)).length > 0);
  const gone = following.find((minute) => at(minute).instances.length < instancesByDay);
  const back =
    gone === undefined
      ? undefined
      : following
          .slice(following.indexOf(gone))
          .find((minute) => isSpread(at(minute), instancesByDay) && movingIn(at(minute)).length === 0);
  const moment = (minute: number | undefined, caption: (seen: Minute) => string): Moment[] =>
    minute === undefined ? [] : [{ minute, caption: caption(at(minute)), seen: at(minute) }];
  return [
    ...moment(evening, (seen) => `by day: ${count(seen.instances.length, 'instance')}`),
    ...moment(moving, (seen) => `one drains: ${movingIn(seen).join(' and ')} starts on the other first`),
    ...moment(gone, (seen) => `by night: ${count(seen.instances.length, 'instance')}`),
    ...moment(back, (seen) => `morning: ${count(seen.instances.length, 'instance')} again`),
  ];
}

const count = (amount: number, one: string): string => `${amount} ${one}${amount === 1 ? '' : 's'}`;

const isSpread = ({ instances, tasks }: Minute, wanted: number): boolean =>
  instances.length >= wanted &&
  instances.every(({ id, state }) => state === 'active' && tasks.some(({ instance }) => instance === id));
