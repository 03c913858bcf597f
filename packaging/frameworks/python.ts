import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Architecture } from '../bundle';
import type { Framework } from '../framework-packages';
import { CACHE, type Files, readFiles, type Recipe, ROOT, run, SOURCES, type Task } from './recipe';

/** Lambda's Python: its bytecode is of its minor version, and read by no other. */
const VERSION = '3.13';
/** Lambda unpacks a package here: what a traceback should say. */
const TASK_ROOT = '/var/task';
const SHARED = path.join(SOURCES, 'service-python');
const INSTALL = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];

/** Amazon Linux 2023, which Lambda's Python 3.13 runs on, has glibc 2.34; wheels say the least they need (PEP 600). */
const platforms = (architecture: Architecture): string[] => {
  const machine = architecture === 'arm64' ? 'aarch64' : 'x86_64';
  const glibc = Array.from({ length: 34 - 17 + 1 }, (_, index) => `manylinux_2_${17 + index}_${machine}`);
  return [`manylinux2014_${machine}`, ...glibc];
};

/** Neither stubs nor build files, nor what a command line uses, nor pip's own records. Licences and metadata stay. */
const runs = (file: string): boolean =>
  !/^bin\/|\.(pyi|c|h|pyx|pxd)$|\/py\.typed$|\.dist-info\/(RECORD|INSTALLER|REQUESTED|direct_url\.json)$/.test(file);

