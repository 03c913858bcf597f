/** `23:00-07:00 Asia/Seoul`, or `none`. */
export const NIGHT = /^(none|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d [A-Za-z]+(\/[A-Za-z0-9_+-]+)*)$/;

/** A time of day. */
export interface TimeOfDay {
  readonly hour: string;
  readonly minute: string;
}

/** From when to when, every day, by the clocks of a time zone. */
export interface NightWindow {
  readonly from: TimeOfDay;
  readonly to: TimeOfDay;
  readonly timeZone: string;
}

/** What the option `ecs.night` says; undefined where there is no night. */
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

/** The time of day some minutes after a window begins; in one so short that it would nearly be over, half-way through it. */
export function minutesInto({ from, to }: NightWindow, minutes: number): TimeOfDay {
  const [begin, end] = [minuteOfDay(from), minuteOfDay(to)];
  const length = (end - begin + MINUTES_A_DAY) % MINUTES_A_DAY;
  const then = (begin + Math.min(minutes, Math.floor(length / 2))) % MINUTES_A_DAY;
  return { hour: String(Math.floor(then / 60)), minute: String(then % 60) };
}

const MINUTES_A_DAY = 24 * 60;
const minuteOfDay = ({ hour, minute }: TimeOfDay): number => Number(hour) * 60 + Number(minute);

/** Whether the IANA database has a time zone of that name. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Whether a window begins at the very minute at which it ends, so that nobody can say which of the two it is. */
export function isNoTime(night: string): boolean {
  const window = nightWindow(night);
  return window !== undefined && window.from.hour === window.to.hour && window.from.minute === window.to.minute;
}
