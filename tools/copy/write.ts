import { mkdtemp, mkdir, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');

/** The folder can't be written; the message says why and what to do. */
export class CopyError extends Error {
  override readonly name = 'CopyError';
}

/**
 * Writes files into a new folder: all of them, or none.
 *
 * @throws CopyError where the folder has something in it, or can't be made; AbortError where the signal says so
 */
export async function writeFolder(
  folder: string,
  files: ReadonlyMap<string, string | Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const target = path.resolve(folder);
  const parent = path.dirname(target);
  if (!path.relative(ROOT, target).startsWith('..') && !path.isAbsolute(path.relative(ROOT, target)))
    throw new CopyError(`${folder} is inside this repository. Choose a folder beside it, such as ../mine`);
  if (!(await isFolder(parent))) throw new CopyError(`${parent} is no folder. Create it first: mkdir -p ${parent}`);
  const isThere = await isEmptyFolder(folder, target);

  // Beside it, so that the name alone changes at the end.
  const temporary = await mkdtemp(path.join(parent, `.${path.basename(target)}-`));
  try {
    const unfinished = path.join(temporary, 'copy');
    for (const [file, content] of files) {
      signal.throwIfAborted();
      const written = path.join(unfinished, file);
      await mkdir(path.dirname(written), { recursive: true });
      await writeFile(written, content, { mode: isProgram(content) ? 0o755 : 0o644, signal });
    }
    signal.throwIfAborted();
    // Fails where something was put there meanwhile.
    if (isThere) await rmdir(target);
    await rename(unfinished, target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

const isProgram = (content: string | Uint8Array): boolean => Buffer.from(content).subarray(0, 2).toString() === '#!';

const isFolder = async (folder: string): Promise<boolean> => {
  const found = await stat(folder).catch(() => undefined);
  return found?.isDirectory() === true;
};

/** Whether it is there. Refuses one that is no folder, or not empty. */
async function isEmptyFolder(folder: string, target: string): Promise<boolean> {
  const found = await stat(target).catch(() => undefined);
  if (found === undefined) return false;
  if (!found.isDirectory()) throw new CopyError(`${folder} is a file. Choose the name of a new folder`);
  const entries = await readdir(target);
  if (entries.length > 0)
    throw new CopyError(
      `${folder} is not empty (it has ${entries.slice(0, 3).join(', ')}${entries.length > 3 ? ', …' : ''}), and nothing is ` +
        'overwritten. Choose a new folder, or empty this one',
    );
  return true;
}
