import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Architecture, PackageLock } from './bundle';
import { type Installation, installOnce } from './install-once';

type LockedPackage = PackageLock['packages'][string];

const runsOn =
  (architecture: Architecture) =>
  ({ os, cpu, libc }: LockedPackage) =>
    os?.includes('linux') === true && cpu?.includes(architecture) === true && libc?.includes('glibc') === true;

/**
 * The part of a lock file that installs sharp alone: sharp and all that it depends on, each with its integrity. npm then
 * installs just these versions, and refuses any other bytes.
 *
 * @param takesOptional which optional dependencies go in; by default those of every platform
 * @throws Error where the lock file lacks sharp or one of its dependencies, or an integrity
 */
export function sharpLock(
  { packages }: PackageLock,
  takesOptional: (entry: LockedPackage) => boolean = () => true,
): PackageLock {
  const closure = new Map<string, LockedPackage>();
  const add = (name: string, from: string, isOptional: boolean): void => {
    // Node.js's way to find a package: in the nearest node_modules, then further out.
    const places = [`${from}/node_modules/${name}`, `node_modules/${name}`];
    const place = places.find((candidate) => packages[candidate] !== undefined);
    const entry = place === undefined ? undefined : packages[place];
    if (place === undefined || entry?.integrity === undefined) {
      throw new Error(`package-lock.json has no ${name} with an integrity, which sharp needs. Run: npm install`);
    }
    if (closure.has(place) || (isOptional && !takesOptional(entry))) return;
    closure.set(place, entry);
    for (const dependency of Object.keys(entry.dependencies ?? {})) add(dependency, place, false);
    for (const dependency of Object.keys(entry.optionalDependencies ?? {})) add(dependency, place, true);
  };
  add('sharp', '', false);
  return { packages: Object.fromEntries([...closure].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** The path of its package, for a file in node_modules. */
const packageOf = (file: string): string => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? '';

/** Neither sources, types and documents, nor what only CommonJS, a build or a command line uses. Licences stay. */
function runs(file: string): boolean {
  const unused = [
    /\.(d\.[mc]?ts|map|bnf)$/,
    /^node_modules\/sharp\/(src|install|lib)\//,
    /^node_modules\/sharp\/dist\/.*\.cjs$/,
    /\/semver\/bin\//,
    /\/include\//,
    // libvips's README is the licence notice of what it is linked with.
    /(?<!\/sharp-libvips-[\w-]+)\/README\.md$/,
  ];
  return !unused.some((pattern) => pattern.test(file));
}

/**
 * What npm is to install for Linux (glibc) on that architecture.
 *
 * sharp names its native packages as optional, which npm leaves out without a word where it can't fetch one or its
 * integrity is wrong: here they are dependencies like any other.
 */
export function sharpInstallation(architecture: Architecture, lock: PackageLock): Installation {
  const { packages } = sharpLock(lock);
  const native = Object.entries(packages).filter(([, entry]) => runsOn(architecture)(entry));
  if (native.length === 0) throw new Error(`package-lock.json has no native packages of sharp for ${architecture}.`);
  const required = Object.fromEntries(native.map(([place, entry]) => [place, { ...entry, optional: false }]));
  const version = packages['node_modules/sharp']?.version ?? '';
  const name = (place: string) => place.replace('node_modules/', '');
  const dependencies = {
    sharp: version,
    ...Object.fromEntries(native.map(([place, entry]) => [name(place), entry.version])),
  };
  const manifest = { name: 'sharp-for-the-bundle', version: '0.0.0', private: true, dependencies };
  const all = { '': manifest, ...packages, ...required };
  // Whether other packages need one as well is of no account here, and must not fetch it anew.
  const ownOnly = (key: string, value: unknown) => (['dev', 'peer', 'devOptional'].includes(key) ? undefined : value);
  return {
    name: `sharp-${version}-linux-${architecture}`,
    packageJson: JSON.stringify(manifest),
    packageLock: JSON.stringify({ ...manifest, lockfileVersion: 3, packages: all }, ownOnly),
    options: ['--os=linux', `--cpu=${architecture}`, '--libc=glibc'],
  };
}

/**
 * The files of sharp that run on Linux (glibc) on that architecture, by their path in the bundle. npm installs them once,
 * in the versions of package-lock.json.
 *
 * @param progress called with what takes its time
 * @throws Error that says what was to be fetched, and npm's own words
 */
export async function sharpFiles(
  architecture: Architecture,
  lock: PackageLock,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<Map<string, Buffer>> {
  const folder = await installOnce(sharpInstallation(architecture, lock), progress, signal);
  // npm 10 also installs the build for WebAssembly, half as large again.
  const packages = Object.keys(sharpLock(lock, runsOn(architecture)).packages);
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(path.join(folder, 'node_modules'), { recursive: true, withFileTypes: true })) {
    const file = path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/');
    const isWanted = packages.includes(packageOf(file)) && runs(file);
    if (entry.isFile() && isWanted) files.set(file, await readFile(path.join(folder, file)));
  }
  return files;
}
