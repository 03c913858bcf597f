import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { preProcessFile } from 'typescript';

const ROOT = path.join(__dirname, '..', '..');

/** Files of this repository that have another path in a copy: their path here, and there. */
export type Moves = ReadonlyMap<string, string>;

/** A file of this repository. */
export const textOf = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** The file that an import of another file means, by path from the repository's root. */
function resolve(from: string, specifier: string): string {
  const target = path.posix.join(path.posix.dirname(from), specifier);
  const file = ['', '.ts', '.mts']
    .map((ending) => `${target}${ending}`)
    .find((each) => /\.\w+$/.test(each) && isFile(each));
  if (file === undefined) throw new Error(`${from} imports ${specifier}, which is no file`);
  return file;
}

const isFile = (file: string): boolean => existsSync(path.join(ROOT, file));

/** An import of another file of this repository: where its specifier stands in the text, and the file that it means. */
interface Import {
  readonly start: number;
  readonly specifier: string;
  readonly file: string;
}

interface Source {
  readonly text: string;
  readonly imports: readonly Import[];
  /** The packages that it imports. */
  readonly packages: readonly string[];
  /** TypeScript that it names by its path from the root, as functions are. */
  readonly named: readonly string[];
}

const sources = new Map<string, Source>();

/** What a file says of others; each file is read once. */
function sourceOf(file: string): Source {
  const known = sources.get(file);
  if (known) return known;
  const text = textOf(file);
  const { importedFiles } = preProcessFile(text, true, true);
  const imports = importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName, pos }) => ({
      start: text.indexOf(fileName, pos),
      specifier: fileName,
      file: resolve(file, fileName),
    }));
  const packages = importedFiles
    .filter(({ fileName }) => !fileName.startsWith('.') && !isBuiltin(fileName))
    .map(({ fileName }) => packageOf(fileName));
  const named = [...text.matchAll(/'((?:[\w-]+\/)+[\w.-]+\.ts)'/g)].map(([, name = '']) => name).filter(isFile);
  const source = { text, imports, packages, named };
  sources.set(file, source);
  return source;
}

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
      ? { text: textOf(file), files: [], packages: [] }
      : copyOf(here.get(file) ?? file, moves);
    found.set(file, copied);
    copied.files.forEach(visit);
  };
  entries.forEach(visit);
  return found;
}
