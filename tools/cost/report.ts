import { terminalTable } from '../table';
import { bySureness, lacksPrice, type Comparison, type Option } from './compare';
import { HOURS, perSecond, type Load } from './load';
import type { Gap, Line, StackCost } from './price-stack';
import { SURENESS, type PriceBook, type Sureness } from './prices';
import type { Capacity } from './rule';

export function usd(value: number | undefined): string {
  if (value === undefined) return 'not priced';
  if (value > 0 && value < 0.005) return '< 0.01';
  return value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

export const quantity = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : 0 });

/** Columns in which numbers stand to the right. */
export function amounts(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const width = (column: number): number => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0));
  const aligned = (row: readonly string[]): string[] =>
    row.map((cell, column) => (right.includes(column) ? cell.padStart(width(column)) : cell));
  return terminalTable(aligned(head), rows.map(aligned));
}

/** What every figure rests on, in sentences. */
export function describeLoad(load: Load, region: string): string {
  const rate = perSecond(load);
  return `${quantity(load.requests)} requests a month: ${quantity(rate)} a second on the mean, ${quantity(rate * load.peakToMean)} at the peak.\n${describeModel(load, region)}`;
}

export const describeModel = (load: Load, region: string): string =>
  [
    `A request: ${quantity(load.cpuMs)} ms of one vCPU${load.ms === undefined ? '' : `, ${quantity(load.ms)} ms on Lambda`}, ${quantity(load.kbIn)} kB in, ${quantity(load.kbOut)} kB out, ${load.kbLog} kB of log.`,
    `The peak is ${load.peakToMean} times the mean, and a vCPU may be ${Math.round(load.target * 100)} % busy then.`,
    `USD a month of ${HOURS} hours in ${region}, before tax.`,
  ].join('\n');

/** Every resource of a stack that costs something, what is free, and what is not priced. */
export function describeStack({ stack, idle, atLoad }: Comparison): string {
  const { declared } = atLoad;
  const before = (line: Line): Line | undefined =>
    idle.lines.find(({ resource, what }) => resource === line.resource && what === line.what);
  const costs = declared.lines.filter((line) => line.usd !== 0 || (before(line)?.usd ?? 0) > 0);
  const rows = costs.map((line) => [
    line.resource,
    line.what,
    `${quantity(line.quantity)} ${line.unit}`.trim(),
    usd(before(line) === undefined ? 0 : before(line)?.usd),
    usd(line.usd),
    line.usd === undefined ? 'no price' : line.sure,
  ]);
  const total = ['', 'all of it', '', usd(idle.usd), usd(declared.usd), sureness(declared)];
  const free = [...declared.free].map(([type, count]) => (count > 1 ? `${count} ${type}` : type)).sort();
  return [
    stack.id,
    amounts(['resource', 'what', 'quantity', 'idle', 'at load', 'how sure'], [...rows, total], [2, 3, 4]),
    ...(free.length > 0 ? [`free: ${free.join(', ')}`] : []),
    ...declared.gaps.map(describeGap),
  ].join('\n');
}

export const describeGap = ({ resource, type, why }: Gap): string => `not priced: ${resource} (${type}): ${why}`;

/** How much of a sum rests on what, but for what was seen in a price list or a copy of it. */
export function sureness(cost: StackCost): string {
  const sums = bySureness(cost);
  const doubtful = SURENESS.filter((each) => each !== 'list' && each !== 'sourced' && sums.has(each));
  return doubtful.length === 0 ? 'sourced' : doubtful.map((each) => `${usd(sums.get(each))} ${each}`).join(', ');
}

const planCell = (cost: StackCost): string => (lacksPrice(cost) ? 'no rate' : usd(cost.usd));

/** What a row of costs must not be read without. */
function remark(services: number, capacities: readonly Capacity[]): string {
  if (capacities.some(({ single, peak }) => single === true && peak > 1)) return ' (too small for this load)';
  if (!capacities.every(fits)) return ' (with its limit raised)';
  return services > 1 ? ` (${services} share the load)` : '';
}