/** The interpreter of Lambda's version, where this machine has one: on the path, or by pyenv or uv. */
export async function targetPython(): Promise<string | undefined> {
  const pyenv = path.join(process.env['PYENV_ROOT'] ?? path.join(homedir(), '.pyenv'), 'versions');
  const installed = await readdir(pyenv).catch(() => []);
  const uv = await run('uv', ['python', 'find', '--no-project', VERSION]).catch(() => '');
  const candidates = [
    `python${VERSION}`,
    ...installed
      .filter((name) => name.startsWith(`${VERSION}.`))
      .map((name) => path.join(pyenv, name, 'bin', 'python')),
    ...uv.split('\n').filter((line) => line !== ''),
  ];
  for (const python of candidates) {
    // A shim of pyenv is on the path for versions that are not active, and fails.
    const version = await run(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']).catch(() => '');
    if (version.trim() === VERSION) return python;
  }
  return undefined;
}

/** Any Python that has pip: it can fetch libraries for another. */
async function anyPython(): Promise<string> {
  for (const python of ['python3', 'python']) {
    if (await run(python, ['-m', 'pip', '--version']).catch(() => undefined)) return python;
  }
  throw new Error(`No Python with pip was found, which fetches the libraries. Install Python ${VERSION}.`);
}

/** Fills a folder once: it is there only when `fill`, which works in another beside it, has ended. */
async function once(folder: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  if (await stat(folder).catch(() => undefined)) return;
  const unfinished = `${folder}.${process.pid}`;
  try {
    await mkdir(unfinished, { recursive: true });
    await fill(unfinished);
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

const idOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/**
 * How pip makes pyvips, of which PyPI has no wheel: from its sources, with tools that are locked too. Those are all
 * Python where no libvips is found to compile against; what is compiled comes with pyvips-binary.
 */
async function fromSources(python: string, task: Task): Promise<{ options: string[]; env: NodeJS.ProcessEnv }> {
  const tools = await installLocked(python, path.join(SHARED, 'requirements-build.txt'), 'build-tools', task);
  return {
    options: ['--no-binary=pyvips', '--no-build-isolation'],
    env: { ...process.env, PYTHONPATH: tools, PKG_CONFIG_PATH: '', PKG_CONFIG_LIBDIR: '' },
  };
}

/** A folder with the libraries that the lock file names, for Lambda's Python on that architecture. */
async function libraries({ name }: Framework, architecture: Architecture, python: string, task: Task): Promise<string> {
  const { progress, signal } = task;
  const lock = path.join(SOURCES, name, 'requirements.txt');
  const folder = path.join(CACHE, 'python', `${name}-${architecture}-${idOf(await readFile(lock, 'utf8'))}`);
  await once(folder, async (unfinished) => {
    progress(`${name}: fetching its libraries for linux-${architecture} with pip`);
    const { options, env } = await fromSources(python, task);
    const target = ['--implementation=cp', `--python-version=${VERSION}`, '--only-binary=:all:', ...options];
    const where = platforms(architecture).map((platform) => `--platform=${platform}`);
    const locked = ['--require-hashes', '--no-deps', '--no-compile', `--requirement=${lock}`, `--target=${unfinished}`];
    await run(python, [...INSTALL, '--root-user-action=ignore', ...target, ...where, ...locked], { signal, env });
  });
  return folder;
}

/**
 * A folder with what a lock file names, for the interpreter that installs it.
 *
 * @param how further options of pip, and its environment
 */
export async function installLocked(
  python: string,
  lock: string,
  name: string,
  task: Task,
  how: { readonly options: readonly string[]; readonly env: NodeJS.ProcessEnv } = { options: [], env: process.env },
): Promise<string> {
  const folder = path.join(CACHE, 'python', `${name}-${idOf(python + (await readFile(lock, 'utf8')))}`);
  await once(folder, async (unfinished) => {
    task.progress(`fetching ${name} with pip`);
    const locked = ['--require-hashes', '--no-deps', `--requirement=${lock}`, `--target=${unfinished}`];
    const options = ['--root-user-action=ignore', ...how.options, ...locked];
    await run(python, [...INSTALL, ...options], { signal: task.signal, env: how.env });
  });
  return folder;
}

/** The framework's own sources and those of the service, by path in the package and by path from the root. */
async function ownSources({ name }: Framework): Promise<{ files: Files; sources: string[] }> {
  const own = await readFiles(path.join(SOURCES, name), (file) => /^\w+\.py$/.test(file));
  const shared = await readFiles(SHARED, (file) => /^thumbnail_service\/\w+\.py$/.test(file));
  const page = path.join(SOURCES, 'page.html');
  const from = (folder: string, files: Files) =>
    [...files.keys()].map((file) => path.relative(ROOT, path.join(folder, file)));
  return {
    files: new Map([...own, ...shared, ['page.html', await readFile(page)]]),
    sources: [
      ...from(path.join(SOURCES, name), own),
      ...from(SHARED, shared),
      path.relative(ROOT, page),
      path.relative(ROOT, path.join(SOURCES, name, 'requirements.txt')),
      path.relative(ROOT, path.join(SHARED, 'requirements-build.txt')),
    ],
  };
}

/** The package: sources, libraries, and beside each its bytecode, which Lambda could not write there and would make anew. */
async function assemble(own: Files, library: string, python: string | undefined, signal: AbortSignal): Promise<Files> {
  const stage = `${library}.stage.${process.pid}`;
  try {
    await cp(library, stage, { recursive: true });
    for (const [file, content] of own) {
      await mkdir(path.dirname(path.join(stage, file)), { recursive: true });
      await writeFile(path.join(stage, file), content);
    }
    if (python !== undefined) {
      // Unchecked: a zip keeps no time that could be compared with the source's, and a hash would take its time.
      const how = ['--invalidation-mode=unchecked-hash', '-s', stage, '-p', TASK_ROOT, '-q', '-j', '0'];
      await run(python, ['-m', 'compileall', ...how, stage], { signal });
    }
    return await readFiles(stage, runs);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

export const python: Recipe = {
  tools: [__filename],

  async build(framework, task) {
    const target = await targetPython();
    if (target === undefined) {
      task.progress(
        `${framework.name}: there is no Python ${VERSION} here, so its package has no bytecode, and takes two to four ` +
          `times as long to start cold. Install Python ${VERSION} (uv, pyenv, or the system's), and build again.`,
      );
    }
    const pip = target ?? (await anyPython());
    const { files, sources } = await ownSources(framework);
    const packageOf = async (architecture: Architecture): Promise<Files> =>
      assemble(files, await libraries(framework, architecture, pip, task), target, task.signal);
    return {
      files: { arm64: await packageOf('arm64'), x64: await packageOf('x64') },
      sources,
      compiler: target === undefined ? null : (await run(target, ['--version'])).trim(),
    };
  },

  async test({ name }, { progress, signal }) {
    const target = await targetPython();
    if (target === undefined) {
      throw new Error(
        `The tests of ${name} need Python ${VERSION}, as Lambda has it. Install it (uv, pyenv or the system's).`,
      );
    }
    const lock = path.join(SOURCES, name, 'requirements-dev.txt');
    const task = { progress, signal };
    const how = await fromSources(target, task);
    const environment = await installLocked(target, lock, `${name}-tests`, task, how);
    const env = { ...process.env, PYTHONPATH: environment, PYTHONDONTWRITEBYTECODE: '1' };
    await run(target, ['-m', 'pytest'], { cwd: path.join(SOURCES, name), env, signal, show: true });
  },
};
