import { createHash } from 'node:crypto';
import { nameOf, type OutputFormat, outputFormats } from '../../service/formats';
import { widths } from '../../service/thumbnail';
import { script } from './page-script';
import { style } from './page-style';

/** A compute option on the page: its stack, and what stands for it here. */
export interface PageOption {
  /** The id of its stack. */
  readonly id: string;
  /** As people call it. */
  readonly title: string;
  readonly description: string;
  /** The name of its picture in docs/pictures, without theme and ending. */
  readonly picture: string;
  readonly runsAs: string;
  readonly notShown: string;
  /** What runs here, or may. */
  readonly runners: readonly { readonly name: string; readonly title: string }[];
}

export interface PageFacts {
  readonly options: readonly PageOption[];
  /** The largest picture that the sandbox takes. */
  readonly maxBodyBytes: number;
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' " +
  "rx='4' fill='%23b4540a'/%3E%3Cpath d='M3 3h4v4H3zM9 3h4v4H9zM3 9h4v4H3zM9 9h4v4H9z' fill='%23fff'/%3E%3C/svg%3E";

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const POLICY = [
  "default-src 'none'",
  `style-src ${hashOf(style)}`,
  `script-src ${hashOf(script)}`,
  // Thumbnails are shown from memory, and the pictures of the options come from here.
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const runnerRow = ({ name, title }: PageOption['runners'][number]): string => `<li data-runner="${escape(name)}">
<p><b>${escape(name)}</b> <span class="state" data-part="state">waiting</span> <span data-part="start"></span> <a data-part="link" hidden>its own page</a></p>
<p class="quiet">${escape(title)}</p>
<p class="why" data-part="why" hidden></p>
</li>`;

const card = (
  option: PageOption,
): string => `<article class="card" data-option="${escape(option.id)}" aria-labelledby="option-${escape(option.id)}">
<h3 id="option-${escape(option.id)}">${escape(option.title)}</h3>
<p class="quiet">${escape(option.description)}</p>
<dl>
<div><dt>Idle</dt><dd data-part="idle">is being computed</dd></div>
<div><dt>Runs here as</dt><dd>${escape(option.runsAs)}</dd></div>
<div><dt>That does not show</dt><dd>${escape(option.notShown)}</dd></div>
</dl>
<ul class="runners">
${option.runners.map(runnerRow).join('\n')}
</ul>
<a class="architecture" href="/pictures/${option.picture}-light.svg"><picture><source media="(prefers-color-scheme: dark)" srcset="/pictures/${option.picture}-dark.svg"><img src="/pictures/${option.picture}-light.svg" loading="lazy" alt="What the stack ${escape(option.id)} deploys, as a picture"></picture></a>
</article>`;

const formatOption = (format: OutputFormat): string => `<option value="${format}">${nameOf(format)}</option>`;

/** The page of the sandbox: what stands on it when nothing has been said of the options. With it, the policy that lets it run. */
export function renderPage({ options, maxBodyBytes }: PageFacts): {
  readonly html: string;
  readonly contentSecurityPolicy: string;
} {
  const megabytes = Math.floor(maxBodyBytes / 1e6);
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AWS compute options on this machine</title>
<link rel="icon" href="${ICON}">
<style>${style}</style>
</head>
<body>
<header>
<h1>AWS compute options on this machine</h1>
<p>One small service, the same on every option. Drop a picture once, and each option that runs here answers it.</p>
<p id="summary" role="status">The options are being started.</p>
</header>
<main>
<section aria-labelledby="form-title">
<h2 id="form-title">Try a picture</h2>
<form id="form" data-max-body-bytes="${maxBodyBytes}">
<fieldset id="controls" disabled>
<label class="drop" id="drop">
<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><rect x="3" y="4" width="18" height="16" rx="3"/><circle cx="8.5" cy="9.5" r="1.5"/><path d="M4 18l5-5 3 3 4-5 5 6"/></svg>
<b id="chosen">Choose or drop a picture</b>
<small id="accepted">up to ${megabytes} MB; what an option refuses, it says</small>
<input type="file" id="picture" accept="image/*" aria-describedby="accepted">
</label>
<div class="wishes">
<label>Width in pixels
<input type="number" id="width" required min="${widths.minimum}" max="${widths.maximum}" value="${widths.default}">
</label>
<label>Format
<select id="format">${outputFormats.map(formatOption).join('')}</select>
</label>
<button>Send again</button>
<button type="button" class="plain" id="draw">Draw me a picture</button>
</div>
</fieldset>
</form>
<noscript><p>The form needs JavaScript. The command says where each option answers.</p></noscript>
</section>
<section aria-labelledby="answers-title">
<h2 id="answers-title" tabindex="-1">Answers, side by side</h2>
<p id="progress" class="quiet" role="status">They appear here, one option after another, so that each has the processors to itself.</p>
<p id="problem" class="problem" role="alert" hidden></p>
<ol id="answers"></ol>
<h3 id="made-title" hidden>Made without a request: the same picture, put to the bucket of the deployed pipeline</h3>
<div id="made" hidden></div>
<h3 id="facts-title" hidden>Samples that make no thumbnails: each was asked for its facts, <code>GET /info</code></h3>
<ul id="facts"></ul>
</section>
<section id="options" aria-labelledby="options-title">
<h2 id="options-title">The options</h2>
<p class="quiet">Idle costs are those of the README: US dollars a month in us-east-1, without a request, by the sandbox preset. A start is from nothing to the first answer on this machine: no instance and no virtual machine boots here.</p>
<div class="cards">
${options.map(card).join('\n')}
</div>
</section>
</main>
<footer><p>To end it and take everything away: Ctrl+C in its terminal, or <code>npm run sandbox -- down</code> in another.</p></footer>
<script>${script}</script>
</body>
</html>
`;
  return { html, contentSecurityPolicy: POLICY };
}
