import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { PackagingError } from './packaging-error';

/** A processor architecture, by the name that Node.js and Lambda give it. */
export type Architecture = 'arm64' | 'x64';

const ROOT = path.join(__dirname, '..');

/** Where the bundle is, and the command that makes it. */
export const BUNDLE = {
  command: 'npm run bundle',
  directory: path.join(ROOT, 'bundle'),
  manifest: path.join(ROOT, 'bundle', 'manifest.json'),
  zip: (architecture: Architecture): string => path.join(ROOT, 'bundle', `linux-${architecture}.zip`),
  pipelineZip: (architecture: Architecture): string => path.join(ROOT, 'bundle', `pipeline-linux-${architecture}.zip`),
} as const;

/** A file as it was when the bundle was made: where size or time differ now, the hash decides. */
export interface Fingerprint {
  readonly size: number;
  readonly mtimeMs: number;
  readonly sha256: string;
}

/** A zip as it was made. */
export interface ZipEntry extends Fingerprint {
  readonly unzippedBytes: number;
  /** Bytes of it by where they are from: an npm package, or a folder of our own. For who wants to know what grew. */
  readonly parts: Readonly<Record<string, number>>;
}

/** `bundle/manifest.json`: what the zips were made of, and what came of it. */
export interface Manifest {
  /** The layout of this file. */
  readonly format: 2;
  /** Source files, by path from the repository's root. */
  readonly sources: Readonly<Record<string, Fingerprint>>;
  /** `package.json`, of which only the service's version counts. */
  readonly packageJson: Fingerprint & { readonly version: string };
  /** `package-lock.json`, of which only these count: the packages that went in or that made the bundle. */
  readonly packageLock: Fingerprint & { readonly integrity: Readonly<Record<string, string>> };
  readonly zips: Readonly<Record<Architecture, ZipEntry>>;
  /** Those of the thumbnail pipeline's function. */
  readonly pipelineZips: Readonly<Record<Architecture, ZipEntry>>;
}

/** @throws Error where the file can't be read */
export function fingerprint(file: string): Fingerprint {
  const { size, mtimeMs } = statSync(file);
  return { size, mtimeMs, sha256: createHash('sha256').update(readFileSync(file)).digest('hex') };
}

/** Whether a file is still as its fingerprint says. */
export function isAsBefore(file: string, then: Fingerprint): boolean {
  const now = statSync(file, { throwIfNoEntry: false });
  if (now === undefined) return false;
  return (now.size === then.size && now.mtimeMs === then.mtimeMs) || fingerprint(file).sha256 === then.sha256;
}

/** The files and packages that are no longer what the bundle was made of; empty where it is up to date. */
function changedSince({ sources, packageJson, packageLock, zips, pipelineZips }: Manifest): string[] {
  const inRoot = (file: string) => path.join(ROOT, file);
  const changed = Object.entries(sources).flatMap(([file, then]) => (isAsBefore(inRoot(file), then) ? [] : [file]));
  for (const architecture of Object.keys(zips) as Architecture[]) {
    for (const [zip, then] of [
      [BUNDLE.zip(architecture), zips[architecture]],
      [BUNDLE.pipelineZip(architecture), pipelineZips[architecture]],
    ] as const) {
      if (!isAsBefore(zip, then)) changed.push(path.relative(ROOT, zip));
    }
  }
  if (!isAsBefore(inRoot('package.json'), packageJson)) {
    const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')) as { version: string };
    if (version !== packageJson.version) changed.push('the version in package.json');
  }
  if (!isAsBefore(inRoot('package-lock.json'), packageLock)) {
    const { packages } = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8')) as PackageLock;
    const other = (name: string) => packages[name]?.integrity !== packageLock.integrity[name];
    changed.push(...Object.keys(packageLock.integrity).filter(other));
  }
  return changed;
}

/** What is read here of a `package-lock.json` (lockfileVersion 3). */
export interface PackageLock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version: string;
        readonly integrity?: string;
        readonly dependencies?: Readonly<Record<string, string>>;
        readonly optionalDependencies?: Readonly<Record<string, string>>;
        readonly os?: readonly string[];
        readonly cpu?: readonly string[];
        readonly libc?: readonly string[];
      }
    >
  >;
}

/** The manifest of the bundle, or why there is none that fits the sources as they are now. */
export function bundleState(): { manifest: Manifest } | { stale: string } {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(readFileSync(BUNDLE.manifest, 'utf8')) as Manifest;
  } catch (error) {
    return { stale: error instanceof SyntaxError ? 'its manifest is damaged' : 'it has not been made yet' };
  }
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- an older checkout may have written it
  if (manifest.format !== 2) return { stale: 'an older version of this repository made it' };
  const changed = changedSince(manifest);
  return changed.length === 0 ? { manifest } : { stale: `these have changed since: ${changed.join(', ')}` };
}

/** There is no bundle that fits the sources; the message says why, and which command makes it. */
export class BundleError extends PackagingError {
  override readonly name = 'BundleError';
}

/** A zip of the bundle, for CDK, which then need neither zip nor hash it. */
export interface BundledZip {
  readonly path: string;
  /** SHA-256 */
  readonly hash: string;
  readonly unzippedBytes: number;
}

/**
 * The service, ready to run on Linux with glibc and Node.js 24: a zip that holds `server.mjs` (which instances and
 * containers start), `lambda.mjs` (its handler is `lambda.handler`) and the native image library. Nothing is made here:
 * synth stays pure, and quick.
 *
 * @throws BundleError naming the command that makes the bundle, where it is missing or not what the sources would give now
 */
export function serviceBundle(architecture: Architecture): BundledZip {
  return bundledZip(BUNDLE.zip(architecture), ({ zips }) => zips[architecture]);
}

/**
 * The function of the thumbnail pipeline: a zip of its own that holds `pipeline.mjs` (its handler is
 * `pipeline.handler`) and the native image library, since what it needs of AWS would slow the start of the service.
 *
 * @throws BundleError as `serviceBundle` does
 */
export function pipelineBundle(architecture: Architecture): BundledZip {
  return bundledZip(BUNDLE.pipelineZip(architecture), ({ pipelineZips }) => pipelineZips[architecture]);
}

function bundledZip(file: string, entryOf: (manifest: Manifest) => ZipEntry): BundledZip {
  const state = bundleState();
  if ('stale' in state)
    throw new BundleError([`The service's bundle must be made: ${state.stale}. Run: ${BUNDLE.command}`]);
  const { sha256, unzippedBytes } = entryOf(state.manifest);
  return { path: file, hash: sha256, unzippedBytes };
}
