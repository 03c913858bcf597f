import { contextFrom, fail, noSuch, UsageError } from './command-line';
import { loadFrom, USAGE, ask } from './cost/ask';
import { candidates, hasOwnLine, synthesise, type Stack } from './cost/assembly';
import { compare, optionsAmong } from './cost/compare';
import { curvesOf } from './cost/crossover';
import { describeCrossover } from './cost/crossover-report';
import { describeDifference, readAssembly } from './cost/difference';
import { servesRequests } from './cost/fronts';
import { renderPage } from './cost/page';
import { PriceFileError, readPrices, type PriceBook } from './cost/prices';
import * as report from './cost/report';
import { number } from './cost/template';
import { PRESETS } from './variants';
import { writeWhole } from '../packaging/write-whole';

/** The stacks that were asked for, with what they need; all of them where none was. */
function wanted(stacks: readonly Stack[], names: readonly string[]): Stack[] {
  const known = stacks.map(({ id }) => id);
  for (const name of names) if (!known.includes(name)) throw new UsageError(noSuch('stack', name, known, 3), USAGE);
  return among(stacks, names);
}

/** Those of some stacks that have these names, with what they need; all of them where there is no name. */
function among(stacks: readonly Stack[], names: readonly string[]): Stack[] {
  const needed = new Set(names.flatMap((name) => [name, ...(stacks.find(({ id }) => id === name)?.needs ?? [])]));
  return stacks.filter(({ id }) => names.length === 0 || needed.has(id));
}

/** Memory of the function that serves requests: what a request's time on Lambda says of its CPU goes by it. */
function memoryOfFunction(stacks: readonly Stack[]): number {
  const [memory] = stacks.flatMap(({ template }) =>
    template
      .ofType('AWS::Lambda::Function')
      .filter(({ id }) => servesRequests(template, id))
      .flatMap((fn) => number(fn, 'MemorySize') ?? []),
  );
  return memory ?? 1_024;
}

/** The price books that can be read; of the others, why not. */
function booksOf(regions: readonly string[], rates: ReadonlyMap<string, number>): PriceBook[] {
  return regions.flatMap((region) => {
    try {
      const book = readPrices(region);
      for (const problem of book.problems) console.error(problem);
      return [book.with(rates)];
    } catch (error) {
      if (!(error instanceof PriceFileError)) throw error;
      console.error(`${error.message}\n`);
      process.exitCode = 1;
      return [];
    }
  });
}

/** One page a region: with several, the region is part of its name. */
const fileFor = (file: string, region: string, count: number): string =>
  count === 1 ? file : file.replace(/(\.html?)?$/, `-${region}$1`);

/** Says why a stack has no costs: it was refused. */
function reportRefused(stacks: readonly Stack[]): void {
  for (const { id, problems } of stacks)
    for (const problem of problems) {
      console.error(`${id} is not priced: ${problem}\n`);
      process.exitCode = 1;
    }
}

/** What a change does to the costs of the stacks of two assemblies, by the prices of each region. */
function showDifference(
  { values, numbers, stacks: names }: Asked,
  books: readonly PriceBook[],
  folders: Folders,
): void {
  const [before, after] = [readAssembly(folders.before), readAssembly(folders.after)];
  wanted([...after, ...before], names);
  const [were, are] = [among(before, names), among(after, names)];
  reportRefused(are);
  const load = loadFrom(numbers, memoryOfFunction(are));
  for (const book of books) {
    const model = { load, book, freeTier: values['free-tier'] };
    console.log(
      `${report.describeLoad(load, book.region)}\n\n${describeDifference(compare(were, model), compare(are, model))}\n`,
    );
  }
}

type Asked = ReturnType<typeof ask>;
interface Folders {
  readonly before: string;
  readonly after: string;
}

/** What the stacks with the options that were given cost. */
function showCosts({ values, numbers, stacks: names }: Asked, books: readonly PriceBook[]): void {
  const preset =
    values.preset === 'production' ? PRESETS.production : { ...(values.preset && { preset: values.preset }) };
  const options = { ...preset, ...contextFrom(values.context) };
  const stacks = books.length > 0 ? wanted(synthesise(options), names) : [];
  reportRefused(stacks);
  const load = loadFrom(numbers, memoryOfFunction(stacks));
  const crossover = values.crossover || values.html !== undefined;
  const compared = crossover ? candidates(stacks, options).filter(hasOwnLine) : [];
  for (const book of books) {
    if (crossover) {
      const model = { load, book, freeTier: values['free-tier'] };
      const curves = curvesOf(compared, model);
      console.log(`${report.describeModel(load, book.region)}\n\n${describeCrossover(curves)}\n`);
      if (values.html !== undefined) {
        const file = fileFor(values.html, book.region, books.length);
        writeWhole(file, renderPage({ curves, load, region: book.region, notes: report.describePrices(book) }));
        console.log(`Written: ${file}`);
      }
      continue;
    }
    const comparisons = compare(stacks, { load, book, freeTier: values['free-tier'] });
    const found = optionsAmong(comparisons);
    const used = comparisons.flatMap(({ atLoad }) => Object.values(atLoad).flatMap(({ lines }) => lines));
    console.log(
      [
        report.describeLoad(load, book.region),
        ...(values.brief ? [] : comparisons.map(report.describeStack)),
        report.describeOptions(found, load),
        report.describeCapacity(found).join('\n'),
        report.describeCheapest(found),
        book.age(new Set(used.flatMap(({ keys }) => keys)), new Date()) ?? '',
      ]
        .filter((part) => part !== '')
        .join('\n\n') + '\n',
    );
  }
}

try {
  const asked = ask();
  const books = booksOf(asked.values.region.split(','), asked.rates);
  const { before, after } = asked.values;
  if (before !== undefined && after !== undefined) showDifference(asked, books, { before, after });
  else showCosts(asked, books);
} catch (error) {
  fail(error);
}
