import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { preProcessFile } from 'typescript';

const ROOT = path.join(__dirname, '..', '..');

/** Files of this repository that have another path in a copy: their path here, and there. */
export type Moves = ReadonlyMap<string, string>;

export const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** The file that an import of another file means, by path from the repository's root. */
function resolve(from: string, specifier: string): string {
  const target = path.posix.join(path.posix.dirname(from), specifier);
  const file = ['', '.ts', '.mts'].map((ending) => `${target}${ending}`).find((each) => /\.\w+$/.test(each) && isFile(each));
  if (file === undefined) throw new Error(`${from} imports ${specifier}, which is no file`);
  return file;
}

const isFile = (file: string): boolean => existsSync(path.join(ROOT, file));

/** A file as it is in the copy, and what it takes along there. */
export interface Copied {
  readonly text: string;
  /** The files that it imports, types alone too, or that it names by their path from the root, as functions are. */
  readonly files: readonly string[];
  /** The packages that it imports. */
  readonly packages: readonly string[];
}

/**
 * A TypeScript file with its imports as they are in the copy.
 *
 * @param file its path in this repository
 * @param moves the files whose path in the copy is another
 */
export function copyOf(file: string, moves: Moves): Copied {
  const there = (each: string): string => moves.get(each) ?? each;
  const text = read(file);
  const files: string[] = [];
  const packages: string[] = [];
  let result = '';
  let done = 0;
  for (const { fileName, pos } of preProcessFile(text, true, true).importedFiles) {
    if (!fileName.startsWith('.')) {
      if (!isBuiltin(fileName)) packages.push(packageOf(fileName));
      continue;
    }
    const target = there(resolve(file, fileName));
    files.push(target);
    const specifier = relative(there(file), /\.\w+$/.test(fileName) ? target : target.replace(/\.m?ts$/, ''));
    const start = text.indexOf(fileName, pos);
    result += text.slice(done, start) + specifier;
    done = start + fileName.length;
  }
  for (const [, named = ''] of text.matchAll(/'((?:[\w-]+\/)+[\w.-]+\.ts)'/g)) if (isFile(named)) files.push(there(named));
  return { text: result + text.slice(done), files, packages };
}

function relative(from: string, to: string): string {
  const result = path.posix.relative(path.posix.dirname(from), to);
  return result.startsWith('.') ? result : `./${result}`;
}

const packageOf = (specifier: string): string => /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[0] ?? specifier;

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
      ? { text: read(file), files: [], packages: [] }
      : copyOf(here.get(file) ?? file, moves);
    found.set(file, copied);
    copied.files.forEach(visit);
  };
  entries.forEach(visit);
  return found;
}
