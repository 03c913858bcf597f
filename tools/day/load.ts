/** Minutes of a day. */
export const DAY = 24 * 60;

/** Requests by the minute, for each minute of a day. */
export type Requests = readonly number[];

/** What one request takes. */
export interface Work {
  /** Seconds of one vCPU: 33.5 thumbnails a second on two of them (docs/figures.md, "The service as a server"). */
  readonly cpuSeconds: number;
}

export const WORK: Work = { cpuSeconds: 2 / 33.5 };

// The hours between which the load changes evenly, and the requests a minute at each.
const COURSE: readonly (readonly [hour: number, requests: number])[] = [
  [0, 20],
  [2, 6],
  [6, 8],
  [7, 60],
  [9, 330],
  [11.5, 520],
  [13, 420],
  [15, 480],
  [18, 320],
  [20, 380],
  [22, 160],
  [23, 60],
  [24, 20],
];

/** A day of a small service whose users are in one time zone: busy from morning to evening, nearly idle by night. */
export const ORDINARY_DAY: Requests = Array.from({ length: DAY }, (_, minute) => {
  const hour = minute / 60;
  const at = COURSE.findIndex(([until]) => until > hour);
  const [[fromHour, from] = [0, 0], [toHour, to] = [24, 0]] = [COURSE[at - 1], COURSE[at]];
  return Math.round(from + ((to - from) * (hour - fromHour)) / (toHour - fromHour));
});

/**
 * A day from a file: a number of requests for each minute, one a line.
 *
 * @throws Error that says which line is wrong, and how
 */
export function parseRequests(text: string): Requests {
  const lines = text.trim().split(/\r?\n/);
  if (lines.length !== DAY)
    throw new Error(`The file has ${lines.length} lines: a day has ${DAY} minutes, and each minute one line.`);
  return lines.map((line, index) => {
    const requests = Number(line);
    if (line.trim() === '' || !Number.isFinite(requests) || requests < 0)
      throw new Error(`Line ${index + 1} is ${JSON.stringify(line)}: it must be a number of requests, 0 or more.`);
    return requests;
  });
}

/** `415` as `06:55`. */
export const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60) % 24).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
