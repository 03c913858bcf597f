import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { OnLoadArgs, OnLoadResult, Plugin } from 'esbuild';
import type { PackageLock } from '../bundle';
import { NODE_MAJOR } from '../node-version';
import { sharpFiles } from '../sharp';
import { installOnce } from '../install-once';
import { type Files, type Recipe, ROOT, run, SOURCES, type Task } from './recipe';

// Modules of CommonJS within one of ES, which is the faster to load, and may wait at its top.
const BANNER = [
  "import { createRequire } from 'node:module';",
  'const require = createRequire(import.meta.url);',
  'const __dirname = import.meta.dirname;',
].join('\n');

/** What Nest asks for, and does without: parts of it that are not used here. */
const OPTIONAL = [
  '@nestjs/microservices',
  '@nestjs/microservices/*',
  '@nestjs/websockets',
  '@nestjs/websockets/*',
  'class-transformer',
  'class-validator',
  'sharp',
];

/** Nest finds what to inject by the types that the compiler leaves behind, which esbuild does not do. */
const decorators: Plugin = {
  name: 'decorators',
  setup(build) {
    build.onLoad(
      { filter: /\/nestjs\/(src|test)\/.*\.m?ts$/ },
      async ({ path: file }: OnLoadArgs): Promise<OnLoadResult> => {
        const { default: ts } = await import('typescript');
        const { outputText } = ts.transpileModule(await readFile(file, 'utf8'), {
          fileName: file,
          compilerOptions: {
            target: ts.ScriptTarget.ES2023,
            module: ts.ModuleKind.ESNext,
            experimentalDecorators: true,
            emitDecoratorMetadata: true,
            inlineSourceMap: true,
          },
        });
        return { contents: outputText, loader: 'js' };
      },
    );
  },
};

/**
 * The framework and the service as one file, and its source map.
 *
 * @param entry the file that has the handler, by path in the framework's folder
 */
async function bundle(name: string, entry: string, packages: string): Promise<{ files: Files; sources: string[] }> {
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [path.join(SOURCES, name, entry)],
    outfile: 'handler.mjs',
    nodePaths: [packages],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: `node${NODE_MAJOR}`,
    minify: true,
    // Nest names things by their classes, and tells them apart by it.
    keepNames: name === 'nestjs',
    sourcemap: 'linked',
    sourcesContent: false,
    // The same paths in the source maps, wherever node_modules really is.
    preserveSymlinks: true,
    banner: { js: BANNER },
    external: OPTIONAL,
    plugins: [decorators],
    tsconfigRaw: {},
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  return {
    files: new Map(outputFiles.map((file) => [path.basename(file.path), file.contents])),
    // Packages are known by the lock file; of the project's own package.json nothing counts, and it changes often.
    sources: Object.keys(metafile.inputs).filter(
      (file) => !/(^|\/)(node_modules|\.cache)\/|^package\.json$/.test(file),
    ),
  };
}

/** Installs a framework's libraries as its lock file says. */
async function install(name: string, { progress, signal }: Task): Promise<string> {
  const read = (file: string) => readFile(path.join(SOURCES, name, file), 'utf8');
  const packages = { packageJson: await read('package.json'), packageLock: await read('package-lock.json') };
  return path.join(await installOnce({ name, ...packages }, progress, signal), 'node_modules');
}

/** The program `test/echo.mts` of a framework, in the place of its handler. */
export async function bundleEcho(name: string, task: Task): Promise<Files> {
  return (await bundle(name, 'test/echo.mts', await install(name, task))).files;
}

export const node: Recipe = {
  tools: [__filename, path.join(ROOT, 'packaging', 'sharp.ts'), path.join(ROOT, 'packaging', 'install-once.ts')],

  async build({ name }, task) {
    const lock = JSON.parse(await readFile(path.join(ROOT, 'package-lock.json'), 'utf8')) as PackageLock;
    const { files, sources } = await bundle(name, 'src/handler.mts', await install(name, task));
    const page = path.join(SOURCES, 'page.html');
    const common = [...files, ['page.html', await readFile(page)] as const];
    const withSharp = async (architecture: 'arm64' | 'x64') =>
      new Map([...common, ...(await sharpFiles(architecture, lock, task.progress, task.signal))]);
    return {
      files: { arm64: await withSharp('arm64'), x64: await withSharp('x64') },
      sources: [...sources, page, path.join(SOURCES, name, 'package-lock.json')].map((file) =>
        path.relative(ROOT, path.resolve(ROOT, file)),
      ),
      compiler: `esbuild ${lock.packages['node_modules/esbuild']?.version}`,
    };
  },

  async test({ name }, { progress, signal }) {
    const cwd = path.join(SOURCES, name);
    progress(`${name}: installing what its tests need with npm`);
    await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd, signal });
    await run('npm', ['test'], { cwd, signal, show: true });
  },
};
