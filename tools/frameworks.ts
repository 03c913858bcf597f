import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Architecture, fingerprint } from '../lib/bundle';
import {
  FRAMEWORK_PACKAGES,
  type FrameworkName,
  FRAMEWORKS,
  manifestFile,
  type PackageEntry,
  type PackageManifest,
  packageState,
} from '../lib/framework-packages';
import { zip } from './bundle-zip';
import { java } from './frameworks/java';
import { node } from './frameworks/node';
import { python } from './frameworks/python';
import { type Files, type Recipe, ROOT, type Task } from './frameworks/recipe';

type Listed = (typeof FRAMEWORKS)[number];

const RECIPES: Record<Listed['language'], { readonly recipe: Recipe; readonly file: string }> = {
  'Node.js': { recipe: node, file: 'node.ts' },
  Python: { recipe: python, file: 'python.ts' },
  Java: { recipe: java, file: 'java.ts' },
};
const ARCHITECTURES = ['arm64', 'x64'] as const satisfies readonly Architecture[];

const HELP = `Builds the packages of the web frameworks' functions into bundle/frameworks/.

npm run frameworks                     all that is not up to date
npm run frameworks -- flask express    these
npm run frameworks -- --test [names]   runs the frameworks' own unit tests, by their own tools
npm run frameworks -- --list           what there is, and whether it is built

Frameworks: ${FRAMEWORKS.map(({ name }) => name).join(', ')}`;

const progress = (line: string): void => {
  console.error(`frameworks: ${line}`);
};
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Writes beside the file and renames: it is there whole or not at all. */
async function writeWhole(file: string, content: Uint8Array | string): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  try {
    await writeFile(unfinished, content);
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** One zip, written. */
async function writePackage(name: string, files: Files): Promise<PackageEntry> {
  const file = path.join(FRAMEWORK_PACKAGES, `${name}.zip`);
  await writeWhole(file, zip(files));
  const unzippedBytes = [...files.values()].reduce((sum, content) => sum + content.length, 0);
  const made = { ...fingerprint(file), file: path.relative(ROOT, file), unzippedBytes };
  progress(`${made.file}: ${megabytes(made.size)}, ${megabytes(unzippedBytes)} unzipped`);
  return made;
}

/** Makes a framework's packages and their manifest, whatever is there. */
async function build(framework: Listed, task: Task): Promise<void> {
  const { name, language } = framework;
  const { recipe, file } = RECIPES[language];
  const { files, sources, compiler } = await recipe.build(framework, task);
  await mkdir(FRAMEWORK_PACKAGES, { recursive: true });
  const packages = {} as Record<Architecture, PackageEntry>;
  for (const architecture of ARCHITECTURES) {
    task.signal.throwIfAborted();
    packages[architecture] =
      architecture === 'x64' && files.x64 === files.arm64
        ? packages.arm64
        : await writePackage(files.arm64 === files.x64 ? name : `${name}-${architecture}`, files[architecture]);
  }
  // What makes the packages is part of what they are made of.
  const tools = ['frameworks.ts', 'bundle-zip.ts', 'frameworks/recipe.ts', `frameworks/${file}`];
  const inputs = [...sources, ...tools.map((tool) => `tools/${tool}`)].sort();
  const manifest: PackageManifest = {
    format: 1,
    sources: Object.fromEntries(inputs.map((input) => [input, fingerprint(path.join(ROOT, input))])),
    compiler,
    packages,
  };
  // Last: packages without their manifest are none.
  await writeWhole(manifestFile(name), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

async function buildAll(frameworks: readonly Listed[], task: Task): Promise<void> {
  for (const framework of frameworks) {
    const state = packageState(framework.name);
    if ('manifest' in state) {
      progress(`${framework.name}: up to date`);
      continue;
    }
    progress(`${framework.name}: building it: ${state.stale}`);
    await build(framework, task);
  }
}

async function testAll(frameworks: readonly Listed[], task: Task): Promise<void> {
  for (const framework of frameworks) {
    progress(`${framework.name}: its own tests`);
    await RECIPES[framework.language].recipe.test(framework, task);
  }
}

function list(): void {
  for (const { name, title, language, runtime, adapter } of FRAMEWORKS) {
    const state = packageState(name);
    const built =
      'stale' in state
        ? `not built: ${state.stale}`
        : ARCHITECTURES.map((each) => `${each} ${megabytes(state.manifest.packages[each].size)}`).join(', ');
    console.log(`${name.padEnd(22)} ${title}, ${language} on ${runtime}, by ${adapter}; ${built}`);
  }
}

/** @throws Error naming what there is no framework of */
function chosen(names: readonly string[]): readonly Listed[] {
  const known: readonly string[] = FRAMEWORKS.map(({ name }) => name satisfies FrameworkName);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`There is no framework ${unknown.join(', ')}; there is ${known.join(', ')}.`);
  return names.length === 0 ? FRAMEWORKS : FRAMEWORKS.filter(({ name }) => names.includes(name));
}

async function main(): Promise<void> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      interrupted.abort(name);
    });
  }
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values, positionals } = parseArgs({
      options: { list: flag, test: flag, help: { ...flag, short: 'h' } },
      allowPositionals: true,
    });
    const frameworks = chosen(positionals);
    const task: Task = { progress, signal: interrupted.signal };
    if (values.help) console.log(HELP);
    else if (values.list) list();
    else if (values.test) await testAll(frameworks, task);
    else await buildAll(frameworks, task);
  } catch (error) {
    progress(interrupted.signal.aborted ? 'interrupted; what was there is as it was' : wordsOf(error));
    process.exitCode = interrupted.signal.aborted ? 130 : 1;
  }
}

void main();
