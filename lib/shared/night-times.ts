import type { NightWindow, TimeOfDay } from './night';

/** `23:00-07:00 Asia/Seoul`, or `none`. */
export const NIGHT = /^(none|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d [A-Za-z]+(\/[A-Za-z0-9_+-]+)*)$/;

const MINUTES_A_DAY = 24 * 60;

/** The window that a text of the form `NIGHT` describes; undefined for `none`. */
export function nightWindow(night: string): NightWindow | undefined {
  if (night === 'none') return undefined;
  const [, fromHour, fromMinute, toHour, toMinute, timeZone] = /^(\d\d):(\d\d)-(\d\d):(\d\d) (.*)$/.exec(night) ?? [];
  if (!fromHour || !fromMinute || !toHour || !toMinute || !timeZone) throw new Error(`no window: ${night}`);
  const time = (hour: string, minute: string): TimeOfDay => ({
    hour: String(Number(hour)),
    minute: String(Number(minute)),
  });
  return { from: time(fromHour, fromMinute), to: time(toHour, toMinute), timeZone };
}

/** Why a text of the form `NIGHT` is no window; undefined where it is one. */
export function nightProblem(night: string): string | undefined {
  if (!NIGHT.test(night)) return undefined;
  const window = nightWindow(night);
  if (window === undefined) return undefined;
  if (!isTimeZone(window.timeZone)) return `there is no time zone ${window.timeZone} in the IANA database`;
  return minuteOfDay(window.from) === minuteOfDay(window.to) ? 'the window begins when it ends' : undefined;
}

/** The time of day some minutes after a window begins; the middle of the window where that comes first. */
export function minutesInto({ from, to }: NightWindow, minutes: number): TimeOfDay {
  const [begin, end] = [minuteOfDay(from), minuteOfDay(to)];
  const length = (end - begin + MINUTES_A_DAY) % MINUTES_A_DAY;
  const then = (begin + Math.min(minutes, Math.floor(length / 2))) % MINUTES_A_DAY;
  return { hour: String(Math.floor(then / 60)), minute: String(then % 60) };
}

const minuteOfDay = ({ hour, minute }: TimeOfDay): number => Number(hour) * 60 + Number(minute);

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
