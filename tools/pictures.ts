import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fail, readCommandLine } from './command-line';
import { replayDay } from './day/day';
import { renderDayPage } from './day/page';
import { synthesize } from './pictures/assembly';
import { drawAll } from './pictures/draw';

const DOCS = path.join(__dirname, '..', 'docs');
const FOLDER = path.join(DOCS, 'pictures');

const USAGE = `Draws the pictures of docs/pictures from the templates: each stack, all stacks, and the day with its page, docs/day.md.

  npm run pictures -- [--check]

--check  write nothing, and say which pictures the templates have changed
--help   print this text

Exit code: 0 the pictures are those of the templates, 1 they are not, 2 the command was used in a wrong way.`;

/** What a file has; undefined where there is none. */
function existing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const existingFiles = (): string[] => {
  mkdirSync(FOLDER, { recursive: true });
  return readdirSync(FOLDER).filter((file) => file.endsWith('.svg'));
};

/** Everything that the templates give, by its file. */
async function drawn(): Promise<ReadonlyMap<string, string>> {
  const assembly = synthesize();
  const pictures = await drawAll(assembly);
  return new Map([
    ...pictures.map(({ file, svg }): [string, string] => [path.join(FOLDER, file), svg]),
    [path.join(DOCS, 'day.md'), renderDayPage(replayDay(assembly))],
  ]);
}

const named = (file: string): string => path.relative(path.join(DOCS, '..'), file);

/** Pictures of stacks that are there no more. */
const surplus = (files: ReadonlyMap<string, string>): string[] =>
  existingFiles()
    .map((file) => path.join(FOLDER, file))
    .filter((file) => !files.has(file));

function write(files: ReadonlyMap<string, string>): void {
  for (const file of surplus(files)) {
    rmSync(file);
    console.log(`${named(file)} is removed: no stack draws it any more.`);
  }
  for (const [file, content] of files) {
    if (existing(file) === content) continue;
    // Under another name first, so that an interruption leaves no half a file.
    writeFileSync(`${file}.unfinished`, content);
    renameSync(`${file}.unfinished`, file);
    console.log(named(file));
  }
}

/** The files that differ from what the templates give. */
const differences = (files: ReadonlyMap<string, string>): string[] => [
  ...[...files].filter(([file, content]) => existing(file) !== content).map(([file]) => named(file)),
  ...surplus(files).map(named),
];

async function main(): Promise<void> {
  const { values } = readCommandLine(USAGE, { options: { check: { type: 'boolean', default: false } } });
  const files = await drawn();
  if (!values.check) {
    write(files);
    return;
  }
  const changed = differences(files);
  if (changed.length > 0)
    throw new Error(`The templates no longer give these files: ${changed.join(', ')}. Run: npm run pictures`);
}

main().catch(fail);
