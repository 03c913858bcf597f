import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { frameworkPackage, type FrameworkName } from '../framework-packages';
import { CACHE } from './recipe';

const UNPACKED = path.join(CACHE, 'unpacked');

/**
 * The package of a framework for this machine's architecture, unpacked as Lambda unpacks it. Once: the folder is named
 * after the package's hash.
 *
 * @throws Error naming the command that builds it, where it is not built
 */
export function unpackedPackage(name: FrameworkName): string {
  const { path: zip, hash } = frameworkPackage(name, process.arch === 'arm64' ? 'arm64' : 'x64');
  const folder = path.join(UNPACKED, `${name}-${hash.slice(0, 12)}`);
  const done = `${folder}.done`;
  if (statSync(done, { throwIfNoEntry: false })) return folder;
  // Those of earlier builds are of no more use.
  for (const entry of existsSync(UNPACKED) ? readdirSync(UNPACKED) : []) {
    if (entry.replace(/-[0-9a-f]{12}(\.done)?$/, '') === name) rmSync(path.join(UNPACKED, entry), { recursive: true });
  }
  for (const [file, content] of Object.entries(unzipSync(readFileSync(zip)))) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), content);
  }
  writeFileSync(done, '');
  return folder;
}
