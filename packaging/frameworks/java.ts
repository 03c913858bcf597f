import path from 'node:path';
import { type Files, readFiles, type Recipe, ROOT, run, SOURCES, type Task } from './recipe';

const POM = path.join(SOURCES, 'pom.xml');
const SHARED = 'service-java';

/** Maven, which checks what it fetches, on a framework and what it is built upon. */
async function maven(goal: string, name: string, options: readonly string[], show: boolean, task: Task): Promise<void> {
  const args = [
    '--batch-mode',
    show ? '--no-transfer-progress' : '--quiet',
    '--strict-checksums',
    `--file=${POM}`,
    `--projects=${name}`,
    '--also-make',
  ];
  try {
    await run('mvn', [...args, ...options, goal], { signal: task.signal, show });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(`Maven, which builds ${name}, was not found. Install a JDK (17 or newer) and Maven.`, {
      cause: error,
    });
  }
}

export const java: Recipe = {
  tools: [__filename],

  async build({ name }, task) {
    task.progress(`${name}: building it with Maven`);
    await maven('package', name, ['-DskipTests'], false, task);
    const target = path.join(SOURCES, name, 'target');
    const classes = await readFiles(path.join(target, 'classes'));
    const libraries = await readFiles(path.join(target, 'lib'));
    const files: Files = new Map([
      ...classes,
      ...[...libraries].map(([file, content]) => [`lib/${file}`, content] as const),
    ]);
    const compiler = /Java version: ([^,]+, vendor: [^,]+)/.exec(await run('mvn', ['--version']))?.[1] ?? null;
    const sources = await Promise.all(
      [name, SHARED].map(async (module) => {
        const own = await readFiles(path.join(SOURCES, module), (file) => /^(pom\.xml$|src\/main\/)/.test(file));
        return [...own.keys()].map((file) => path.relative(ROOT, path.join(SOURCES, module, file)));
      }),
    );
    const shared = [POM, path.join(SOURCES, 'page.html')].map((file) => path.relative(ROOT, file));
    // Bytecode is the same everywhere.
    return { files: { arm64: files, x64: files }, sources: [...sources.flat(), ...shared], compiler };
  },

  async test({ name }, task) {
    await maven('test', name, [], true, task);
  },
};
