import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { preProcessFile } from 'typescript';

const ROOT = path.join(__dirname, '..');

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
export interface Import {
  readonly start: number;
  readonly specifier: string;
  readonly file: string;
}

export interface Source {
  readonly text: string;
  readonly imports: readonly Import[];
  /** The packages that it imports. */
  readonly packages: readonly string[];
  /** TypeScript that it names by its path from the root, as functions are. */
  readonly named: readonly string[];
}

const sources = new Map<string, Source>();

/** What a file says of others; each file is read once. */
export function sourceOf(file: string): Source {
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

const packageOf = (specifier: string): string => /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[0] ?? specifier;
