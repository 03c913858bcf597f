import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Graph } from './graph';
import { type Layout, type PlacedArrow, type PlacedCard, type PlacedFrame, type Point, SIZES } from './layout';
import { FONT, wrap } from './text';
import type { Theme } from './themes';

const ICONS = path.join(path.dirname(require.resolve('aws-icons/package.json')), 'icons');

/** A number as an SVG has it: two digits behind the point at most. */
export const n = (value: number): string => String(Math.round(value * 100) / 100);

export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

interface TextStyle {
  readonly size: number;
  readonly fill: string;
  readonly bold?: boolean;
  readonly anchor?: 'start' | 'middle' | 'end';
}

/** A line of text; its baseline is at y. */
export function textLine(
  text: string,
  x: number,
  y: number,
  { size, fill, bold, anchor = 'start' }: TextStyle,
): string {
  const weight = bold === true ? ' font-weight="700"' : '';
  const at = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text x="${n(x)}" y="${n(y)}" font-size="${size}"${weight}${at} fill="${fill}">${escapeXml(text)}</text>`;
}

const iconId = (icon: string): string => `icon-${icon.replaceAll('/', '-')}`;

/** An icon once, to be used as often as it is drawn. What is dark on light is drawn light in the dark. */
function symbol(icon: string, { text }: Theme): string {
  const svg = readFileSync(path.join(ICONS, `${icon}.svg`), 'utf8');
  const [, viewBox, body] = /<svg[^>]*viewBox="([^"]*)"[^>]*>(?:<title>[^<]*<\/title>)?(.*)<\/svg>/s.exec(svg) ?? [];
  if (viewBox === undefined || body === undefined) throw new Error(`aws-icons has changed: ${icon} has no view box.`);
  if (body.includes('id=')) throw new Error(`The icon ${icon} has ids of its own, which would meet others.`);
  return `<symbol id="${iconId(icon)}" viewBox="${viewBox}">${body.replaceAll('#242f3e', text)}</symbol>`;
}

export const useIcon = (icon: string, x: number, y: number, size: number): string =>
  `<use href="#${iconId(icon)}" x="${n(x)}" y="${n(y)}" width="${size}" height="${size}"/>`;

/** A whole SVG of what was drawn, with the icons that it uses. */
export function svgDocument(options: {
  readonly title: string;
  readonly description: string;
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
  readonly icons: readonly string[];
  readonly body: readonly string[];
}): string {
  const { title, description, width, height, theme, icons, body } = options;
  const symbols = [...new Set(icons)].sort().map((icon) => symbol(icon, theme));
  const arrowHead = `<marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="${theme.line}"/></marker>`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${n(width)} ${n(height)}" width="${n(width)}" height="${n(height)}" role="img" font-family="${FONT}">`,
    `<title>${escapeXml(title)}</title>`,
    `<desc>${escapeXml(description)}</desc>`,
    `<defs>${[arrowHead, ...symbols].join('')}</defs>`,
    `<rect width="100%" height="100%" rx="8" fill="${theme.background}"/>`,
    ...body,
    '</svg>',
  ].join('\n')}\n`;
}

function drawFrame({ box }: PlacedFrame, theme: Theme): string {
  const { x, y, width, height } = box;
  return `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="6" fill="${theme.frame}" stroke="${theme.frameLine}" stroke-width="1.5" stroke-dasharray="5 4"/>`;
}

/** Above the arrows, which end at its letters. */
function drawFrameTitle({ frame, box }: PlacedFrame, theme: Theme): string {
  const { x, y } = box;
  const title = textLine(frame.title, x + 34, y + 22, { size: SIZES.detail.size, fill: theme.text, bold: true });
  return [
    useIcon(frame.icon, x + 8, y + 7, 20),
    `<g stroke="${theme.frame}" stroke-width="5" stroke-linejoin="round" paint-order="stroke">${title}</g>`,
  ].join('');
}

function drawCard({ card, titleLines, nameLines, detailLines, box }: PlacedCard, theme: Theme): string {
  const { padding, icon, title, name, detail } = SIZES;
  const { x, y, width, height } = box;
  const head = titleLines.length * title.line + nameLines.length * name.line;
  const top = y + padding + Math.max(0, (icon - head) / 2);
  const beside = x + padding + icon + 8;
  const below = y + padding + Math.max(icon, head) + 6;
  return [
    `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="6" fill="${theme.card}" stroke="${theme.cardLine}"/>`,
    useIcon(card.icon, x + padding, y + padding, icon),
    ...titleLines.map((line, i) =>
      textLine(line, beside, top + (i + 1) * title.line - 4, { size: title.size, fill: theme.text, bold: true }),
    ),
    ...nameLines.map((line, i) =>
      textLine(line, beside, top + titleLines.length * title.line + (i + 1) * name.line - 3, {
        size: name.size,
        fill: theme.muted,
      }),
    ),
    ...detailLines.map((line, i) =>
      textLine(line, x + padding, below + (i + 1) * detail.line - 4, { size: detail.size, fill: theme.text }),
    ),
  ].join('');
}

/** A line with round corners. */
function roundedPath(points: readonly Point[], radius = 6): string {
  const towards = (from: Point, to: Point): Point => {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const share = length === 0 ? 0 : Math.min(radius, length / 2) / length;
    return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
  };
  const at = ({ x, y }: Point): string => `${n(x)} ${n(y)}`;
  return points
    .map((point, i) => {
      const [before, after] = [points[i - 1], points[i + 1]];
      if (before === undefined) return `M${at(point)}`;
      if (after === undefined) return `L${at(point)}`;
      return `L${at(towards(point, before))}Q${at(point)} ${at(towards(point, after))}`;
    })
    .join('');
}

const drawArrow = ({ points }: PlacedArrow, theme: Theme): string =>
  `<path d="${roundedPath(points)}" fill="none" stroke="${theme.line}" stroke-width="1.6" marker-end="url(#arrow)"/>`;

function drawLabel({ label }: PlacedArrow, theme: Theme): string[] {
  if (label === undefined) return [];
  const { x, y, width, height } = label.box;
  return [
    textLine(label.text, x + width / 2, y + height - 4, { size: SIZES.label, fill: theme.muted, anchor: 'middle' }),
  ];
}

/** Draws a graph that has its places. */
export function drawGraph(graph: Graph, layout: Layout, theme: Theme): string {
  const { margin, title, detail, name } = SIZES;
  const inner = Math.max(layout.width, 300);
  const descriptionLines = wrap(graph.description, inner, detail.size);
  const top = margin + title.line + 4 + descriptionLines.length * detail.line + 16;
  const also =
    graph.counts.length > 0 ? wrap(`Also in this stack: ${graph.counts.join(', ')}.`, inner, detail.size) : [];
  const bottom = top + layout.height + 8;
  const shift = (inner - layout.width) / 2;
  const offset = `translate(${n(margin + shift)} ${n(top)})`;
  return svgDocument({
    title: graph.title,
    description: graph.description,
    width: inner + margin * 2,
    height: bottom + also.length * detail.line + margin,
    theme,
    icons: [...layout.cards.map(({ card }) => card.icon), ...layout.frames.map(({ frame }) => frame.icon)],
    body: [
      textLine(graph.title, margin, margin + title.line, { size: title.size + 3, fill: theme.text, bold: true }),
      ...descriptionLines.map((line, i) =>
        textLine(line, margin, margin + title.line + 4 + (i + 1) * detail.line, {
          size: detail.size,
          fill: theme.muted,
        }),
      ),
      `<g transform="${offset}">`,
      ...layout.frames.map((frame) => drawFrame(frame, theme)),
      ...layout.arrows.map((arrow) => drawArrow(arrow, theme)),
      ...layout.frames.map((frame) => drawFrameTitle(frame, theme)),
      ...layout.cards.map((card) => drawCard(card, theme)),
      ...layout.arrows.flatMap((arrow) => drawLabel(arrow, theme)),
      '</g>',
      ...also.map((line, i) =>
        textLine(line, margin, bottom + (i + 1) * detail.line, { size: name.size + 1, fill: theme.muted }),
      ),
    ],
  });
}
