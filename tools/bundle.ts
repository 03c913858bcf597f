import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Architecture, BUNDLE, bundleState, fingerprint, type Manifest, type PackageLock } from '../lib/bundle';
import { NODE_MAJOR } from '../lib/node-version';
import { sharpFiles, sharpLock } from './bundle-sharp';
import { zip } from './bundle-zip';

const ROOT = path.join(__dirname, '..');
const ENTRIES = { server: 'docker/server.ts', lambda: 'lambda/http.ts' };
/** What makes the bundle is part of what it is made of. */
const TOOLS = [
  'tools/bundle.ts',
  'tools/bundle-sharp.ts',
  'tools/bundle-zip.ts',
  'lib/bundle.ts',
  'lib/node-version.ts',
];
const TOOL_PACKAGES = ['node_modules/esbuild', 'node_modules/fflate'];

const progress = (line: string): void => {
  console.error(`bundle: ${line}`);
};
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** The service's own code, compiled, by file name; and the files it came from, by path from the root. */
async function compile(): Promise<{ compiled: Map<string, Uint8Array>; inputs: string[] }> {
  // Loaded here: an up-to-date bundle needs none of it.
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES,
    outdir: 'bundle',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: `node${NODE_MAJOR}`,
    minify: true,
    // `node --enable-source-maps` then names the file and line in service/.
    sourcemap: 'linked',
    sourcesContent: false,
    external: ['sharp'],
    tsconfigRaw: {},
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  return {
    compiled: new Map(outputFiles.map((file) => [path.basename(file.path), file.contents])),
    inputs: Object.keys(metafile.inputs).sort(),
  };
}

/** The path of its package in package-lock.json, for a file in node_modules. */
const packageOf = (file: string): string | undefined => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];

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

/** The zip of one architecture, written; and what the manifest says of it. */
async function writeZip(
  architecture: Architecture,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<Manifest['zips'][Architecture]> {
  const file = BUNDLE.zip(architecture);
  await writeWhole(file, zip(files));
  const unzippedBytes = [...files.values()].reduce((sum, content) => sum + content.length, 0);
  const made = { ...fingerprint(file), unzippedBytes };
  progress(`${path.relative(ROOT, file)}: ${megabytes(made.size)}, ${megabytes(unzippedBytes)} unzipped`);
  return made;
}

/** Makes both zips and the manifest, whatever is there. */
async function makeBundle(signal: AbortSignal): Promise<void> {
  const lockFile = path.join(ROOT, 'package-lock.json');
  const packageFile = path.join(ROOT, 'package.json');
  const lock = JSON.parse(await readFile(lockFile, 'utf8')) as PackageLock;
  const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string };

  const [{ compiled, inputs }, arm64, x64] = await Promise.all([
    compile(),
    sharpFiles('arm64', lock, progress, signal),
    sharpFiles('x64', lock, progress, signal),
  ]);
  const sources = [...inputs, ...TOOLS].filter((file) => packageOf(file) === undefined && file !== 'package.json');
  const packages = [
    ...inputs.map(packageOf).filter((name) => name !== undefined),
    ...Object.keys(sharpLock(lock).packages),
    ...TOOL_PACKAGES,
  ];
  const manifest: Omit<Manifest, 'zips'> = {
    format: 1,
    sources: Object.fromEntries(sources.map((file) => [file, fingerprint(path.join(ROOT, file))])),
    packageJson: { ...fingerprint(packageFile), version },
    packageLock: {
      ...fingerprint(lockFile),
      integrity: Object.fromEntries(packages.sort().map((name) => [name, lock.packages[name]?.integrity ?? ''])),
    },
  };

  await mkdir(BUNDLE.directory, { recursive: true });
  const type = Buffer.from('{"type":"module"}\n');
  const files = (library: ReadonlyMap<string, Uint8Array>) =>
    new Map([...compiled, ...library, ['package.json', type]]);
  const zips = {} as Record<Architecture, Manifest['zips'][Architecture]>;
  for (const [architecture, library] of [
    ['arm64', arm64],
    ['x64', x64],
  ] as const) {
    zips[architecture] = await writeZip(architecture, files(library));
    signal.throwIfAborted();
  }
  // Last: a bundle without its manifest is none.
  await writeWhole(BUNDLE.manifest, `${JSON.stringify({ ...manifest, zips }, undefined, 2)}\n`);
}

async function main(): Promise<void> {
  const state = bundleState();
  if ('manifest' in state) {
    progress('up to date');
    return;
  }
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      interrupted.abort(name);
    });
  }
  progress(`making it: ${state.stale}`);
  try {
    await makeBundle(interrupted.signal);
  } catch (error) {
    if (interrupted.signal.aborted) {
      progress('interrupted; what was there is as it was');
      process.exitCode = 130;
      return;
    }
    progress(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

void main();
