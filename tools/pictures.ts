import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fail, readCommandLine } from './command-line';
import { synthesize } from './pictures/assembly';
import { drawAll, type Picture } from './pictures/draw';

const FOLDER = path.join(__dirname, '..', 'docs', 'pictures');

const USAGE = `Draws the pictures of docs/pictures from the templates: each stack, all stacks, and the day.

  npm run pictures -- [--check]

--check  write nothing, and say which pictures the templates have changed
--help   print this text

Exit code: 0 the pictures are those of the templates, 1 they are not, 2 the command was used in a wrong way.`;

/** What a file of the folder has; undefined where there is none. */
function existing(file: string): string | undefined {
  try {
    return readFileSync(path.join(FOLDER, file), 'utf8');
  } catch {
    return undefined;
  }
}

const existingFiles = (): string[] => {
  mkdirSync(FOLDER, { recursive: true });
  return readdirSync(FOLDER).filter((file) => file.endsWith('.svg'));
};

function write(pictures: readonly Picture[]): void {
  for (const file of existingFiles())
    if (!pictures.some((picture) => picture.file === file)) {
      rmSync(path.join(FOLDER, file));
      console.log(`docs/pictures/${file} is removed: no stack draws it any more.`);
    }
  for (const { file, svg } of pictures) {
    if (existing(file) === svg) continue;
    // Under another name first, so that an interruption leaves no half a picture.
    const unfinished = path.join(FOLDER, `.${file}.unfinished`);
    writeFileSync(unfinished, svg);
    renameSync(unfinished, path.join(FOLDER, file));
    console.log(`docs/pictures/${file}`);
  }
}

/** The pictures that differ from what the templates draw. */
function differences(pictures: readonly Picture[]): string[] {
  return [
    ...pictures.filter(({ file, svg }) => existing(file) !== svg).map(({ file }) => file),
    ...existingFiles().filter((file) => !pictures.some((picture) => picture.file === file)),
  ];
}

async function main(): Promise<void> {
  const { values } = readCommandLine(USAGE, { options: { check: { type: 'boolean', default: false } } });
  const pictures = await drawAll(synthesize());
  if (!values.check) {
    write(pictures);
    return;
  }
  const changed = differences(pictures);
  if (changed.length > 0)
    throw new Error(`The templates draw these pictures in another way: ${changed.join(', ')}. Run: npm run pictures`);
}

main().catch(fail);
