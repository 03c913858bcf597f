import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BuildOptions } from 'esbuild';
import {
  type Architecture,
  BUNDLE,
  bundleState,
  fingerprint,
  type Manifest,
  type PackageLock,
  type ZipEntry,
} from '../packaging/bundle';
import { zip } from '../packaging/zip';
import { NODE_MAJOR } from '../packaging/node-version';
import { writeWhole } from '../packaging/write-whole';
import { sharpFiles, sharpLock } from '../packaging/sharp';

const ROOT = path.join(__dirname, '..');
const ENTRIES = { server: 'docker/server.ts', lambda: 'lambda/http-entry.mts' };
const PIPELINE_ENTRIES = { pipeline: 'lambda/pipeline.ts' };
/** What makes the bundle is part of what it is made of. */
const TOOLS = ['tools/bundle.ts', 'packaging/sharp.ts', 'packaging/zip.ts', 'packaging/node-version.ts'];
const TOOL_PACKAGES = ['node_modules/esbuild', 'node_modules/fflate'];

const progress = (line: string): void => {
  console.error(`bundle: ${line}`);
};
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** What one of our compilations may want otherwise than the others. */
type EsbuildOptions = Pick<BuildOptions, 'mainFields' | 'banner'>;

/** Compiled code by file name, the files it came from by path from the root, and how much of it is from where. */
interface Compiled {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly inputs: readonly string[];
  readonly parts: Readonly<Record<string, number>>;
}

async function compile(entryPoints: Readonly<Record<string, string>>, options: EsbuildOptions = {}): Promise<Compiled> {
  // Loaded here: an up-to-date bundle needs none of it.
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints,
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
    // The same paths in the source maps, wherever node_modules really is.
    preserveSymlinks: true,
    tsconfigRaw: {},
    metafile: true,
    write: false,
    logLevel: 'warning',
    ...options,
  });
  const parts: Record<string, number> = {};
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      parts[partOf(file)] = (parts[partOf(file)] ?? 0) + bytesInOutput;
    }
  }
  return {
    files: new Map(outputFiles.map((file) => [path.basename(file.path), file.contents])),
    inputs: Object.keys(metafile.inputs).sort(),
    parts,
  };
}

/** The AWS SDK as modules that can be left out one by one; and `require`, which the X-Ray SDK calls at run time. */
const PIPELINE_OPTIONS: EsbuildOptions = {
  mainFields: ['module', 'main'],
  banner: {
    js: "import{createRequire as createRequireHere}from'node:module';const require=createRequireHere(import.meta.url);",
  },
};

/** The npm package, or the folder of ours, that a file is from. */
const partOf = (file: string): string =>
  packageOf(file)?.replace(/^.*node_modules\//, '') ?? (file.includes('/') ? path.posix.dirname(file) : file);

/** The path of its package in package-lock.json, for a file in node_modules. */
const packageOf = (file: string): string | undefined => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];

/** A zip of compiled code and a library, written; and what the manifest says of it. */
function writeZip(file: string, compiled: Compiled, library: ReadonlyMap<string, Uint8Array>): ZipEntry {
  const type = Buffer.from('{"type":"module"}\n');
  const files = new Map([...compiled.files, ...library, ['package.json', type]]);
  writeWhole(file, zip(files));
  const parts: Record<string, number> = { ...compiled.parts };
  for (const [name, { length }] of library) parts[partOf(name)] = (parts[partOf(name)] ?? 0) + length;
  const unzippedBytes = [...files.values()].reduce((sum, content) => sum + content.length, 0);
  const made = { ...fingerprint(file), unzippedBytes, parts };
  progress(`${path.relative(ROOT, file)}: ${megabytes(made.size)}, ${megabytes(unzippedBytes)} unzipped`);
  return made;
}

/** @throws Error where a package is not there in the version of package-lock.json: another machine's bundle would differ */
async function assertInstalled(packages: readonly string[], lock: PackageLock): Promise<void> {
  const faults: string[] = [];
  for (const name of packages) {
    const { version } = JSON.parse(await readFile(path.join(ROOT, name, 'package.json'), 'utf8')) as {
      version: string;
    };
    const locked = lock.packages[name]?.version ?? 'nothing of it';
    if (version !== locked) faults.push(`${name} is ${version}, and package-lock.json has ${locked}`);
  }
  if (faults.length > 0) throw new Error(`${faults.join('; ')}. Run: npm ci`);
}

/** Makes both zips and the manifest, whatever is there. */
async function makeBundle(signal: AbortSignal): Promise<void> {
  const lockFile = path.join(ROOT, 'package-lock.json');
  const packageFile = path.join(ROOT, 'package.json');
  const lock = JSON.parse(await readFile(lockFile, 'utf8')) as PackageLock;
  const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string };

  const [service, pipeline] = await Promise.all([compile(ENTRIES), compile(PIPELINE_ENTRIES, PIPELINE_OPTIONS)]);
  const inputs = [...new Set([...service.inputs, ...pipeline.inputs])];
  const sources = [...inputs, ...TOOLS].filter((file) => packageOf(file) === undefined && file !== 'package.json');
  const used = [...new Set([...inputs.flatMap((file) => packageOf(file) ?? []), ...TOOL_PACKAGES])];
  await assertInstalled(used, lock);
  const [arm64, x64] = await Promise.all([
    sharpFiles('arm64', lock, progress, signal),
    sharpFiles('x64', lock, progress, signal),
  ]);
  const packages = [...new Set([...used, ...Object.keys(sharpLock(lock).packages)])].sort();
  const manifest: Omit<Manifest, 'zips' | 'pipelineZips'> = {
    format: 2,
    sources: Object.fromEntries(sources.map((file) => [file, fingerprint(path.join(ROOT, file))])),
    packageJson: { ...fingerprint(packageFile), version },
    packageLock: {
      ...fingerprint(lockFile),
      integrity: Object.fromEntries(packages.map((name) => [name, lock.packages[name]?.integrity ?? ''])),
    },
  };

  await mkdir(BUNDLE.directory, { recursive: true });
  const zips = {} as Record<Architecture, ZipEntry>;
  const pipelineZips = {} as Record<Architecture, ZipEntry>;
  for (const [architecture, library] of [
    ['arm64', arm64],
    ['x64', x64],
  ] as const) {
    zips[architecture] = writeZip(BUNDLE.zip(architecture), service, library);
    signal.throwIfAborted();
    pipelineZips[architecture] = writeZip(BUNDLE.pipelineZip(architecture), pipeline, library);
    signal.throwIfAborted();
  }
  // Last: a bundle without its manifest is none.
  writeWhole(BUNDLE.manifest, `${JSON.stringify({ ...manifest, zips, pipelineZips }, undefined, 2)}\n`);
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
      progress('interrupted; nothing is left half written');
      process.exitCode = 130;
      return;
    }
    progress(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

void main();
