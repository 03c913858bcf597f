import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type UnzipFileFilter, unzipSync } from 'fflate';
import { type Architecture, bundleState } from '../../packaging/bundle';
import {
  buildCommand,
  type FrameworkName,
  frameworkPackage,
  FRAMEWORKS,
  packageState,
  type PackageManifest,
} from '../../packaging/framework-packages';
import { targetPython } from '../../packaging/frameworks/python';
import { leaveOut } from '../left-out';

const ROOT = path.join(__dirname, '..', '..');

/** The largest that each package may become, in MB of 10^6 bytes: a tenth above what it was when this was written. */
const BUDGET: Record<FrameworkName, number> = {
  express: 9.8,
  nestjs: 10.3,
  fastapi: 15.7,
  flask: 11.9,
  'spring-boot': 18.1,
  'spring-cloud-function': 20.3,
};
/** Lambda's limit on what a package unzips to, in bytes. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_UNZIPPED = 250 * 2 ** 20;
/** The machine in the header of an ELF file (e_machine). */
const MACHINE: Record<Architecture, number> = { arm64: 183, x64: 62 };

describe.each(FRAMEWORKS)('the package of $title', ({ name, title, handler, language, thumbnails }) => {
  const state = packageState(name);
  if ('stale' in state) {
    leaveOut(`The package of ${title}`, `${state.stale}. Run: ${buildCommand(name)}`);
    return;
  }
  const { compiler } = state.manifest;
  const contents = (architecture: Architecture, filter: UnzipFileFilter = () => true) =>
    unzipSync(readFileSync(frameworkPackage(name, architecture).path), { filter });

  it.each(['arm64', 'x64'] as const)('keeps within its budget and Lambda’s limit on %s', (architecture) => {
    const { size, unzippedBytes } = state.manifest.packages[architecture];
    const largest = () =>
      Object.entries(contents(architecture))
        .map(([file, { length }]) => ({ file, length }))
        .sort((a, b) => b.length - a.length)
        .slice(0, 10);
    expect(size / 1e6 > BUDGET[name] ? largest() : []).toEqual([]);
    expect(unzippedBytes).toBeLessThan(MAX_UNZIPPED);
  });

  if (thumbnails) {
    it.each(['arm64', 'x64'] as const)(
      'is larger than our own function’s, which does the same, on %s',
      (architecture) => {
        const own = bundleState();
        if ('stale' in own) throw new Error(own.stale);
        expect(state.manifest.packages[architecture].size).toBeGreaterThan(own.manifest.zips[architecture].size);
      },
    );
  }

  it.each(['arm64', 'x64'] as const)('has its handler, and native code of %s alone', (architecture) => {
    const files: string[] = [];
    const libraries = contents(architecture, ({ name: file }) => {
      files.push(file);
      return /\.(node|so)(\.[\d.]+)?$/.test(file);
    });
    const start = {
      'Node.js': 'handler.mjs',
      Python: 'handler.py',
      Java: handler.startsWith('thumbnails.') ? `${handler.replaceAll('.', '/')}.class` : 'lib/',
    }[language];
    expect(files.some((file) => file.startsWith(start))).toBe(true);
    const native = Object.entries(libraries).filter(([, content]) => Buffer.from(content.subarray(0, 4)).equals(ELF));
    const machines = native.map(([, content]) => Buffer.from(content).readUInt16LE(18));
    expect([...new Set(machines)]).toEqual(language === 'Java' ? [] : [MACHINE[architecture]]);
  });

  if (language === 'Python' && compiler !== null) {
    it('has bytecode of Lambda’s Python beside each source, which is not looked at again', async () => {
      const files = contents('arm64', ({ name: file }) => /\.pyc?$/.test(file));
      const compiled = (file: string) => files[file.replace(/([^/]+)\.py$/, '__pycache__/$1.cpython-313.pyc')];
      const sources = Object.keys(files).filter((file) => file.endsWith('.py'));
      expect(sources.filter((file) => compiled(file) === undefined)).toEqual([]);
      const python = (await targetPython()) ?? '';
      const { stdout } = spawnSync(python, ['-c', 'import importlib.util as u; print(u.MAGIC_NUMBER.hex())']);
      for (const file of sources) {
        const header = Buffer.from(compiled(file) ?? []);
        // PEP 552: the magic number, then flags, of which 1 alone is "by hash, unchecked".
        expect({ file, magic: header.toString('hex', 0, 4), flags: header.readUInt32LE(4) }).toEqual({
          file,
          magic: stdout.toString().trim(),
          flags: 1,
        });
      }
    });

    it('names its files in tracebacks as they lie on Lambda', () => {
      const app = '__pycache__/app.cpython-313.pyc';
      const code = Buffer.from(contents('arm64', ({ name: file }) => file === app)[app] ?? []);
      expect(code.includes('/var/task/app.py')).toBe(true);
      expect(code.includes(ROOT)).toBe(false);
    });
  }
});

const ELF = Buffer.from('\x7fELF', 'latin1');

describe('a package that is not there, or not what its sources would give', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'packages-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is refused with the command that builds it', () => {
    expect(() => frameworkPackage('flask', 'arm64', folder)).toThrow(
      'The package of flask is not built: it has not been built yet. Run: npm run frameworks -- flask',
    );
  });

  it('is recognised by what has changed since', () => {
    const packed = { file: 'bundle/frameworks/gone.zip', size: 1, mtimeMs: 1, sha256: 'none', unzippedBytes: 1 };
    const manifest: PackageManifest = {
      format: 1,
      sources: { LICENSE: { size: 1, mtimeMs: 1, sha256: 'other' } },
      compiler: null,
      packages: { arm64: packed, x64: packed },
    };
    writeFileSync(path.join(folder, 'flask.json'), JSON.stringify(manifest));
    expect(packageState('flask', folder)).toEqual({
      stale: 'these have changed since: LICENSE, bundle/frameworks/gone.zip',
    });
  });

  it('is not taken from another version of this repository', () => {
    writeFileSync(path.join(folder, 'flask.json'), JSON.stringify({ format: 0 }));
    expect(packageState('flask', folder)).toEqual({ stale: 'an older version of this repository built it' });
  });
});

const runTool = (tool: string, ...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', `${tool}.ts`, ...args], { cwd: ROOT, encoding: 'utf8' });

describe('npm run frameworks', () => {
  const run = (...args: string[]) => runTool('tools/frameworks', ...args);

  it('lists what there is', () => {
    const { stdout, status } = run('--list');
    expect(status).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(FRAMEWORKS.map(({ name }) => name));
  });

  it.each([
    ['falsk', `There is no framework falsk; there is ${FRAMEWORKS.map(({ name }) => name).join(', ')}.`],
    ['--lst', "Unknown option '--lst'"],
  ])('refuses %s, with how it is called', (given, message) => {
    const { stdout, stderr, status } = run(given);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain('npm run frameworks -- --list');
  });

  it('says how it is called', () => {
    const { stdout, status } = run('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('npm run frameworks -- --list');
  });
});

it('says in the README what the table says', () => {
  const readme = readFileSync(path.join(ROOT, 'lambda', 'frameworks', 'README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| \[(.+?)\]\((.+?)\) \| (.+?) \| `(.+?)` \| (.+?) \| .+? \| (yes|no)\b/gm)];
  expect(rows.map(([, ...cells]) => cells)).toEqual(
    FRAMEWORKS.map(({ name, title, language, runtime, adapter, thumbnails }) => [
      title,
      name,
      language,
      runtime,
      adapter,
      thumbnails ? 'yes' : 'no',
    ]),
  );
});
