import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { findChromium, startChromium } from '../../../tools/chromium';
import { describeUnless } from '../../left-out';

// The command as people use it, and the page that it writes in a real browser.

jest.setTimeout(120_000);

const ROOT = path.join(__dirname, '..', '..', '..');
const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', path.join(ROOT, 'tools', 'cost.ts'), ...args],
    { cwd: ROOT, encoding: 'utf8' },
  );
  return { status, stdout, stderr };
};

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'cost-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const SPIKY = [
  '--requests',
  '2e6',
  '--ms',
  '80',
  '--memory',
  '1024',
  '--kb-in',
  '300',
  '--kb-out',
  '20',
  '--peak',
  '10',
];

test('two million requests of 80 ms, spiky, in two regions: one command, with the cheapest', () => {
  const { status, stdout } = run(...SPIKY, '--region', 'us-east-1,ap-northeast-2', '--brief');
  expect(status).toBe(0);
  expect(stdout).toContain('2,000,000 requests a month: 0.76 a second on the mean, 7.61 at the peak.');
  expect(stdout).toMatch(/USD a month of 730 hours in us-east-1[\s\S]*USD a month of 730 hours in ap-northeast-2/);
  expect(stdout.match(/Cheapest on demand: \w+, [\d.]+ USD a month/g)).toHaveLength(2);
});

test('two assemblies are compared, with the reason of each difference, in the prices of a region', () => {
  const synth = (folder: string, ...options: string[]): string => {
    const out = path.join(directory, folder);
    const cdk = [require.resolve('aws-cdk/bin/cdk'), 'synth', '--quiet', '--output', out, ...options];
    const { status, stderr } = spawnSync(process.execPath, cdk, { cwd: ROOT, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return out;
  };
  const before = synth('before');
  const after = synth('after', '-c', 'network.natGateways=1');
  const { status, stdout } = run('--before', before, '--after', after);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Network +0\.00 +36\.50 +\+36\.50/m);
  expect(stdout).toContain('NAT gateway: nothing -> 730 hour, 32.85 (idle 32.85)');
  const same = run('Lambda', '--before', before, '--after', after, '--region', 'eu-west-1');
  expect(same.stdout).toContain('in eu-west-1');
  expect(same.stdout).toContain('The change costs nothing and saves nothing. 1 stack costs what it did.');
});

test.each([
  [['--before', 'a'], '--before compares two assemblies: give the other one too'],
  [['--before', 'a', '--after', 'b', '--brief'], '--brief has no meaning with --before and --after'],
  [['--before', 'a', '--after', 'b', '-c', 'name=copy'], '--context has no meaning with --before and --after'],
])('%j is refused', (args, message) => {
  const { status, stderr } = run(...args);
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(message) as string });
});

test('one stack comes with what it needs, resource by resource, with how sure each price is', () => {
  const { status, stdout } = run('Fargate');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Network$[\s\S]*^Registry$[\s\S]*^Fargate$/m);
  expect(stdout).not.toMatch(/^Lambda$/m);
  expect(stdout).toMatch(/vCPU of tasks, 0\.25 vCPU and 0\.5 GB a task +183 vCPU-hour +5\.91 +5\.91 +sourced/);
  expect(stdout).toContain('free: ');
});

test('a region without prices is named, and the others are priced', () => {
  const { status, stdout, stderr } = run('Ec2', '--brief', '--region', 'mars-east-1,us-east-1');
  expect(status).toBe(1);
  expect(stderr).toContain(
    'There are no prices for the region mars-east-1. There are for ap-northeast-2, eu-west-1, us-east-1',
  );
  expect(stdout).toMatch(/^Ec2 +Network +14\.72/m);
});

test.each([
  [['--requests', 'many'], '--requests many: allowed is a number of 0 or more, such as 2e6'],
  [['--target', '2'], '--target 2: allowed is a number above 0, 1 at most, such as 0.6'],
  [['--rate', 'x'], '--rate x: allowed is KEY=USD'],
  [['Fragate'], '"Fragate" is no stack; did you mean Fargate?'],
  [['-c', 'ec2.plan=sopt'], 'ec2.plan = "sopt": allowed is one of on-demand, spot; did you mean spot?'],
  [['--preset', 'prod'], 'preset = "prod": allowed is one of sandbox, production'],
  [['--wrong'], "'--wrong'"],
])('what was asked wrongly is refused with what is allowed: %j', (args, message) => {
  const { status, stdout, stderr } = run(...args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});

describeUnless(
  findChromium() === undefined ? 'there is no Chromium here; install one, or name it in CHROMIUM' : undefined,
  'the page of the crossover',
  () => {
    let file: string;
    let browser: Browser;
    let page: Page;
    const requests: string[] = [];
    const complaints: string[] = [];

    beforeAll(async () => {
      file = path.join(directory, 'crossover.html');
      expect(run(...SPIKY, '--html', file)).toMatchObject({ status: 0 });
      browser = await startChromium(findChromium() ?? '');
      page = await browser.newPage();
      page.on('request', (request) => requests.push(request.url()));
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      await page.goto(pathToFileURL(file).href);
    });
    afterAll(() => browser.close());

    const reading = (): Promise<string> => page.locator('#reading').innerText();
    const lines = (): Promise<string[]> =>
      page.evaluate(`[...document.querySelectorAll('svg [data-plan]')]
        .filter((line) => getComputedStyle(line).display !== 'none' && line.querySelector('path'))
        .map((line) => line.getAttribute('data-name'))`);

    test('shows a line for each option on demand, and those of another plan when it is chosen', async () => {
      expect(await lines()).toEqual(
        ['Ec2', 'Beanstalk', 'Fargate', 'EcsEc2', 'ManagedInstances', 'Lambda'].map((name) => `${name}, on demand`),
      );
      await page.getByLabel('Savings Plan of 1 year').check();
      expect(await lines()).toEqual(['Fargate, Savings Plan of 1 year', 'Lambda, Savings Plan of 1 year']);
      await page.getByLabel('on demand', { exact: true }).check();
    });

    test('is read with the keyboard alone, with the numbers of the table', async () => {
      expect(await reading()).toMatch(/^1 million requests a month: Lambda 14\.14, Ec2 17\.38/);
      await page.locator('#requests').focus();
      await page.keyboard.press('ArrowRight');
      expect(await reading()).toMatch(/^2 million requests a month: /);
      const said = await reading();
      const row = page.getByRole('row', { name: /^2 million/ });
      const [first = ''] = await row.getByRole('cell').allInnerTexts();
      expect(said).toContain(`Ec2 ${first}`);
      expect(await page.locator('#requests').getAttribute('aria-valuetext')).toBe(said);
      await page.keyboard.press('End');
      expect(await reading()).toMatch(/^100 billion requests a month: /);
    });

    test('is read by moving along the chart', async () => {
      const box = await page.locator('#chart').boundingBox();
      if (!box) throw new Error('no chart');
      await page.mouse.move(box.x + box.width * 0.1, box.y + box.height / 2);
      expect(await reading()).toMatch(/^1 thousand requests a month: Lambda /);
    });

    test.each(['light', 'dark'] as const)('has nothing that axe finds fault with, %s', async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
      const violations = await page.evaluate(
        `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]))`,
      );
      expect(violations).toEqual([]);
    });

    test('asks the network for nothing, and complains of nothing', () => {
      expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([]);
      expect(complaints).toEqual([]);
      expect(readFileSync(file, 'utf8')).not.toMatch(/(?:src|href)="https?:/);
    });
  },
);
