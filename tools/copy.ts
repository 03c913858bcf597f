import path from 'node:path';
import { fail, noSuch, readCommandLine, UsageError } from './command-line';
import { copyFiles } from './copy/files';
import { COPY_RECIPES, type CopyRecipe } from './copy/recipes';
import { writeFolder } from './copy/write';

const IDS = COPY_RECIPES.map(({ id }) => id);

const USAGE = `Copies one compute option into a folder of its own, with what it needs and nothing more.

  npm run copy -- <option> <folder>     npm run copy -- Fargate ../mine

Compute options: ${IDS.join(', ')}

The folder is a new one, or empty. In it: npm install && npm test

Exit code: 0 written, 1 it could not be written, 2 wrong use, 130 interrupted.`;

/**
 * What a copy of a compute option is made of.
 *
 * @throws UsageError where there is no such option, with the one that was probably meant
 */
export function recipeOf(id: string): CopyRecipe {
  const recipe = COPY_RECIPES.find((each) => each.id.toLowerCase() === id.toLowerCase());
  if (recipe === undefined) throw new UsageError(noSuch('compute option', id, IDS, 3), USAGE);
  return recipe;
}

async function main(): Promise<void> {
  const { positionals } = readCommandLine(USAGE, { allowPositionals: true });
  const [id, folder, ...more] = positionals;
  if (id === undefined || folder === undefined || more.length > 0)
    throw new UsageError('A compute option and a folder are needed.', USAGE);
  const recipe = recipeOf(id);

  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort());
  const { files, numbers } = copyFiles(recipe, packageName(folder));
  try {
    await writeFolder(folder, files, interrupted.signal);
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    console.error('\nInterrupted: nothing was written.\n');
    process.exitCode = 130;
    return;
  }

  console.log(`${recipe.id}: ${files.size} files in ${folder}. There: npm install && npm test`);
  console.log(`\nIn the place of the thumbnail service stands ${recipe.placeholder}.`);
  if (numbers.length === 0) return;
  console.log('\nThese values were chosen for the thumbnail service. Choose your own:');
  for (const number of numbers) console.log(`  ${number}`);
}

/** A folder's name as npm takes it for a package. */
const packageName = (folder: string): string =>
  path
    .basename(path.resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '') || 'copy';

if (require.main === module) main().catch(fail);
