import { markdownTable } from '../table';
import type { Comparison, Result } from './compare';
import type { Load, Summary } from './load';

/** What `npm run compare` measured: compare.json. */
export interface Report extends Comparison {
  /** The day, as ISO 8601 has it. */
  readonly date: string;
  readonly machine: {
    readonly processor: string;
    readonly cpus: number;
    readonly memoryGiB: number;
    readonly system: string;
    readonly node: string;
    /** Of the last minute before the first option was started: what else the machine was at. */
    readonly loadAverage: number;
  };
  readonly rounds: number;
  readonly load: Load;
  readonly picture: { readonly width: number; readonly height: number; readonly bytes: number };
}

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));

const errorsOf = ({ errors }: Summary): string =>
  Object.entries(errors)
    .map(([error, times]) => `${times} x ${error}`)
    .join(', ') || '0';

const COLUMNS = ['option', 'warm p50, ms', 'p95, ms', 'p99, ms', 'a second', 'errors'];
const P50 = 1;

const row = (result: Result, summary: Summary): string[] => [
  result.name,
  ms(summary.p50),
  ms(summary.p95),
  ms(summary.p99),
  summary.perSecond.toFixed(0),
  errorsOf(summary),
];

interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: string[][];
}

/** Both tables, the quickest first. */
function tables({ results }: Report): Table[] {
  const by = (select: (result: Result) => Summary | undefined): { result: Result; cells: string[] }[] =>
    results
      .flatMap((result) => {
        const summary = select(result);
        return summary === undefined ? [] : [{ result, summary }];
      })
      .sort((a, b) => a.summary.p50 - b.summary.p50)
      .map(({ result, summary }) => ({ result, cells: row(result, summary) }));
  // The first answer is that to `GET /info`, and so is no figure of a thumbnail.
  const withFirst = by(({ info }) => info).map(({ result, cells }) => [...cells, ms(result.first.median)]);
  return [
    { title: 'A thumbnail', columns: COLUMNS, rows: by(({ thumbnail }) => thumbnail).map(({ cells }) => cells) },
    { title: 'GET /info', columns: [...COLUMNS, 'first answer, ms'], rows: withFirst },
  ].filter(({ rows }) => rows.length > 0);
}

function introduction({ date, machine, rounds, load, picture }: Report): string[] {
  const { processor, cpus, memoryGiB, system, node, loadAverage } = machine;
  return [
    `Measured on ${date} on ${cpus} x ${processor}, ${memoryGiB} GiB, ${system}, Node.js ${node}, with a load average of ${loadAverage.toFixed(1)} before: ${rounds} rounds, in each of which every option had its turn with ${load.requests} requests of each kind, ${load.connections} at once. The thumbnail is 320 pixels wide, of a JPEG of ${picture.width} x ${picture.height} pixels and ${(picture.bytes / 1000).toFixed(0)} kB.`,
    'The first answer is that to one `GET /info` after idle, the median of the rounds: a function had ended before it, and its start is in it; a server or a task ran already. Options on this machine share its processors with the load generator, so the figures compare options with each other and are not those of AWS. A container has the vCPU of its task, a quarter in the sandbox; the other options have the whole machine.',
  ];
}

/** What the terminal and docs/compare.md show. */
export function renderMarkdown(report: Report): string {
  return `# Options side by side

${introduction(report).join('\n\n')}

\`\`\`sh
npm run compare -- --local --out docs        # this page: every option that this machine can run
npm run compare -- --outputs cdk-outputs.json  # deployed stacks: cdk deploy --outputs-file cdk-outputs.json
npm run compare -- --url mine=https://example.com
\`\`\`

${tables(report)
  .map(({ title, columns, rows }) => `## ${title}\n\n${markdownTable(columns, rows)}`)
  .join('\n\n')}

The options:

${report.results.map(({ name, title }) => `- \`${name}\`: ${title}`).join('\n')}
${notMeasuredList(report)}`;
}

const notMeasuredList = ({ notMeasured }: Report): string =>
  notMeasured.length === 0
    ? ''
    : `\nNot measured:\n\n${notMeasured.map(({ name, why }) => `- \`${name}\`: ${why.split('\n')[0] ?? ''}`).join('\n')}\n`;

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
.table{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:right;padding:.3rem .6rem;border-bottom:1px solid #8884}
th:first-child,td:first-child{text-align:left}meter{width:8rem}`;

/** The same as a page that stands alone: no script, no request. */
export function renderHtml(report: Report): string {
  const table = ({ title, columns, rows }: Table): string => {
    const most = Math.max(...rows.map((cells) => Number(cells[P50])));
    const bar = (cells: readonly string[]): string =>
      `<td><meter min="0" max="${most}" value="${escapeHtml(cells[P50] ?? '0')}">${escapeHtml(cells[P50] ?? '')} ms</meter></td>`;
    return `<h2>${escapeHtml(title)}</h2>
<div class="table"><table>
<thead><tr>${columns.map((column) => `<th scope="col">${escapeHtml(column)}</th>`).join('')}<th scope="col">p50</th></tr></thead>
<tbody>
${rows.map((cells) => `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}${bar(cells)}</tr>`).join('\n')}
</tbody></table></div>`;
  };
  const left = report.notMeasured.map(
    ({ name, why }) => `<li><code>${escapeHtml(name)}</code>: ${escapeHtml(why.split('\n')[0] ?? '')}</li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Options side by side</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Options side by side</h1>
${introduction(report)
  .map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`)
  .join('\n')}
${tables(report).map(table).join('\n')}
${left.length === 0 ? '' : `<h2>Not measured</h2>\n<ul>\n${left.join('\n')}\n</ul>\n`}</body>
</html>
`;
}

/** The same with two digits behind the point: more than a measurement is worth, and the file stays readable. */
export const rounded = (report: Report): Report =>
  JSON.parse(
    JSON.stringify(report, (_, value: unknown) => (typeof value === 'number' ? Math.round(value * 100) / 100 : value)),
  ) as Report;

export const renderJson = (report: Report): string => `${JSON.stringify(report, undefined, 2)}\n`;
