import { terminalTable } from '../table';
import { COMPARED, crossingsOf, quotaHits, rangesOf, roundLoads, type Curve, type Range } from './crossover';
import type { Plan } from './price-stack';
import { PLAN_NAMES, usd } from './report';

const UNITS = [
  [1e9, 'billion'],
  [1e6, 'million'],
  [1e3, 'thousand'],
] as const;

/** A load in words: 2 million, 1.4 billion. */
export function inWords(requests: number): string {
  const rounded = Number(requests.toPrecision(2));
  const [size, name] = UNITS.find(([unit]) => rounded >= unit) ?? [1, ''];
  return `${Number((rounded / size).toPrecision(2))} ${name}`.trim();
}

export const planName = (plan: Plan): string => PLAN_NAMES[plan] ?? plan;

export const nameOf = ({ option, size }: Pick<Range, 'option' | 'size'>): string =>
  size === '' ? option : `${option} (${size})`;

/** A range in words, and what is cheapest in it. */
export const rangeRow = (range: Range, index: number, all: readonly Range[]): string[] => [
  index === 0
    ? all.length === 1
      ? 'all of them'
      : `up to ${inWords(range.to)}`
    : index === all.length - 1
      ? `from ${inWords(range.from)}`
      : `${inWords(range.from)} to ${inWords(range.to)}`,
  nameOf(range),
];

export const curvesIn = (curves: readonly Curve[], plan: Plan): Curve[] => curves.filter((each) => each.plan === plan);

/** Ranges, crossings, quotas and figures, for a terminal. */
export function describeCrossover(curves: readonly Curve[]): string {
  const onDemand = curvesIn(curves, 'on-demand');
  const parts = COMPARED.map((plan) => {
    const compared = curvesIn(curves, plan);
    const missing = onDemand.filter(({ option }) => !compared.some((each) => each.option === option));
    const unknown =
      missing.length > 0 ? `\n(no rate is known of ${missing.map(({ option }) => option).join(', ')})` : '';
    const ranges = rangesOf(compared).map(rangeRow);
    return `${terminalTable([`requests a month, ${planName(plan)}`, 'cheapest'], ranges)}${unknown}`;
  });
  const any = rangesOf(curves).map(rangeRow);
  const crossings = pairs(onDemand)
    .flatMap(([one, other]) => crossingsOf(one, other))
    .toSorted((one, other) => one.at - other.at)
    .map(({ at, cheaper, than }) => [inWords(at), `${cheaper} becomes cheaper than ${than}`]);
  const quotas = quotaHits(onDemand)
    .toSorted((one, other) => one.at - other.at)
    .map(({ option, at, quota, byDefault }) => [
      inWords(at),
      `${option} takes more than ${byDefault.toLocaleString('en-US')} ${quota}, which an account has by default`,
    ]);
  const figures = roundLoads().map((requests) => [
    inWords(requests),
    ...onDemand.map((each) => usd(each.at(requests)?.usd)),
  ]);
  return [
    ...parts,
    terminalTable(['requests a month, any plan', 'cheapest'], any),
    terminalTable(['at', 'on demand, the lines cross'], crossings),
    terminalTable(['from', 'a quota is hit'], quotas),
    terminalTable(['requests a month', ...onDemand.map(({ option }) => `${option}, USD`)], figures),
  ].join('\n\n');
}

export const pairs = <T>(all: readonly T[]): [T, T][] =>
  all.flatMap((one, index) => all.slice(index + 1).map((other): [T, T] => [one, other]));
