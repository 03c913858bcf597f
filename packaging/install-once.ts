import { spawn } from 'node:child_process';
import { cp, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import path from 'node:path';

const ROOT = path.join(__dirname, '..');

/** Runs npm, the very one that runs this program where one does, and throws Error with its own words if it fails. */
function npm(args: readonly string[], cwd: string, signal: AbortSignal): Promise<void> {
  const cli = process.env['npm_execpath'];
  const child = cli?.endsWith('npm-cli.js')
    ? spawn(process.execPath, [cli, ...args], { cwd, signal })
    : // npm is a .cmd file on Windows, which only a shell starts.
      spawn('npm', args, { cwd, signal, shell: process.platform === 'win32' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(output.trim() || `npm ended with ${code}`));
    });
  });
}

/** What to install beside the project's own packages. */
export interface Installation {
  /** For messages and the folder's name, e.g. `sharp-linux-arm64`. */
  readonly name: string;
  readonly packageJson: string;
  /** Says the integrity of every package: npm refuses other bytes. */
  readonly packageLock: string;
  /** Of npm, e.g. `--cpu=arm64`. */
  readonly options?: readonly string[];
  /** Further files to put there, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * Installs packages into a folder below `.cache/`, running none of their scripts. Once: the folder is named after what
 * is installed, and is there only when npm has finished in it.
 *
 * @param progress called with what is being fetched
 * @returns the folder; the packages are in its `node_modules`
 * @throws Error that says what was to be fetched, what to do, and npm's own words; AbortError where the signal says so
 */
export async function installOnce(
  installation: Installation,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const folder = installedFolder(installation);
  if (await isThere(folder)) return folder;
  progress(`fetching ${installation.name} with npm`);
  const unfinished = `${folder}.${process.pid}`;
  const write = async (file: string, text: string) => {
    await mkdir(path.dirname(path.join(unfinished, file)), { recursive: true });
    await writeFile(path.join(unfinished, file), text);
  };
  try {
    await write('package.json', installation.packageJson);
    await write('package-lock.json', installation.packageLock);
    // A team's own registry may be named here.
    await cp(path.join(ROOT, '.npmrc'), path.join(unfinished, '.npmrc'));
    const only = [
      '--ignore-scripts',
      '--omit=dev',
      '--include=optional',
      '--package-lock=true',
      '--no-global',
      '--force',
    ];
    const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
    await npm(['ci', `--prefix=${unfinished}`, ...only, ...quiet, ...(installation.options ?? [])], unfinished, signal);
    for (const [file, text] of Object.entries(installation.files ?? {})) await write(file, text);
    await rename(unfinished, folder).catch(async (error: unknown) => {
      // Another run may have been quicker.
      if (!(await isThere(folder))) throw error;
    });
    return folder;
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Error(
      `Could not fetch ${installation.name} from the npm registry. It is needed once; later runs find it in .cache/. ` +
        `Where the registry (or npm's own cache) can be reached, run the same command again.\n` +
        (error instanceof Error ? error.message : String(error)),
      { cause: error },
    );
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Where `installOnce` puts it. */
export function installedFolder({ name, packageJson, packageLock, options, files }: Installation): string {
  const what = JSON.stringify([packageJson, packageLock, options, files]);
  const id = createHash('sha256').update(what).digest('hex').slice(0, 12);
  return path.join(ROOT, '.cache', 'installed', `${name}-${id}`);
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );
