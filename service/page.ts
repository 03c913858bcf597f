import { createHash } from 'node:crypto';
import type { Info } from './app';
import { nameOf } from './formats';

// The page is one document with nothing outside of it: no framework, no font, no picture to load, so that it shows what
// the service takes to answer. The hue of the page follows from the option's name, so that two tabs differ.
const style = `
:root {
  color-scheme: light dark;
  --paper: oklch(98.5% 0.004 var(--hue));
  --card: #fff;
  --ink: oklch(24% 0.02 var(--hue));
  --quiet: oklch(46% 0.02 var(--hue));
  --line: oklch(89% 0.012 var(--hue));
  --edge: oklch(62% 0.03 var(--hue));
  --accent: oklch(47% 0.14 var(--hue));
  --on-accent: #fff;
  --tint: oklch(95% 0.03 var(--hue));
  --bad: oklch(46% 0.17 27);
  --bad-tint: oklch(96% 0.02 27);
  font: 100%/1.5 system-ui, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: oklch(18% 0.012 var(--hue));
    --card: oklch(22.5% 0.015 var(--hue));
    --ink: oklch(94% 0.008 var(--hue));
    --quiet: oklch(76% 0.015 var(--hue));
    --line: oklch(33% 0.015 var(--hue));
    --edge: oklch(58% 0.03 var(--hue));
    --accent: oklch(80% 0.11 var(--hue));
    --on-accent: oklch(18% 0.03 var(--hue));
    --tint: oklch(28% 0.035 var(--hue));
    --bad: oklch(80% 0.11 27);
    --bad-tint: oklch(27% 0.04 27);
  }
}
* { box-sizing: border-box }
[hidden] { display: none !important }
body { margin: 0; background: var(--paper); color: var(--ink) }
header, main, footer { max-width: 66rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2rem) }
header { padding-block: clamp(1.5rem, 5vw, 3rem) 1.25rem }
h1 { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25em 0.5em; margin: 0; font-size: clamp(1.75rem, 1.2rem + 2.6vw, 2.75rem); line-height: 1.1; letter-spacing: -0.025em }
h2 { margin: 0 0 1rem; font-size: 1.0625rem; letter-spacing: -0.005em }
header p { margin: 0.75rem 0 0; color: var(--quiet); text-wrap: balance }
.badge {
  padding: 0.2em 0.8em; border-radius: 2em; font-size: 0.45em; letter-spacing: 0; line-height: 1.4; overflow-wrap: anywhere;
  background: var(--accent); color: var(--on-accent); font-weight: 650;
}
main { display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr) }
section { min-width: 0; padding: clamp(1rem, 3vw, 1.5rem); background: var(--card); border: 1px solid var(--line); border-radius: 0.875rem }
@media (min-width: 50rem) {
  main { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) }
  #facts { grid-column: 1 / -1 }
  #outcome { display: flex; flex-direction: column }
  .stage { flex: 1 }
}
.drop {
  position: relative; display: grid; justify-items: center; align-content: center; gap: 0.25rem; min-height: 12.5rem;
  padding: 1rem; text-align: center; cursor: pointer;
  border: 2px dashed var(--edge); border-radius: 0.625rem; background: var(--tint);
}
.drop svg { width: 2.75rem; height: 2.75rem; color: var(--accent) }
.drop b { overflow-wrap: anywhere }
.drop small { color: var(--quiet); text-wrap: balance }
.drop input { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; cursor: pointer }
fieldset { min-width: 0; margin: 0; padding: 0; border: 0 }
fieldset:disabled { opacity: 0.5 }
fieldset:disabled * { cursor: not-allowed }
.drop:hover, .drop.over { border-color: var(--accent) }
.drop.over { border-style: solid }
h2:focus { outline: none }
h2:focus-visible { outline: 3px solid var(--accent) }
:focus-visible, .drop:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 3px }
.wishes { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1rem; align-items: end }
.wishes label { flex: 1 1 6rem; display: grid; gap: 0.25rem; font-size: 0.875rem; color: var(--quiet) }
input, select, button { font: inherit; color: inherit }
.wishes input, .wishes select {
  width: 100%; height: 2.75rem; padding: 0 0.75rem; color: var(--ink);
  border: 1px solid var(--edge); border-radius: 0.5rem; background: var(--card);
}
button {
  min-height: 2.75rem; padding: 0 1.1rem; cursor: pointer; font-weight: 600;
  border: 1px solid var(--accent); border-radius: 0.5rem; background: var(--accent); color: var(--on-accent);
}
button.plain { background: none; color: var(--accent) }
button:hover { filter: brightness(1.08) }
.wishes button { flex: 1 1 auto }
.stage {
  margin: 0; color: var(--quiet);
  display: grid; place-content: center; min-height: 12.5rem; padding: 1rem; text-align: center;
  border-radius: 0.625rem; border: 1px solid var(--line);
}
#work { display: block; width: 100%; height: 0.5rem; margin: 0 0 1rem; accent-color: var(--accent) }
.problem { margin: 0 0 1rem; padding: 0.875rem 1rem; border-left: 4px solid var(--bad); border-radius: 0.25rem; background: var(--bad-tint) }
.problem p { margin: 0; overflow-wrap: anywhere }
.problem p:first-child { color: var(--bad); font-weight: 650 }
.problem small { color: var(--quiet); overflow-wrap: anywhere }
figure { margin: 0 0 1rem }
figure img {
  display: block; max-width: 100%; height: auto; margin-inline: auto; border-radius: 0.375rem;
  background: repeating-conic-gradient(#9993 0 25%, #0000 0 50%) 0 0 / 1.25rem 1.25rem;
}
figcaption { margin-top: 1rem }
dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.3rem 1rem; margin: 0 }
dt { color: var(--quiet) }
dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
a { color: var(--accent) }
.tiles { grid-template-columns: repeat(auto-fit, minmax(min(11.5rem, 42%), 1fr)); gap: 0 1.25rem }
.tiles div { padding: 0.75rem 0 0.5rem; border-top: 1px solid var(--line) }
.tiles dt { font-size: 0.875rem }
.tiles dd { font-size: 1.125rem; font-weight: 600 }
.tiles small { display: block; font-size: 0.8125rem; font-weight: 400; color: var(--quiet) }
ol { margin: 0; padding: 0; list-style: none; font-size: 0.875rem; font-variant-numeric: tabular-nums }
ol li { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: 0.75rem; align-items: center; padding-block: 0.125rem }
ol i { display: block; height: 0.625rem; min-width: 2px; width: calc(var(--share) * 100%); border-radius: 0.25rem; background: var(--edge) }
ol .cold i { background: var(--accent) }
h3 { margin: 1.25rem 0 0.5rem; font-size: 0.875rem; font-weight: 600 }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
footer { padding-block: 1.25rem 3rem; color: var(--quiet); font-size: 0.9375rem }
pre {
  margin: 0.5rem 0; padding: 0.75rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere;
  background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem; color: var(--ink);
}
code { font: 0.9375em ui-monospace, monospace }
@media (forced-colors: active) {
  ol i { forced-color-adjust: none; background: CanvasText }
  ol .cold i { background: Highlight }
  .badge, .problem, .drop.over { border: 2px solid }
}
@media (prefers-reduced-motion: no-preference) { .drop, button { transition: border-color 0.15s, filter 0.15s } }
`;

