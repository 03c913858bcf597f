import { readFileSync } from 'node:fs';
import path from 'node:path';
import { COMPARED } from '../../lib/app';
import type { Comparison } from '../../lib/shared/compute-option';
import type { FunctionFigures } from '../bench/functions';
import type { Figures } from '../figures';
import { markdownTable } from '../table';
import { candidates, hasOwnLine, synthesise, type Stack } from './assembly';
import { COLOURS, drawChart } from './chart';
import { crossingsOf, curvesOf, rangesOf, type Curve } from './crossover';
import { curvesIn, inWords, rangeRow } from './crossover-report';
import { dollars, idleCost, REGION } from './idle';
import { measuredLoad } from './measured';
import { readPrices } from './prices';

const ROOT = path.join(__dirname, '..', '..');

type Theme = keyof typeof COLOURS;

/** The chart of the README, one for each theme of its reader. */
const CHARTS: Readonly<Record<Theme, string>> = {
  light: path.join(ROOT, 'docs', 'crossover-light.svg'),
  dark: path.join(ROOT, 'docs', 'crossover-dark.svg'),
};

/** Start to first answer alone. */
const startOf = (measured: Comparison['measured'], from: Figures): string =>
  speedsOf(measured, from).split(' / ')[0] ?? '';

/** Start to first answer, and a thumbnail when warm, in ms on the machine of docs/figures.md; a function with its share of a processor. */
function speedsOf(measured: Comparison['measured'], { lambda, server, image, ways }: Figures): string {
  const ms = (value: number | undefined): string => (value === undefined ? 'not measured' : value.toFixed(0));
  const warm = ms(measuredLoad(0).cpuMs);
  switch (measured) {
    case 'server':
      return `${ms(server.firstAnswer.median)} / ${warm}`;
    case 'image': {
      const healthy = 'healthy' in image ? image.healthy : [];
      return `${ms(healthy.find(({ cpus }) => cpus < 1)?.median)} / ${warm}`;
    }
    case 'function':
      return ofFunction(lambda.thumbnail);
    case 'image-function':
      return 'notMeasured' in lambda.image ? 'not measured' : ofFunction(lambda.image);
    case 'web-function': {
      const way = ways.rows.find(({ name }) => name === 'web-function');
      const isThere = way !== undefined && 'warmMs' in way;
      return isThere ? `${ms(way.coldMs?.median)} / ${ms(way.warmMs.p50)}` : 'not measured';
    }
  }
}

const ofFunction = ({ throttled, ...whole }: FunctionFigures): string => {
  const { coldMs, warmMs } = throttled ?? whole;
  return `${coldMs.median.toFixed(0)} / ${warmMs.p50.toFixed(0)}`;
};

const figures = (): Figures => JSON.parse(readFileSync(path.join(ROOT, 'docs', 'figures.json'), 'utf8')) as Figures;

interface Priced {
  readonly stacks: readonly Stack[];
  readonly curves: readonly Curve[];
}

let priced: Priced | undefined;

/** The app as it is declared by default, and at the sizes of the crossover; synthesised once. */
function price(): Priced {
  if (priced) return priced;
  const stacks = synthesise({});
  const model = { load: measuredLoad(1e6), book: readPrices(REGION), freeTier: false };
  return (priced = { stacks, curves: curvesOf(candidates(stacks, {}), model) });
}

function optionsTable({ stacks, curves }: Priced): string {
  const book = readPrices(REGION);
  const measured = figures();
  const onDemand = curvesIn(curves, 'on-demand');
  // Also what has no price: it is there to be compared by the rest.
  const rows = [...COMPARED].flatMap(([id, { comparison }]) => {
    if (comparison === undefined) return [];
    const at = onDemand.find(({ option }) => option === id)?.at;
    return [
      [
        comparison.title,
        dollars(idleCost(stacks, book, id)),
        dollars(at?.(1e6)?.usd),
        dollars(at?.(1e8)?.usd),
        speedsOf(comparison.measured, measured),
        comparison.scales,
        comparison.back,
      ],
    ];
  });
  return markdownTable(
    [
      'option',
      'idle, USD a month',
      'at 1 million requests',
      'at 100 million',
      'cold / warm, ms',
      'scales',
      'goes back',
    ],
    rows,
  );
}

function crossover({ curves }: Priced): string {
  const onDemand = curvesIn(curves, 'on-demand').filter(hasOwnLine);
  const ranges = markdownTable(['requests a month', 'cheapest on demand'], rangesOf(onDemand).map(rangeRow));
  const lambda = onDemand.find(({ option }) => option === 'Lambda');
  const crossings = onDemand
    .filter((each) => each !== lambda)
    .flatMap((each) => (lambda ? crossingsOf(each, lambda) : []))
    .toSorted((one, other) => one.at - other.at)
    .map(({ at, cheaper, than }) => `from ${inWords(at)} requests on, ${cheaper} is cheaper than ${than}`);
  const sentence =
    crossings.length > 0 ? `Where the lines of Lambda and the others cross: ${crossings.join('; ')}.` : '';
  return [ranges, sentence].filter((part) => part !== '').join('\n\n');
}

/** The README with its generated parts as they are now. */
export function renderReadme(readme: string): string {
  const all = price();
  return Object.entries({ 'options and costs': optionsTable(all), crossover: crossover(all) }).reduce(
    (text, [name, content]) => replaced(text, name, content),
    readme,
  );
}

/** docs/choosing.md with the row of starts as they were measured, in the order of its columns. */
export function renderChoosing(page: string): string {
  const measured = figures();
  const [header = ''] = /^\| \| \[.*$/m.exec(page) ?? [];
  const starts = [...header.matchAll(/\[(\w+)\]/g)].map(([, id = '']) => {
    const comparison = COMPARED.get(id)?.comparison;
    if (comparison === undefined) throw new Error(`docs/choosing.md has a column of ${id}, which is not compared.`);
    return startOf(comparison.measured, measured);
  });
  const row = `| ${STARTS} | ${starts.join(' | ')} |`;
  const pattern = /^\| starts, .*$/m;
  if (starts.length === 0 || !pattern.test(page)) throw new Error('docs/choosing.md has no row of starts.');
  return page.replace(pattern, row);
}

const STARTS = 'starts, when there is a machine, ms [6]';

function replaced(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}: npm run readme -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md has no "${begin}" before "${end}".`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

/** The files of the chart, each with its content. */
export function renderCharts(): (readonly [file: string, svg: string])[] {
  const { curves } = price();
  const onDemand = curvesIn(curves, 'on-demand').filter(hasOwnLine);
  const options = onDemand.map(({ option }) => option);
  const draw = (theme: Theme): string => {
    const { svg } = drawChart(onDemand, {
      colour: (option) => COLOURS[theme][options.indexOf(option) % COLOURS[theme].length] ?? '',
      ink: theme === 'light' ? '#1f2328' : '#e6edf3',
      background: theme === 'light' ? '#ffffff' : '#0d1117',
    });
    return `${svg}\n`;
  };
  return (Object.keys(CHARTS) as Theme[]).map((theme) => [CHARTS[theme], draw(theme)] as const);
}
