import { n, svgDocument, textLine } from '../pictures/svg';
import { wrap } from '../pictures/text';
import type { Theme } from '../pictures/themes';
import type { Day, OptionDay } from './day';
import { figures } from './figures';
import { DAY, type Requests } from './load';

const WIDTH = 440;
const MARGIN = 10;
const CHART = { left: 26, height: 84 } as const;

const x = (minute: number): number => MARGIN + CHART.left + (minute / DAY) * (WIDTH - CHART.left);

interface Line {
  readonly values: readonly number[];
  readonly colour: string;
  readonly width: number;
}

/** The lines of an option: what is there by the minute. */
function linesOf(option: OptionDay, theme: Theme): Line[] {
  if (option.kind === 'function')
    return [{ values: option.day.minutes.map(({ concurrency }) => concurrency), colour: theme.tasks, width: 2 }];
  const { minutes, policies } = option.day;
  const tasks = minutes.map((minute) => minute.tasks.filter(({ state }) => state === 'running').length);
  return [
    { values: tasks, colour: theme.tasks, width: 2 },
    ...(policies.capacity.kind === 'fargate'
      ? []
      : [{ values: minutes.map(({ instances }) => instances.length), colour: theme.instances, width: 3.5 }]),
  ];
}

/** A line with a step at each change. */
function steps(values: readonly number[], y: (value: number) => number): string {
  let path = '';
  values.forEach((value, minute) => {
    if (minute === 0) path = `M${n(x(0))} ${n(y(value))}`;
    else if (n(y(value)) !== n(y(values[minute - 1] ?? NaN))) path += `H${n(x(minute))}V${n(y(value))}`;
  });
  return `${path}H${n(x(DAY))}`;
}

/** The requests of the day behind a chart, so that a reader sees what the lines follow. */
function requestsArea(requests: Requests, bottom: number, theme: Theme): string {
  const most = Math.max(1, ...requests);
  const points = Array.from({ length: DAY / 15 + 1 }, (_, i) => {
    const minute = i * 15;
    const value = requests[Math.min(minute, DAY - 1)] ?? 0;
    return `${n(x(minute))} ${n(bottom - (value / most) * CHART.height)}`;
  });
  return `<path d="M${n(x(0))} ${n(bottom)}L${points.join('L')}L${n(x(DAY))} ${n(bottom)}z" fill="${theme.requests}" fill-opacity="0.22"/>`;
}

function drawChart(option: OptionDay, requests: Requests, top: number, theme: Theme): string[] {
  const lines = linesOf(option, theme);
  const most = Math.ceil(Math.max(1, ...lines.flatMap(({ values }) => values)));
  const bottom = top + CHART.height;
  const y = (value: number): number => bottom - (value / (most + 0.3)) * CHART.height;
  const marks = Array.from({ length: most + 1 }, (_, value) => value).filter((value) => most <= 4 || value % 2 === 0);
  return [
    ...marks.flatMap((value) => [
      `<path d="M${n(x(0))} ${n(y(value))}H${n(x(DAY))}" stroke="${theme.cardLine}" stroke-width="1"/>`,
      textLine(String(value), MARGIN + CHART.left - 6, y(value) + 4, { size: 12, fill: theme.muted, anchor: 'end' }),
    ]),
    requestsArea(requests, bottom, theme),
    ...[...lines]
      .reverse()
      .map(
        ({ values, colour, width }) =>
          `<path d="${steps(values, y)}" fill="none" stroke="${colour}" stroke-width="${width}"/>`,
      ),
    ...[0, 6, 12, 18, 24].map((hour) =>
      textLine(`${String(hour).padStart(2, '0')}:00`, x(hour * 60), bottom + 15, {
        size: 12,
        fill: theme.muted,
        anchor: hour === 0 ? 'start' : hour === 24 ? 'end' : 'middle',
      }),
    ),
  ];
}

function legend(y: number, theme: Theme): string[] {
  const entries = [
    { colour: theme.tasks, text: 'tasks, or executions at once' },
    { colour: theme.instances, text: 'instances' },
    { colour: theme.requests, text: 'requests' },
  ];
  const lefts = [MARGIN, MARGIN + 240, MARGIN + 350];
  return entries.flatMap(({ colour, text }, i) => {
    const left = lefts[i] ?? MARGIN;
    return [
      `<rect x="${n(left)}" y="${n(y - 9)}" width="14" height="8" rx="2" fill="${colour}"/>`,
      textLine(text, left + 19, y, { size: 12, fill: theme.text }),
    ];
  });
}

/** Draws the day: a chart of each option, with its hours and its cost. */
export function drawDay(day: Day, theme: Theme): string {
  const total = day.requests.reduce((all, each) => all + each, 0).toLocaleString('en');
  const description = `${total} requests in 24 hours, the most ${Math.max(...day.requests)} a minute`;
  const body: string[] = [
    textLine('The same day on each option', MARGIN, 32, { size: 18, fill: theme.text, bold: true }),
  ];
  let y = 32;
  for (const line of wrap(description, WIDTH, 13)) {
    y += 18;
    body.push(textLine(line, MARGIN, y, { size: 13, fill: theme.muted }));
  }
  y += 24;
  body.push(...legend(y, theme));
  y += 14;
  for (const option of day.options) {
    body.push(textLine(`${option.stack}: ${option.title}`, MARGIN, y + 20, { size: 15, fill: theme.text, bold: true }));
    const lines = wrap(figures(option).join(', '), WIDTH, 13);
    lines.forEach((line, i) => body.push(textLine(line, MARGIN, y + 38 + i * 17, { size: 13, fill: theme.text })));
    const top = y + 34 + lines.length * 17;
    body.push(...drawChart(option, day.requests, top, theme));
    y = top + CHART.height + 28;
  }
  return svgDocument({
    title: 'The same day on each option',
    description,
    width: WIDTH + MARGIN * 2,
    height: y,
    theme,
    icons: [],
    body,
  });
}
