import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fail, readCommandLine } from './command-line';
import { sourceOf, textOf } from './imports';
import { terminalTable } from './table';

const USAGE = `Prints what a reader of each compute option opens: the files and lines that its stack.ts imports.

  npm run closure                  one row for each compute option
  npm run closure -- --files       the files of each, with their lines

Imports of types count. Files of lib/ count together, and what an option ships counts apart: packaging/, docker/,
lambda/ and service/.`;

const ROOT = path.resolve(__dirname, '..');

/** A file of the repository, and its lines. */
export interface SourceFile {
  /** From the repository's root, with slashes. */
  readonly file: string;
  readonly lines: number;
}

/** What the stack of one compute option imports, directly or not, itself included. */
export interface Closure {
  /** Folder of the compute option, below lib/. */
  readonly option: string;
  /** Files of lib/. */
  readonly lib: readonly SourceFile[];
  /** Files of the folders from which the option ships. */
  readonly shipped: readonly SourceFile[];
}

/** The folders of the compute options, in the order in which lib/app.ts imports them. */
export function optionFolders(): string[] {
  return sourceOf('lib/app.ts')
    .imports.map(({ file }) => path.posix.relative('lib', file))
    .filter((file) => path.posix.basename(file) === 'options.ts')
    .map((file) => path.posix.dirname(file))
    .filter((folder) => existsSync(path.join(ROOT, 'lib', folder, 'stack.ts')));
}

/** What the stack of a compute option imports. */
export function closureOf(option: string): Closure {
  const files = new Set([`lib/${option}/stack.ts`]);
  // A set yields what is added to it on the way.
  for (const file of files) for (const imported of importsOf(file)) files.add(imported);
  const sources = [...files].sort().map((file) => ({ file, lines: linesOf(file) }));
  return {
    option,
    lib: sources.filter(({ file }) => file.startsWith('lib/')),
    shipped: sources.filter(({ file }) => !file.startsWith('lib/')),
  };
}

/** Every TypeScript file of lib/, with its lines. */
export function libraryFiles(): SourceFile[] {
  return readdirSync(path.join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `lib/${file.split(path.sep).join('/')}`)
    .sort()
    .map((file) => ({ file, lines: linesOf(file) }));
}

const importsOf = (file: string): string[] =>
  sourceOf(file)
    .imports.map((each) => each.file)
    .filter((imported) => imported.endsWith('.ts'));

/** The sum of the lines of some files. */
export const totalLines = (files: readonly SourceFile[]): number => files.reduce((sum, { lines }) => sum + lines, 0);

const linesOf = (file: string): number => textOf(file).split('\n').length - 1;

function print(closures: readonly Closure[]): void {
  const rows = closures.map(({ option, lib, shipped }) => {
    const ships = [...new Set(shipped.map(({ file }) => file.slice(0, file.indexOf('/') + 1)))].map((folder) => {
      const files = shipped.filter(({ file }) => file.startsWith(folder));
      return `${folder} ${files.length} (${totalLines(files)})`;
    });
    return [`lib/${option}`, String(lib.length), String(totalLines(lib)), ships.join(', ')];
  });
  console.log(terminalTable(['compute option', 'files of lib/', 'lines', 'ships from: files (lines)'], rows));
}

function printFiles(closures: readonly Closure[]): void {
  for (const { option, lib, shipped } of closures) {
    const rows = [...lib, ...shipped].map(({ file, lines }) => [file, String(lines)]);
    console.log(`${terminalTable([`lib/${option}`, 'lines'], rows)}\n`);
  }
}

if (require.main === module)
  try {
    const { values } = readCommandLine(USAGE, { options: { files: { type: 'boolean', default: false } } });
    const closures = optionFolders().map(closureOf);
    if (values.files) printFiles(closures);
    print(closures);
  } catch (error) {
    fail(error);
  }
