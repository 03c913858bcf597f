/** Widths of Helvetica's characters from the space to the tilde, in thousandths of the font size (Adobe's font metrics). */
const WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
  556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
  722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
  556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
  260, 334, 584,
];
const BOLD = 1.08;
// Where none of those fonts is installed, the browser takes its own, such as DejaVu Sans, which is wider.
const WIDER = 1.16;

export const FONT = 'Helvetica, Arial, Liberation Sans, sans-serif';

/** How wide a text is at most: in Helvetica, in a font of its widths (Arial, Liberation Sans), or in a wider one. */
export function textWidth(text: string, size: number, bold = false): number {
  const sum = Array.from(text).reduce((all, character) => all + (WIDTHS[character.charCodeAt(0) - 32] ?? 584), 0);
  return (sum / 1000) * size * WIDER * (bold ? BOLD : 1);
}

/** The lines of a text that are not wider than a width. A word that is wider breaks at its parts. */
export function wrap(text: string, width: number, size: number, bold = false): string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces(text, width, size, bold)) {
    if (line !== '' && textWidth((line + piece).trimEnd(), size, bold) > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += line === '' ? piece.trimStart() : piece;
  }
  return line === '' ? lines : [...lines, line.trimEnd()];
}

/** Words; of one that is too wide its parts up to a `/`, `,` or `-`, of such a part its capitalised words, or characters. */
const SEPARATORS = [/\S+\s*/g, /[^/,-]*[/,-]?\s*/g, /[A-Z]?[^A-Z]*/g, /./gu];

function pieces(text: string, width: number, size: number, bold: boolean, level = 0): string[] {
  const separator = SEPARATORS[level];
  if (separator === undefined) return [text];
  return (text.match(separator) ?? []).flatMap((piece) =>
    textWidth(piece.trimEnd(), size, bold) <= width ? [piece] : pieces(piece, width, size, bold, level + 1),
  );
}