const script = String.raw`
'use strict';
const byId = (id) => document.getElementById(id);
const form = byId('form'), picture = byId('picture'), drop = byId('drop'), chosen = byId('chosen');
const outcome = byId('outcome-title'), work = byId('work'), statusLine = byId('status'), problem = byId('problem'), result = byId('result'), image = byId('thumbnail');
const maxBodyBytes = Number(form.dataset.maxBodyBytes);
const bytes = (n) => n < 1000 ? n + ' bytes' : n < 1e6 ? (n / 1000).toFixed(1) + ' kB' : (n / 1e6).toFixed(1) + ' MB';
const milliseconds = (n) => (n < 10 ? n.toFixed(1) : Math.round(n)) + ' ms';
// Behind a gateway the service may be below a prefix, with or without a slash at the end.
const base = location.pathname.replace(/\/*$/, '/');
let file, running;

// Seen while there is nothing else to see; read aloud always.
const say = (text, seen) => {
  statusLine.textContent = text;
  statusLine.className = seen ? 'stage' : 'unseen';
};

// On a phone the outcome is below the form: what is new there is brought into view, and read from there. Where it is in
// view, the focus stays with the form.
const goToOutcome = () => {
  const shown = problem.hidden ? result.hidden ? statusLine : image : problem;
  const { top, bottom } = shown.getBoundingClientRect();
  if (top >= 0 && bottom <= innerHeight) return;
  outcome.focus({ preventScroll: true });
  const behavior = matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth';
  outcome.scrollIntoView({ block: 'start', behavior });
};

const localTime = (element) => {
  element.textContent = new Date(element.dateTime).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
};

const showProblem = (title, detail, id) => {
  result.hidden = true;
  work.hidden = true;
  say('');
  // Out and in again: what a live region says when it appears is what is read aloud.
  problem.hidden = true;
  byId('problem-title').textContent = title;
  byId('problem-detail').textContent = detail;
  byId('problem-id').textContent = id ? 'Request ' + id : '';
  problem.hidden = false;
  goToOutcome();
};

const showFacts = async () => {
  const answer = await fetch(base + 'info').catch(() => undefined);
  if (!answer?.ok) return;
  const info = await answer.json().catch(() => undefined);
  if (!info) return;
  byId('fact-start').textContent = info.start;
  byId('fact-requests').textContent = info.requests;
  byId('fact-since').dateTime = info.startedAt;
  localTime(byId('fact-since'));
  byId('fact-uptime').textContent = Math.round(info.uptimeSeconds) + ' s ago';
};

const answers = [];
const showAnswers = (took, start) => {
  answers.push({ took, start });
  const shown = answers.slice(-8), longest = Math.max(...shown.map((answer) => answer.took));
  byId('answers').replaceChildren(...shown.map((answer) => {
    const item = document.createElement('li'), bar = document.createElement('i');
    item.className = answer.start;
    item.append(milliseconds(answer.took) + ', ' + answer.start, bar);
    bar.style.setProperty('--share', answer.took / longest);
    return item;
  }));
};

const make = async () => {
  if (!file) {
    showProblem('There is no picture yet', 'Choose one, drop one, or have one drawn.');
    picture.focus();
    return;
  }
  if (!form.reportValidity()) return;
  if (file.size > maxBodyBytes) {
    showProblem('The picture is too large', file.name + ' has ' + bytes(file.size) + '; this service takes at most ' + bytes(maxBodyBytes) + '.');
    return;
  }
  const isReadable = await file.slice(0, 1).arrayBuffer().then(() => true, () => false);
  if (!isReadable) {
    showProblem('The picture can not be read', file.name + ' was changed or removed since it was chosen. Choose it again.');
    return;
  }
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  problem.hidden = true;
  result.hidden = true;
  work.hidden = false;
  say('Making the thumbnail …', true);
  goToOutcome();
  const began = performance.now();
  try {
    const query = new URLSearchParams({ width: byId('width').value, format: byId('format').value });
    const answer = await fetch(base + 'thumbnails?' + query, { method: 'POST', body: file, signal });
    const id = answer.headers.get('X-Request-Id');
    if (!answer.ok) {
      const isProblem = answer.headers.get('Content-Type')?.startsWith('application/problem+json');
      const { title, detail } = isProblem ? await answer.json() : {};
      showProblem(title ?? 'The answer was ' + answer.status, detail ?? 'Something between this page and the service answered in its place.', id);
      return;
    }
    const thumbnail = await answer.blob();
    const took = performance.now() - began;
    const timing = answer.headers.get('Server-Timing') ?? '';
    const inside = /dur=([\d.]+)/.exec(timing)?.[1], start = /desc=(\w+)/.exec(timing)?.[1];
    if (image.src) URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(thumbnail);
    image.alt = 'Thumbnail of ' + file.name;
    const save = byId('save');
    save.href = image.src;
    save.download = file.name.replace(/\.\w+$/, '') + '-thumbnail.' + thumbnail.type.replace('image/', '');
    try {
      await image.decode();
      byId('size').textContent = image.naturalWidth + ' × ' + image.naturalHeight + ' pixels';
    } catch {
      byId('size').textContent = 'This browser does not show ' + thumbnail.type + '; save it to see it.';
    }
    if (signal.aborted) return;
    byId('weight').textContent = bytes(thumbnail.size) + ', from ' + bytes(file.size);
    byId('took').textContent = milliseconds(took) + (inside ? ' (' + milliseconds(Number(inside)) + ' in the service)' : '');
    showAnswers(took, start ?? '');
    work.hidden = true;
    result.hidden = false;
    goToOutcome();
    say('Thumbnail ready: ' + byId('size').textContent + ', in ' + milliseconds(took) + '.');
    await showFacts();
  } catch {
    if (signal.aborted) return;
    showProblem('The service did not answer', 'It may have been stopped, or the network is down. Check that it runs, and try again.');
  }
};

const take = (taken) => {
  if (!taken) return;
  file = taken;
  chosen.textContent = file.name || 'Picture';
  void make();
};

picture.addEventListener('change', () => take(picture.files[0]));
form.addEventListener('submit', (event) => { event.preventDefault(); void make(); });
// A picture may be dropped anywhere: beside the box it would otherwise replace the page.
for (const type of ['dragenter', 'dragover']) {
  addEventListener(type, (event) => { event.preventDefault(); drop.classList.add('over'); });
}
addEventListener('dragleave', (event) => { if (!event.relatedTarget) drop.classList.remove('over'); });
addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  const [dropped] = event.dataTransfer.files;
  if (dropped) take(dropped);
  else showProblem('There is no file in what was dropped', 'Save the picture first, and drop its file.');
});

byId('draw').addEventListener('click', () => {
  const canvas = document.createElement('canvas');
  const width = canvas.width = 2400, height = canvas.height = 1600, paint = canvas.getContext('2d');
  const sky = paint.createLinearGradient(0, 0, 0, height);
  [['#27346b', 0], ['#b4567d', 0.45], ['#ffb36b', 0.7]].forEach(([colour, at]) => sky.addColorStop(at, colour));
  paint.fillStyle = sky;
  paint.fillRect(0, 0, width, height);
  paint.fillStyle = '#ffe9b8';
  paint.beginPath();
  paint.arc(width * (0.3 + Math.random() * 0.4), height * 0.6, 150, 0, 7);
  paint.fill();
  ['#7d4870', '#563a66', '#33294f', '#1c1a35'].forEach((colour, ridge) => {
    const phase = Math.random() * 9;
    paint.fillStyle = colour;
    paint.beginPath();
    paint.moveTo(0, height);
    for (let x = 0; x <= width; x += 8) {
      const t = x / width * (6 + ridge * 3) + phase;
      paint.lineTo(x, height * (0.62 + ridge * 0.09) - (Math.sin(t) + Math.sin(t * 2.3) / 2 + Math.sin(t * 7.1) / 9) * (85 - ridge * 14));
    }
    paint.lineTo(width, height);
    paint.fill();
  });
  canvas.toBlob((blob) => take(new File([blob], 'mountains.jpg', { type: blob.type })), 'image/jpeg', 0.9);
});

byId('controls').disabled = false;
byId('status').hidden = false;
byId('address').textContent = location.origin + base.slice(0, -1);
for (const link of document.querySelectorAll('a[data-path]')) link.href = base + link.dataset.path;
localTime(byId('fact-since'));
`;

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' " +
  "rx='4' fill='%234263d6'/%3E%3Cpath d='M3 12l3-5 2 3 2-2 3 4z' fill='%23fff'/%3E%3C/svg%3E";

