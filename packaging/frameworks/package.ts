import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Architecture, fingerprint } from '../bundle';
import { writeWhole } from '../write-whole';
import { zip } from '../zip';
import {
  type Framework,
  FRAMEWORK_PACKAGES,
  type FrameworkName,
  manifestFile,
  type PackageEntry,
  type PackageManifest,
} from '../framework-packages';
import { type Files, type Recipe, ROOT, type Task } from './recipe';

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Writes one zip. */
function writePackage(name: string, files: Files, content: Uint8Array, task: Task): PackageEntry {
  const file = path.join(FRAMEWORK_PACKAGES, `${name}.zip`);
  writeWhole(file, content);
  const unzippedBytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  const made = { ...fingerprint(file), file: path.relative(ROOT, file), unzippedBytes };
  task.progress(`${made.file}: ${megabytes(made.size)}, ${megabytes(unzippedBytes)} unzipped`);
  return made;
}

/** Makes a framework's packages and their manifest, whatever is there. */
export async function buildPackages(
  framework: Framework & { readonly name: FrameworkName },
  recipe: Recipe,
  task: Task,
): Promise<void> {
  const { name } = framework;
  const { files, sources, compiler } = await recipe.build(framework, task);
  const isAnywhere = files.arm64 === files.x64;
  const zips = { arm64: zip(files.arm64), x64: isAnywhere ? new Uint8Array() : zip(files.x64) };
  // Lets an interruption be heard that came while zipping; writing takes no time.
  await setImmediate();
  task.signal.throwIfAborted();
  await mkdir(FRAMEWORK_PACKAGES, { recursive: true });
  const write = (suffix: string, architecture: Architecture) =>
    writePackage(name + suffix, files[architecture], zips[architecture], task);
  const arm64 = write(isAnywhere ? '' : '-arm64', 'arm64');
  const packages = { arm64, x64: isAnywhere ? arm64 : write('-x64', 'x64') };
  // What makes the packages is part of what they are made of.
  const tools = [__filename, path.join(__dirname, 'recipe.ts'), ...recipe.tools].map((file) =>
    path.relative(ROOT, file),
  );
  const inputs = [...sources, ...tools].sort();
  const manifest: PackageManifest = {
    format: 1,
    sources: Object.fromEntries(inputs.map((input) => [input, fingerprint(path.join(ROOT, input))])),
    compiler,
    packages,
  };
  // Last: packages without their manifest are none.
  writeWhole(manifestFile(name), `${JSON.stringify(manifest, undefined, 2)}\n`);
}
