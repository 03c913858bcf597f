import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FRAMEWORKS } from '../../packaging/framework-packages';
import { orderOf } from '../../tools/bench/functions';
import { type Figures, renderFigures } from '../../tools/figures';

const ROOT = path.join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(path.join(ROOT, 'docs', file), 'utf8');

describe('docs/figures.md', () => {
  const figures = JSON.parse(read('figures.json')) as Figures;

  it('shows what docs/figures.json says, and nothing else', () => {
    expect(read('figures.md')).toBe(renderFigures(figures));
  });

  it('has a row for the service and for every framework', () => {
    expect(figures.frameworks.map(({ framework }) => framework)).toEqual(FRAMEWORKS.map(({ name }) => name));
    for (const { title } of FRAMEWORKS) expect(read('figures.md')).toContain(`| ${title} |`);
  });

  it('has our own function start cold before every framework, in the same run', () => {
    const slower = figures.frameworks.filter(({ coldMs }) => coldMs.median > figures.service.coldMs.median);
    expect(slower.map(({ framework }) => framework)).toEqual(FRAMEWORKS.map(({ name }) => name));
  });

  it('has our own package smaller than that of any framework that makes thumbnails', () => {
    const own = figures.packages.find(({ name }) => name === 'service, arm64')?.zipBytes ?? Infinity;
    const makers = FRAMEWORKS.filter(({ thumbnails }) => thumbnails).map(({ name }) => name);
    const larger = figures.frameworks.filter(({ zipBytes }) => zipBytes > own).map(({ framework }) => framework);
    expect(larger).toEqual(expect.arrayContaining(makers));
  });

  it('has no figure that can be no measurement', () => {
    const numbers: number[] = [];
    JSON.stringify(figures, (_, value: unknown) => {
      if (typeof value === 'number') numbers.push(value);
      return value;
    });
    expect(numbers.length).toBeGreaterThan(80);
    expect(numbers.filter((value) => !(value > 0))).toEqual([]);
  });
});

it('says in place of figures of the image why there are none', () => {
  const figures = JSON.parse(read('figures.json')) as Figures;
  const page = renderFigures({ ...figures, image: { notMeasured: 'There is no command docker on this machine.' } });
  expect(page).toContain('## The image\n\nNot measured in this run: There is no command docker on this machine.\n');
});

it('measures functions in turn, each round beginning with another', () => {
  expect([1, 2, 3, 4].map((round) => orderOf(['a', 'b', 'c'], round).join(''))).toEqual(['bca', 'cab', 'abc', 'bca']);
});
