import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');

jest.setTimeout(120_000);

test('the costs, the crossover and the chart of the README are those of the templates and prices as they are', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', path.join(ROOT, 'tools', 'readme.ts'), '--check'],
    { cwd: ROOT, encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([0, '']);
});

test('the README is short, and shows the options before anything else', () => {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  expect(readme.split(/\s+/).length).toBeLessThan(1_500);
  const order = [
    'options and costs: npm run readme',
    '## Two commands',
    '## Which one?',
    'crossover: npm run readme',
    '## Try one',
  ];
  const at = order.map((each) => readme.indexOf(each));
  expect(at).toEqual(at.toSorted((one, other) => one - other));
  expect(readme.indexOf('docs/page-light.png')).toBeGreaterThan(readme.indexOf('## Options'));
});
