import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  buildCommand,
  type FrameworkName,
  packageState,
  type PackageManifest,
} from '../../packaging/framework-packages';
import { run } from '../../packaging/frameworks/recipe';
import { leaveOut } from '../left-out';

const ROOT = path.join(__dirname, '..', '..');

/** One of each language. */
const BUILT_AGAIN: readonly FrameworkName[] = ['express', 'flask', 'spring-boot'];

/** What a build reads: the sources, and what makes packages of them. */
const READ = ['contract', 'lambda', 'lib', 'packaging', 'service', 'tools'];
const FILES = ['package.json', 'package-lock.json', 'tsconfig.json', '.npmrc'];
/** What earlier builds, tests and installations leave among the sources. */
const LEFT_BEHIND = /(^|\/)(node_modules|target|dist|__pycache__)$/;

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Builds a framework in a copy of this repository, and gives the hash of each of its packages by architecture. */
async function buildAgain(name: FrameworkName, folder: string): Promise<Record<string, string>> {
  for (const source of READ) {
    cpSync(path.join(ROOT, source), path.join(folder, source), {
      recursive: true,
      filter: (file) => !LEFT_BEHIND.test(file),
    });
  }
  for (const file of FILES) cpSync(path.join(ROOT, file), path.join(folder, file));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  // What was fetched, so that nothing has to be again; what was built is not among it.
  mkdirSync(path.join(folder, '.cache', 'frameworks'), { recursive: true });
  for (const fetched of ['installed', 'frameworks/python', 'frameworks/runtime-clients.json']) {
    symlinkSync(path.join(ROOT, '.cache', fetched), path.join(folder, '.cache', fetched));
  }
  await run(process.execPath, ['--import', 'tsx', 'tools/frameworks.ts', name], { cwd: folder });
  const { packages } = JSON.parse(
    readFileSync(path.join(folder, 'bundle', 'frameworks', `${name}.json`), 'utf8'),
  ) as PackageManifest;
  return Object.fromEntries(
    Object.entries(packages).map(([architecture, { file }]) => [architecture, hashOf(path.join(folder, file))]),
  );
}

jest.setTimeout(300_000);

for (const name of BUILT_AGAIN) {
  const state = packageState(name);
  if ('stale' in state) {
    leaveOut(`That the package of ${name} is reproducible`, `${state.stale}. Run: ${buildCommand(name)}`);
    continue;
  }

  it(`gives the same bytes for ${name} in whatever folder it is built`, async () => {
    const parent = mkdtempSync(path.join(tmpdir(), 'reproducible-'));
    try {
      const one = await buildAgain(name, path.join(parent, 'a'));
      const other = await buildAgain(name, path.join(parent, 'of-another-name', 'and-deeper'));
      expect(other).toEqual(one);
      expect(one).toEqual({
        arm64: state.manifest.packages.arm64.sha256,
        x64: state.manifest.packages.x64.sha256,
      });
    } finally {
      rmSync(parent, { recursive: true, force: true });
    }
  });
}
