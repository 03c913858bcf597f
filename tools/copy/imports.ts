import path from 'node:path';
import { sourceOf, textOf } from '../imports';

/** Files of this repository that have another path in a copy: their path here, and there. */
export type Moves = ReadonlyMap<string, string>;

/** A file as it is in the copy, and what it takes along there. */
export interface Copied {
  readonly text: string;
  /** The files that it imports, types alone too, or that it names by their path from the root. */
  readonly files: readonly string[];
  readonly packages: readonly string[];
}

/** A TypeScript file by its path in this repository, with its imports as they are in the copy. */
function copyOf(file: string, moves: Moves): Copied {
  const there = (each: string): string => moves.get(each) ?? each;
  const { text, imports, packages, named } = sourceOf(file);
  let result = '';
  let done = 0;
  for (const { start, specifier, file: target } of imports) {
    const path = relative(there(file), there(target));
    result += text.slice(done, start) + (/\.\w+$/.test(specifier) ? path : path.replace(/\.m?ts$/, ''));
    done = start + specifier.length;
  }
  return {
    text: result + text.slice(done),
    files: [...imports.map((each) => each.file), ...named].map(there),
    packages,
  };
}

function relative(from: string, to: string): string {
  const result = path.posix.relative(path.posix.dirname(from), to);
  return result.startsWith('.') ? result : `./${result}`;
}

/**
 * These files and those that they import, and so on.
 *
 * @param entries by their path in the copy
 * @returns each file by its path in the copy
 */
export function closureOf(entries: readonly string[], moves: Moves): Map<string, Copied> {
  const here = new Map([...moves].map(([from, to]) => [to, from]));
  const found = new Map<string, Copied>();
  const visit = (file: string): void => {
    if (found.has(file)) return;
    const copied = file.endsWith('.json')
      ? { text: textOf(file), files: [], packages: [] }
      : copyOf(here.get(file) ?? file, moves);
    found.set(file, copied);
    copied.files.forEach(visit);
  };
  entries.forEach(visit);
  return found;
}
