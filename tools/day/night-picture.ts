import { svgDocument, n, textLine, useIcon } from '../pictures/svg';
import { wrap } from '../pictures/text';
import type { Theme } from '../pictures/themes';
import { clock } from './load';
import type { Moment, Night } from './night';
import type { SeenInstance, SeenTask } from './service';

const INSTANCE_ICON = 'resource/AmazonEC2Instance';
const TASK_ICON = 'resource/AmazonElasticContainerServiceContainer1';

const WIDTH = 440;
const MARGIN = 10;
const GAP = 10;
const CAPTION = 24;
const HEAD = 40;
const CHIP = { width: 86, height: 44, gap: 8 };

const zoneName = (zone: number): string => `zone ${String.fromCharCode(97 + zone)}`;

const CHIP_NOTES: Readonly<Record<SeenTask['state'], string>> = {
  waiting: 'waits',
  starting: 'starts',
  running: '',
  stopping: 'stops',
};

/** The columns of all moments: a zone each, so that an instance stands where its successor will. */
const zonesOf = ({ moments }: Night): number[] =>
  [...new Set(moments.flatMap(({ seen }) => seen.instances.map(({ zone }) => zone)))].sort();

/** Draws the moments of a night below each other, every instance in the column of its zone, with its containers. */
export function drawNight(night: Night, theme: Theme): string {
  const zones = zonesOf(night);
  const width = (WIDTH - GAP * (zones.length - 1)) / Math.max(1, zones.length);
  const perRow = Math.max(1, Math.floor((width - CHIP.gap) / (CHIP.width + CHIP.gap)));
  const body: string[] = [];
  let y = MARGIN + 22;
  body.push(textLine(`The night of ${night.stack}`, MARGIN, y, { size: 18, fill: theme.text, bold: true }));
  for (const line of wrap('Replayed from the schedules and policies of its template', WIDTH, 13)) {
    y += 18;
    body.push(textLine(line, MARGIN, y, { size: 13, fill: theme.muted }));
  }
  y += 12;
  for (const moment of night.moments) {
    const rows = Math.max(...zones.map((zone) => Math.ceil(tasksIn(moment, zone).length / perRow)), 1);
    const height = HEAD + rows * (CHIP.height + CHIP.gap) + 4;
    body.push(
      textLine(clock(moment.minute), MARGIN, y + 17, { size: 15, fill: theme.text, bold: true }),
      textLine(moment.caption, MARGIN + 54, y + 17, { size: 13, fill: theme.text }),
    );
    zones.forEach((zone, column) => {
      const x = MARGIN + column * (width + GAP);
      const instance = moment.seen.instances.find((each) => each.zone === zone);
      body.push(drawInstance(instance, zone, { x, y: y + CAPTION, width, height }, theme));
      tasksIn(moment, zone).forEach((task, index) => {
        const left = x + CHIP.gap + (index % perRow) * (CHIP.width + CHIP.gap);
        const top = y + CAPTION + HEAD + Math.floor(index / perRow) * (CHIP.height + CHIP.gap);
        body.push(drawTask(task, left, top, theme, moment.seen.tasks));
      });
    });
    y += CAPTION + height + 16;
  }
  return svgDocument({
    title: `The night of ${night.stack}`,
    description: night.moments.map(({ minute, caption }) => `${clock(minute)} ${caption}`).join('; '),
    width: WIDTH + MARGIN * 2,
    height: y,
    theme,
    icons: [INSTANCE_ICON, TASK_ICON],
    body,
  });
}

const tasksIn = ({ seen }: Moment, zone: number): SeenTask[] => {
  const ids = seen.instances.filter((each) => each.zone === zone).map(({ id }) => id);
  return seen.tasks.filter(({ instance }) => instance !== undefined && ids.includes(instance));
};

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function drawInstance(instance: SeenInstance | undefined, zone: number, place: Place, theme: Theme): string {
  const { x, y, width, height } = place;
  const rectangle = (fill: string, stroke: string, dash: string): string =>
    `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="6" fill="${fill}" stroke="${stroke}" stroke-width="1.5"${dash}/>`;
  if (instance === undefined)
    return [
      rectangle('none', theme.cardLine, ' stroke-dasharray="4 5"'),
      textLine(`no instance in ${zoneName(zone)}`, x + width / 2, y + height / 2 + 4, {
        size: 13,
        fill: theme.muted,
        anchor: 'middle',
      }),
    ].join('');
  const isDraining = instance.state === 'draining';
  return [
    rectangle(theme.card, theme.instances, isDraining ? ' stroke-dasharray="7 4"' : ''),
    useIcon(INSTANCE_ICON, x + 8, y + 8, 24),
    textLine(instance.type, x + 38, y + 19, { size: 13, fill: theme.text, bold: true }),
    textLine(`${zoneName(zone)}${isDraining ? ', draining' : ''}`, x + 38, y + 33, { size: 12, fill: theme.muted }),
  ].join('');
}

function drawTask(task: SeenTask, x: number, y: number, theme: Theme, all: readonly SeenTask[]): string {
  const leaves = task.state === 'running' && all.some((each) => each.name === task.name && each !== task);
  const isFirm = task.state === 'running' && !leaves;
  const note = leaves ? 'moves' : CHIP_NOTES[task.state];
  return [
    `<rect x="${n(x)}" y="${n(y)}" width="${CHIP.width}" height="${CHIP.height}" rx="5" fill="${theme.background}" stroke="${theme.tasks}" stroke-width="1.5"${isFirm ? '' : ' stroke-dasharray="4 3"'}/>`,
    useIcon(TASK_ICON, x + 6, y + 9, 26),
    textLine(task.name, x + 39, note === '' ? y + 28 : y + 20, { size: 16, fill: theme.text, bold: true }),
    note === '' ? '' : textLine(note, x + 39, y + 36, { size: 12, fill: theme.muted }),
  ].join('');
}