/** One row an option, with the stacks that it needs. */
export function describeOptions(options: readonly Option[], load: Load): string {
  const rows = options.map(({ id, needs, services, idle, atLoad }) => [
    `${id}${remark(services, atLoad.declared.capacities)}`,
    needs.join(', '),
    usd(idle.usd),
    usd(atLoad.declared.usd),
    planCell(atLoad['on-demand']),
    planCell(atLoad.spot),
    planCell(atLoad['savings-1y']),
    planCell(atLoad['savings-3y']),
    load.requests > 0 ? usd((atLoad.declared.usd / load.requests) * 1e6) : '',
    sureness(atLoad.declared),
  ]);
  const head = ['option', 'with', 'idle', 'at load', 'on demand', 'Spot', 'SP 1 year', 'SP 3 years'];
  return amounts([...head, 'a million', 'how sure, of at load'], rows, [2, 3, 4, 5, 6, 7, 8]);
}

/** What carries the load, and what stands in its way: the template's maximum, and the account's quota. */
export function describeCapacity(options: readonly Option[]): string[] {
  const all = options.flatMap(({ id, atLoad }) =>
    atLoad.declared.capacities.map((capacity) => `${id}: ${carries(capacity)}${limits(capacity)}`),
  );
  return [...new Set(all)].map((line) => {
    const count = all.filter((each) => each === line).length;
    return count > 1 ? `${line}; ${count} of them` : line;
  });
}

const carries = ({ unit, mean, peak }: Capacity): string =>
  `${quantity(mean)} on the mean, ${quantity(peak)} at the peak (${unit})`;

export function limits({ peak, most, quota }: Capacity): string {
  const found = [
    ...(most !== undefined && peak > most ? [`the template allows ${quantity(most)}`] : []),
    ...(quota.needed > quota.byDefault
      ? [`a quota by default is ${quantity(quota.byDefault)} ${quota.name}, and this takes ${quantity(quota.needed)}`]
      : []),
  ];
  return found.length > 0 ? `; ${found.join('; ')}` : '';
}

/** The cheapest option in each plan, of those that carry the load as they are declared. */
export function describeCheapest(options: readonly Option[]): string {
  const candidates = options
    .filter(({ services, atLoad }) => services === 1 && atLoad.declared.capacities.every(fits))
    .flatMap(({ id, atLoad }) =>
      Object.entries(atLoad)
        .filter(([plan, cost]) => plan !== 'declared' && !lacksPrice(cost) && !blind(cost))
        .map(([plan, cost]) => ({ id, plan, usd: cost.usd })),
    );
  const of = (plan?: string) =>
    candidates.filter((each) => plan === undefined || each.plan === plan).toSorted((one, other) => one.usd - other.usd);
  const [onDemand] = of('on-demand');
  const [any] = of();
  if (onDemand === undefined || any === undefined)
    return 'No option carries this load as it is declared: see what carries it above, and npm run cost -- --crossover.';
  const answer = `Cheapest on demand: ${onDemand.id}, ${usd(onDemand.usd)} USD a month.`;
  return any.usd < onDemand.usd - 0.005
    ? `${answer} In any plan: ${any.id} (${PLAN_NAMES[any.plan] ?? any.plan}), ${usd(any.usd)}.`
    : answer;
}

export const PLAN_NAMES: Readonly<Record<string, string>> = {
  declared: 'as declared',
  'on-demand': 'on demand',
  spot: 'Spot',
  'savings-1y': 'Savings Plan of 1 year',
  'savings-3y': 'Savings Plan of 3 years',
};

export const fits = ({ peak, most }: Capacity): boolean => most === undefined || peak <= most;

/** Whether the computing itself is not priced, so that the sum says nothing of the option. */
export const blind = (cost: StackCost): boolean =>
  cost.capacities.length === 0 || cost.gaps.some(({ type }) => type === 'AWS::ECS::CapacityProvider');

/** Where the prices of a region are from and how sure they are, in sentences. */
export function describePrices(book: PriceBook): string[] {
  const all = [...book.prices.values()];
  const count = (sure: Sureness): number => all.filter((price) => price.sure === sure).length;
  const dates = [...book.sources.values()].map(({ date }) => date).filter((date) => date < '9999');
  return [
    `${all.length} prices of ${book.region}, from sources of ${dates.toSorted()[0] ?? ''} to ${dates.toSorted().at(-1) ?? ''}: ${SURENESS.filter(
      (each) => count(each) > 0,
    )
      .map((each) => `${count(each)} ${each}`)
      .join(', ')}.`,
    'Prices of Spot are those of one moment. A plan without a known rate is not drawn: give it with --rate.',
    'Each figure is from the synthesised templates: npm run cost shows its arithmetic.',
  ];
}
