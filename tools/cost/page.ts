import { COLOURS, drawChart } from './chart';
import { COMPARED, quotaHits, rangesOf, roundLoads, type Curve } from './crossover';
import { curvesIn, inWords, nameOf, planName, rangeRow } from './crossover-report';
import type { Load } from './load';
import { describeModel, usd } from './report';

export interface PageProps {
  readonly curves: readonly Curve[];
  readonly load: Load;
  readonly region: string;
  /** What its reader should know of the prices, one sentence each. */
  readonly notes: readonly string[];
}

/** The crossover as one page that needs nothing but itself: a chart, a slider that reads it, and its numbers beneath. */
export function renderPage({ curves, load, region, notes }: PageProps): string {
  const options = [...new Set(curves.map(({ option }) => option))];
  const colourOf = (option: string): string => `var(--line-${options.indexOf(option) % COLOURS.light.length})`;
  const chart = drawChart(curves, { colour: colourOf, ink: 'currentColor' });
  const plans = COMPARED.filter((plan) => curvesIn(curves, plan).length > 0);
  const steps = roundLoads();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>Which compute option is cheapest, in ${escape(region)}</title>
<style>${STYLE}${colours('light')}@media (prefers-color-scheme: dark) {${colours('dark')}}
${plans.map((plan) => `[data-shown="${plan}"] svg [data-plan]:not([data-plan="${plan}"])`).join(',\n')} { display: none; }
${plans.map((plan) => `[data-shown="${plan}"] .ranges:not([data-plan="${plan}"])`).join(',\n')} { display: none; }
</style>
</head>
<body data-shown="on-demand">
<main>
<h1>Which compute option is cheapest?</h1>
${describeModel(load, region)
  .split('\n')
  .map((line) => `<p>${escape(line)}</p>`)
  .join('\n')}
<fieldset>
<legend>How the computing is bought</legend>
${plans
  .map(
    (plan) =>
      `<label><input type="radio" name="plan" value="${plan}"${plan === 'on-demand' ? ' checked' : ''}> ${escape(planName(plan))}</label>`,
  )
  .join('\n')}
</fieldset>
${plans
  .map((plan) => {
    const rows = rangesOf(curvesIn(curves, plan)).map(rangeRow);
    return `<p class="ranges" data-plan="${plan}"><strong>Cheapest, ${escape(planName(plan))}:</strong> ${rows.map(([from = '', name = '']) => `${escape(name)} ${escape(from)}`).join('; ')}.</p>`;
  })
  .join('\n')}
<figure>
<div class="chart" id="chart">
${chart.svg.replace('<svg ', `<svg aria-label="USD a month by requests a month, both on logarithmic scales: ${escape(options.join(', '))}. The table below has the same numbers." `)}
<div class="rule" id="rule" aria-hidden="true"></div>
</div>
<figcaption>
<label for="requests">Requests a month: move along the chart, or use the arrow keys here</label>
<input type="range" id="requests" min="0" max="${steps.length - 1}" step="1" value="${steps.indexOf(1e6)}">
<output id="reading" for="requests" aria-live="polite"></output>
</figcaption>
</figure>
<h2>Quotas that an account has by default</h2>
<ul>
${quotaHits(curvesIn(curves, 'on-demand'))
  .map(
    ({ option, at, quota, byDefault }) =>
      `<li>${escape(option)}: more than ${byDefault.toLocaleString('en-US')} ${escape(quota)} from ${inWords(at)} requests a month on. Ask for more before.</li>`,
  )
  .join('\n')}
</ul>
<h2>The numbers</h2>
<div class="wide" tabindex="0" role="region" aria-label="USD a month by requests a month">
${table(curves, steps, chart)}
</div>
<h2>What they rest on</h2>
<ul>
${notes.map((note) => `<li>${escape(note)}</li>`).join('\n')}
</ul>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function table(
  curves: readonly Curve[],
  steps: readonly number[],
  chart: { x: (requests: number) => number; width: number },
): string {
  const head = curves
    .map(
      ({ option, plan }) =>
        `<th scope="col" data-plan="${plan}" data-option="${escape(option)}">${escape(option)}, ${escape(planName(plan))}</th>`,
    )
    .join('');
  const rows = steps.map((requests) => {
    const cells = curves.map((each) => {
      const point = each.at(requests);
      return `<td${point ? ` title="${escape(nameOf({ option: each.option, size: point.size }))}"` : ''}>${point ? usd(point.usd) : 'not priced'}</td>`;
    });
    const share = ((chart.x(requests) / chart.width) * 100).toFixed(3);
    return `<tr data-x="${share}"><th scope="row">${inWords(requests)}</th>${cells.join('')}</tr>`;
  });
  return `<table id="numbers">
<caption>USD a month</caption>
<thead><tr><th scope="col">requests a month</th>${head}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const colours = (theme: keyof typeof COLOURS): string =>
  `:root{${COLOURS[theme].map((colour, index) => `--line-${index}:${colour}`).join(';')}}`;

const STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --paper: #ffffff; --edge: #59636e; --link: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --edge: #9198a1; --link: #79c0ff; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 960px; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
p { margin: 0.3rem 0; }
fieldset { border: 1px solid var(--edge); border-radius: 6px; margin: 1rem 0; }
fieldset label { margin-right: 1rem; white-space: nowrap; }
figure { margin: 1rem 0; }
.chart { position: relative; }
.chart svg { width: 100%; height: auto; display: block; --plot-background: var(--paper); }
.rule { position: absolute; top: 5%; bottom: 9%; width: 1px; background: var(--ink); opacity: 0.6; pointer-events: none; }
figcaption label { display: block; }
input[type='range'] { width: 100%; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
output { display: block; min-height: 4.5em; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.875rem; }
th, td { text-align: right; padding: 0.25rem 0.6rem; border-bottom: 1px solid var(--edge); white-space: nowrap; }
caption { text-align: left; }
`;

// The numbers are those of the table: nothing is said twice.
const SCRIPT = `
const slider = document.getElementById('requests');
const reading = document.getElementById('reading');
const rows = [...document.querySelectorAll('#numbers tbody tr')];
const heads = [...document.querySelectorAll('#numbers thead th[data-plan]')];
function read() {
  const row = rows[Number(slider.value)];
  const plan = document.body.dataset.shown;
  const costs = heads
    .map((head, index) => ({ plan: head.dataset.plan, option: head.dataset.option, text: row.cells[index + 1].textContent, name: row.cells[index + 1].title }))
    .filter((each) => each.plan === plan && each.name !== '')
    .sort((one, other) => Number(one.text.replace(/[^0-9.]/g, '')) - Number(other.text.replace(/[^0-9.]/g, '')));
  const said = row.cells[0].textContent + ' requests a month: ' + costs.map(({ name, text }) => name + ' ' + text).join(', ') + ' USD';
  reading.textContent = said;
  slider.setAttribute('aria-valuetext', said);
  document.getElementById('rule').style.left = row.dataset.x + '%';
}
slider.addEventListener('input', read);
for (const radio of document.querySelectorAll('input[name=plan]'))
  radio.addEventListener('change', () => { document.body.dataset.shown = radio.value; read(); });
document.getElementById('chart').addEventListener('pointermove', (event) => {
  const box = event.currentTarget.getBoundingClientRect();
  const at = ((event.clientX - box.left) / box.width) * 100;
  const distances = rows.map((row) => Math.abs(Number(row.dataset.x) - at));
  slider.value = String(distances.indexOf(Math.min(...distances)));
  read();
});
read();
`;
