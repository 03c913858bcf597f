import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { BUNDLE } from '../../lib/bundle';
import { FRAMEWORKS } from '../../lib/framework-packages';
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

describe('npm run bench', () => {
  const bench = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const command = ['--import', 'tsx', path.join(ROOT, 'tools', 'bench.ts'), ...args];
      execFile(process.execPath, command, { cwd: ROOT }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      });
    });

  it('measures the parts that it is asked for, and says on what machine', async () => {
    const { code, stdout } = await bench('packages');
    expect(code).toBe(0);
    const { machine, packages, synth } = JSON.parse(stdout) as Partial<Figures>;
    expect(machine).toMatchObject({ node: process.versions.node });
    expect(packages?.[0]).toMatchObject({ name: 'service, arm64', zipBytes: readFileSync(BUNDLE.zip('arm64')).length });
    expect(synth).toBeUndefined();
  });

  it('says which parts there are', async () => {
    const { code, stderr } = await bench('weight');
    expect(code).toBe(1);
    expect(stderr).toContain('There is no part weight. There are: synth, packages, lambda, server, frameworks.');
  });
});