/** @param ofOption the style rule that the page of this option has to itself */
const policyFor = (ofOption: string): string =>
  [
    "default-src 'none'",
    `style-src ${hashOf(ofOption)} ${hashOf(style)}`,
    `script-src ${hashOf(script)}`,
    // The thumbnail is shown from memory, and the icon is part of the page.
    'img-src blob: data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');

/** The page for people: who answered, and a form to try a picture. With it, the policy that lets it run. */
export function renderPage(info: Info): { readonly html: string; readonly contentSecurityPolicy: string } {
  const { limits } = info;
  const inputs = limits.inputs.map(nameOf);
  const ofOption = `:root { --hue: ${hueOf(info.option)} }`;
  const facts: readonly (readonly [label: string, html: string, note?: string])[] = [
    ['Compute option', escape(info.option)],
    ['Start', `<span id="fact-start">${info.start}</span>`, 'cold: the first request a process answers'],
    [
      'Running since',
      `<time id="fact-since" datetime="${info.startedAt}">${info.startedAt}</time>`,
      `<span id="fact-uptime">${Math.round(info.uptimeSeconds)} s ago</span>`,
    ],
    ['Requests answered', `<span id="fact-requests">${info.requests}</span>`, 'by this process, health checks aside'],
    ['Processor', `${info.cpus} ${info.cpus === 1 ? 'CPU' : 'CPUs'}`, escape(info.architecture)],
    ['Memory', `${info.memoryMiB.toLocaleString('en')} MiB`],
    ['Runtime', escape(info.runtime)],
    ['Version', escape(info.version)],
  ];
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Thumbnails on ${escape(info.option)}</title>
<link rel="icon" href="${icon}">
<style>${ofOption}</style>
<style>${style}</style>
</head>
<body>
<header>
<h1>Thumbnails <span class="unseen">on </span><span class="badge">${escape(info.option)}</span></h1>
<p>One small service, the same on every compute option. Give it a picture, and see how fast this one is.</p>
</header>
<main>
<section aria-labelledby="form-title">
<h2 id="form-title">Try a picture</h2>
<form id="form" data-max-body-bytes="${limits.maxBodyBytes}">
<fieldset id="controls" disabled>
<label class="drop" id="drop">
<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><rect x="3" y="4" width="18" height="16" rx="3"/><circle cx="8.5" cy="9.5" r="1.5"/><path d="M4 18l5-5 3 3 4-5 5 6"/></svg>
<b id="chosen">Choose or drop a picture</b>
<small id="accepted">${inputs.slice(0, -1).join(', ')} or ${inputs.at(-1) ?? ''}, up to ${megabytes(limits.maxBodyBytes)} and ${Math.round(limits.maxPixels / 1e6)} megapixels</small>
<input type="file" id="picture" aria-describedby="accepted" accept="${limits.inputs.map((format) => `image/${format}`).join(',')}">
</label>
<div class="wishes">
<label>Width in pixels
<input type="number" id="width" required min="${limits.minWidth}" max="${limits.maxWidth}" value="320">
</label>
<label>Format
<select id="format">${limits.formats.map((format) => `<option value="${format}">${nameOf(format)}</option>`).join('')}</select>
</label>
<button>Make thumbnail</button>
<button type="button" class="plain" id="draw">Draw me a picture</button>
</div>
</fieldset>
</form>
<noscript><p>The form needs JavaScript; the service does not: see the command below, with the address of this page in place of https://…</p></noscript>
</section>
<section id="outcome" aria-labelledby="outcome-title">
<h2 id="outcome-title" tabindex="-1">Thumbnail</h2>
<progress id="work" aria-label="Making the thumbnail" hidden></progress>
<div id="problem" class="problem" role="alert" hidden><p id="problem-title"></p><p id="problem-detail"></p><small id="problem-id"></small></div>
<figure id="result" hidden>
<img id="thumbnail" alt="">
<figcaption>
<dl>
<dt>Size</dt><dd id="size"></dd>
<dt>File size</dt><dd id="weight"></dd>
<dt>Time</dt><dd id="took"></dd>
<dt>File</dt><dd><a id="save" download>Save the thumbnail</a></dd>
</dl>
<h3>Answers so far</h3>
<ol id="answers"></ol>
</figcaption>
</figure>
<p id="status" class="stage" role="status" hidden>It will appear here.</p>
</section>
<section id="facts" aria-labelledby="facts-title">
<h2 id="facts-title">The process that answered last</h2>
<dl class="tiles">
${facts.map(([label, value, note]) => `<div><dt>${label}</dt><dd>${value}${note === undefined ? '' : ` <small>${note}</small>`}</dd></div>`).join('\n')}
</dl>
</section>
</main>
<footer>
<p>Without a browser:</p>
<pre><code>curl --data-binary @picture.jpg '<span id="address">https://…</span>/thumbnails?width=320&amp;format=webp' -o thumbnail.webp</code></pre>
<p>The same facts as JSON: <a href="info" data-path="info">/info</a>. For load balancers: <a href="health" data-path="health">/health</a>.</p>
</footer>
<script>${script}</script>
</body>
</html>
`;
  return { html, contentSecurityPolicy: policyFor(ofOption) };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A CSP source for exactly this inline text. */
function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** A hue for a name, in degrees: the same for the same name. FNV-1a spreads names that differ in one letter. */
export function hueOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % 360;
}
