import { readFileSync } from 'node:fs';
import path from 'node:path';
import { renderHtml, renderJson, renderMarkdown, type Report, rounded } from '../../../tools/compare/report';

const DOCS = path.join(__dirname, '..', '..', '..', 'docs');

const summary = { requests: 20, p50: 12.345, p95: 20, p99: 30, perSecond: 99.6, errors: { 'status 503': 2 } };
const first = { median: 100, most: 120, samples: 3 };
const report: Report = {
  date: '2026-11-26',
  machine: { processor: 'A <processor>', cpus: 2, memoryGiB: 24, system: 'Linux 6', node: '20.0.0', loadAverage: 0.3 },
  rounds: 3,
  load: { requests: 100, connections: 4 },
  picture: { width: 451, height: 300, bytes: 29_000 },
  results: [
    { name: 'lambda', title: 'Lambda', origin: 'local', first, info: summary, thumbnail: { ...summary, p50: 40 } },
    { name: 'ec2', title: 'A server', origin: 'local', first, info: summary, thumbnail: summary },
  ],
  notMeasured: [{ name: 'gone', title: 'Gone', why: 'it is <not> there\nand more' }],
};

test('the page has machine and date, every option, the quickest first, and what was not measured', () => {
  const text = renderMarkdown(report);
  expect(text).toContain('Measured on 2026-11-26 on 2 x A <processor>');
  expect(text).toContain('| ec2 | 12 | 20 | 30 | 100 | 2 x status 503 | 100 |');
  expect(text.indexOf('| ec2 |')).toBeLessThan(text.indexOf('| lambda |'));
  expect(text).toContain('- `gone`: it is <not> there\n');
});

test('the HTML page says the same, and nothing in it is taken for markup', () => {
  const html = renderHtml(report);
  expect(html).toContain('A &lt;processor&gt;');
  expect(html).toContain('it is &lt;not&gt; there');
  expect(html).not.toMatch(/<script|src=|href=/);
  expect(html).toContain('<td>2 x status 503</td>');
});

test('the JSON has every figure, with two digits at most', () => {
  const { results } = JSON.parse(renderJson(rounded(report))) as Report;
  expect(results[1]?.thumbnail?.p50).toBe(12.35);
});

test('docs/compare.md and docs/compare.html are of docs/compare.json, with machine and date', () => {
  const read = (file: string): string => readFileSync(path.join(DOCS, file), 'utf8');
  const written = JSON.parse(read('compare.json')) as Report;
  expect(read('compare.md')).toBe(renderMarkdown(written));
  expect(read('compare.html')).toBe(renderHtml(written));
  expect(written.date).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(written.results.length).toBeGreaterThan(2);
});
