import { plot as plotIn, lineY, gridX, gridY, axisX, axisY, text } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { FEWEST, loads, MOST, type Curve } from './crossover';
import { inWords, planName } from './crossover-report';

/** Colours of the lines, one an option in the order of the app; each 3 : 1 and more on its background. */
export const COLOURS = {
  light: ['#b45309', '#15803d', '#1d4ed8', '#7e22ce', '#be123c', '#0f766e', '#4d7c0f', '#86198f'],
  dark: ['#fbbf24', '#4ade80', '#60a5fa', '#c084fc', '#fb7185', '#2dd4bf', '#a3e635', '#f0abfc'],
} as const;

export interface ChartOptions {
  /** The colour of an option, as CSS has it. */
  readonly colour: (option: string) => string;
  /** The colour of axes and words. */
  readonly ink: string;
  /**
   * Behind the chart.
   * @default - nothing
   */
  readonly background?: string;
}

const WIDTH = 860;
const HEIGHT = 480;
const MARGIN = { marginLeft: 76, marginRight: 96, marginTop: 28, marginBottom: 44 };
/** Between the names at the ends of lines, in pixels. */
const NAME_HEIGHT = 15;
const POINTS_A_DECADE = 20;

/** A chart as SVG, and where on it a load is. */
export interface Chart {
  readonly svg: string;
  readonly width: number;
  readonly x: (requests: number) => number;
}

// Both libraries speak of the DOM, whose types nothing else here needs.
interface Element {
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
}
interface Drawn extends Element {
  readonly outerHTML: string;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
  scale(name: 'x'): { apply(value: number): number } | undefined;
}
const plot = plotIn as unknown as (options: Readonly<Record<string, unknown>>) => Drawn;
const newDocument = (): unknown =>
  (parseHTML('<!doctype html><html><body></body></html>') as { document: unknown }).document;

/** Cost by load, both logarithmic; a line for each curve, with its option's name at its end. */
export function drawChart(curves: readonly Curve[], { colour, ink, background }: ChartOptions): Chart {
  const values = curves.map((each) => ({
    ...each,
    points: loads(POINTS_A_DECADE).flatMap((requests) => {
      const point = each.at(requests);
      return point ? [{ requests, usd: point.usd }] : [];
    }),
  }));
  const all = values.flatMap(({ points }) => points.map(({ usd }) => usd));
  const domain = [10 ** Math.floor(Math.log10(Math.min(...all))), 10 ** Math.ceil(Math.log10(Math.max(...all)))];
  const drawn = plot({
    document: newDocument(),
    width: WIDTH,
    height: HEIGHT,
    ...MARGIN,
    style: { color: ink, fontSize: '13px', ...(background !== undefined && { background }) },
    x: { type: 'log', domain: [FEWEST, MOST] },
    y: { type: 'log', domain },
    marks: [
      gridX({ ticks: decades(FEWEST, MOST), stroke: ink, strokeOpacity: 0.15 }),
      gridY({ ticks: decades(...(domain as [number, number])), stroke: ink, strokeOpacity: 0.15 }),
      axisX({ ticks: decades(FEWEST, MOST), tickFormat: short, label: 'requests a month' }),
      axisY({ ticks: decades(...(domain as [number, number])), tickFormat: dollars, label: 'USD a month' }),
      ...values.map(({ option, plan, points }) =>
        lineY(points, {
          x: 'requests',
          y: 'usd',
          stroke: colour(option),
          strokeWidth: 2.5,
          ariaDescription: `${option}, ${planName(plan)}`,
        }),
      ),
      ...namesAtEnds(values, domain as [number, number]).map(({ option, plan, usd, dy }) =>
        text([{ requests: MOST, usd }], {
          x: 'requests',
          y: 'usd',
          text: () => option,
          fill: colour(option),
          fontWeight: 'bold',
          textAnchor: 'start',
          dx: 6,
          dy,
          ariaDescription: `name of ${option}, ${planName(plan)}`,
        }),
      ),
    ],
  });
  for (const { option, plan } of values) {
    const line = `${option}, ${planName(plan)}`;
    for (const label of [line, `name of ${line}`]) {
      const element = drawn.querySelector(`[aria-description="${label}"]`);
      element?.setAttribute('data-plan', plan);
      element?.setAttribute('data-name', label);
    }
  }
  // The chart is one image: what is in it has no role that could bear a name.
  for (const element of drawn.querySelectorAll('[aria-label]')) element.removeAttribute('aria-label');
  for (const element of drawn.querySelectorAll('[aria-description]')) element.removeAttribute('aria-description');
  const scale = drawn.scale('x');
  drawn.setAttribute('role', 'img');
  drawn.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return { svg: drawn.outerHTML, width: WIDTH, x: (requests) => scale?.apply(requests) ?? 0 };
}

/** Names one under the other where their lines end close together, for each plan by itself. */
function namesAtEnds(
  values: readonly (Curve & { readonly points: readonly { readonly usd: number }[] })[],
  [low, high]: readonly [number, number],
) {
  const pixels = HEIGHT - MARGIN.marginTop - MARGIN.marginBottom;
  const y = (usd: number): number => (pixels * Math.log10(high / usd)) / Math.log10(high / low);
  return [...new Set(values.map(({ plan }) => plan))].flatMap((plan) => {
    let last = -Infinity;
    return values
      .filter((each) => each.plan === plan)
      .map((each) => ({ ...each, usd: each.points.at(-1)?.usd ?? low }))
      .toSorted((one, other) => other.usd - one.usd)
      .map((each) => {
        const at = Math.max(y(each.usd), last + NAME_HEIGHT);
        last = at;
        return { ...each, dy: at - y(each.usd) };
      });
  });
}

/** 1 thousand takes the room of ten on an axis. */
const short = (requests: number): string =>
  inWords(requests).replace(' thousand', ',000').replace(' million', ' m').replace(' billion', ' bn');

const decades = (low: number, high: number): number[] =>
  Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, index) => low * 10 ** index);

const dollars = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 2 });
