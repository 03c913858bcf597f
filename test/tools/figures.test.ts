import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FRAMEWORKS } from '../../packaging/framework-packages';
import { orderOf } from '../../tools/bench/functions';
import { contributedReports } from '../../tools/deploy/contributed';
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

  it('has the service take at most a tenth more processor time than its library', () => {
    expect(figures.cost.map(({ concurrency }) => concurrency)).toEqual([1, 2, 8]);
    for (const { cpuRatio } of figures.cost) expect(cpuRatio).toBeLessThanOrEqual(1.1);
  });

  it('says beside the Java rows that SnapStart is not in them', () => {
    const [, frameworks = ''] = read('figures.md').split('## Web frameworks');
    expect(frameworks).toMatch(/\| Spring Cloud Function \|.*\n\nSnapStart, .* has no figure/);
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

describe('the time from a fresh clone to thumbnails', () => {
  const figures = JSON.parse(read('figures.json')) as Figures;

  it('stands on the page, by what was measured', () => {
    const times = {
      installedSeconds: 31.4,
      pageSeconds: 34.2,
      firstThumbnailSeconds: 39.6,
      lastThumbnailSeconds: 55.5,
    };
    const page = renderFigures({ ...figures, sandbox: { ...times, thumbnailsBy: ['ec2', 'lambda'], runners: 22 } });
    const [, section = ''] = page.split('## From a fresh clone to thumbnails');
    expect(section).toContain('no Python and no container engine. npm took what its own cache had.');
    expect(section).toContain('| the first thumbnail | 40 s |');
    expect(section).toContain(
      '| thumbnails of all 2 that make some, of 22 that the sandbox knows: ec2, lambda | 56 s |',
    );
  });

  it('has its reason in its place where it was not measured', () => {
    const page = renderFigures({ ...figures, sandbox: { notMeasured: 'npm ci failed: no network' } });
    expect(page).toContain(
      '## From a fresh clone to thumbnails\n\nNot measured in this run: npm ci failed: no network\n',
    );
  });
});

it('measures functions in turn, each round beginning with another', () => {
  expect([1, 2, 3, 4].map((round) => orderOf(['a', 'b', 'c'], round).join(''))).toEqual(['bca', 'cab', 'abc', 'bca']);
});

describe('deployments to AWS that people have contributed', () => {
  const figures = JSON.parse(read('figures.json')) as Figures;
  const folder = path.join(__dirname, 'deploy', 'contributed');

  it('are no part of the page where there are none', () => {
    expect(renderFigures(figures, [])).not.toContain('Deployed to AWS');
    expect(contributedReports(path.join(folder, 'none'))).toEqual([]);
  });

  it('stand on the page as their reports say, one row each', () => {
    const page = renderFigures(figures, contributedReports(folder));
    const [, section = ''] = page.split('## Deployed to AWS');
    expect(section.split('\n').filter((line) => line.startsWith('| 2026'))).toEqual([
      '| 2026-11-20 | eu-central-1 | Network (new), Registry (new), Fargate (new) | fargate.deployment=canary, alarms.email=(set) | 9.4 | 21.5 s | 104 of 104 |  | 7.2 | nothing |',
      '| 2026-11-21 | ap-northeast-2 | Lambda (changed) | the defaults | failed after 3.1 |  |  | 1.4 |  |  |',
    ]);
    expect(page.startsWith(renderFigures(figures, []))).toBe(true);
  });

  it('are refused where they are of an emulator, or no report', () => {
    const temporary = mkdtempSync(path.join(tmpdir(), 'contributed-'));
    const [first] = contributedReports(folder);
    writeFileSync(path.join(temporary, 'it.json'), JSON.stringify({ ...first, against: 'emulator' }));
    expect(() => contributedReports(temporary)).toThrow(/it\.json is of an emulator/);
    writeFileSync(path.join(temporary, 'it.json'), JSON.stringify({ ...first, account: '111122223333' }));
    expect(() => contributedReports(temporary)).toThrow(/it\.json is no report of a deployment/);
    rmSync(temporary, { recursive: true });
  });
});

describe('functions with the share of a processor that Lambda gives', () => {
  const figures = JSON.parse(read('figures.json')) as Figures;
  const time = { median: 1234, p95: 1300, samples: 12 };
  const throttled = { cpus: 0.579, coldMs: time, warmMs: { p50: 567, requests: 100 } };

  it('have columns of their own where they were measured', () => {
    const frameworks = figures.frameworks.map((each) => ({ ...each, throttled }));
    const page = renderFigures({ ...figures, frameworks, service: { ...figures.service, throttled } });
    expect(page).toContain('0.58 of one: 12 cold starts, and a fifth of the warm requests (100 of `GET /info`)');
    expect(page).toMatch(/\| the service itself \|.*\| 1234 \| 567 \|\n/);
  });

  it('are named as lacking where they were not', () => {
    const { throttled: _, ...service } = figures.service;
    const page = renderFigures({ ...figures, service });
    expect(page).toContain('what takes processor time takes longer there.');
  });
});

it('names the runtimes that ran the frameworks, each once', () => {
  const figures = JSON.parse(read('figures.json')) as Figures;
  const frameworks = figures.frameworks.map((each, i) => ({ ...each, runtime: i < 2 ? 'Node.js 24.21.0' : 'Java 17' }));
  expect(renderFigures({ ...figures, frameworks })).toContain(' They ran in Node.js 24.21.0, Java 17.\n');
});

it('says where the sender of pictures had no processor of its own', () => {
  const figures = JSON.parse(read('figures.json')) as Figures;
  const cost = figures.cost.map((each) => ({ ...each, onOneProcessor: false }));
  expect(renderFigures({ ...figures, cost })).toContain('The sender of the pictures ran on the same processors.');
});
