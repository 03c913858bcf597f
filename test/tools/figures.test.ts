import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { BUNDLE } from '../../lib/bundle';
import { FRAMEWORKS } from '../../lib/framework-packages';
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

describe('npm run bench', () => {
  const bench = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const command = ['--import', 'tsx', path.join(ROOT, 'tools', 'bench.ts'), ...args];
      const env = { ...process.env, CDK_DOCKER: 'no-such-engine' };
      execFile(process.execPath, command, { cwd: ROOT, env }, (error, stdout, stderr) => {
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

  it('goes on without a container engine, and says so', async () => {
    const { code, stdout } = await bench('image');
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as Partial<Figures>).image).toEqual({
      notMeasured: expect.stringContaining('no-such-engine') as string,
    });
  });

  it.each([
    [['weight'], 'There is no part weight. There are: synth, packages, lambda, pipeline, server, image, frameworks.'],
    [['--wirte'], "Unknown option '--wirte'"],
    [['--write', 'lambda'], '--write writes all parts: name none with it.'],
  ])('refuses %j, with how it is called', async (args, message) => {
    const { code, stdout, stderr } = await bench(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain('npm run bench -- [part ...] [--write]');
  });

  it('says how it is called', async () => {
    const { code, stdout } = await bench('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('npm run bench -- [part ...] [--write]');
  });
});
