const MINUTES_A_DAY = 1_440;

/** From a time of day on there are at least so many of something. */
export interface Change {
  /** A cron expression, as Auto Scaling (`0 7 * * *`) or Application Auto Scaling (`cron(0 7 * * ? *)`) has it. */
  readonly at: string;
  readonly least: number;
}

/** The minute of the day, or undefined where the expression is not for the same time of every day. */
function minuteOfDay(expression: string): number | undefined {
  const match = /^(?:cron\()?(\d+) (\d+) [*?] [*?] [*?](?: \*\))?$/.exec(expression.trim());
  return match ? Number(match[2]) * 60 + Number(match[1]) : undefined;
}

/**
 * How many there are at least, on the mean of a day.
 *
 * @param otherwise what holds where no schedule says how many; also where one is not daily, and the most of all is taken
 */
export function leastOnMean(changes: readonly Change[], otherwise: number): number {
  const timed = changes.map(({ at, least }) => ({ minute: minuteOfDay(at), least }));
  if (timed.length === 0) return otherwise;
  const daily = timed.filter((change): change is { minute: number; least: number } => change.minute !== undefined);
  if (daily.length < timed.length) return Math.max(otherwise, ...timed.map(({ least }) => least));
  const sorted = daily.toSorted((one, other) => one.minute - other.minute);
  const sum = sorted.reduce((minutes, { minute, least }, index) => {
    const next = sorted[index + 1]?.minute ?? (sorted[0]?.minute ?? 0) + MINUTES_A_DAY;
    return minutes + (next - minute) * least;
  }, 0);
  return sum / MINUTES_A_DAY;
}
