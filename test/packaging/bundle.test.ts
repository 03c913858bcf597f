import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { BUNDLE, bundleState, type PackageLock, serviceBundle } from '../../packaging/bundle';
import { sharpInstallation, sharpLock } from '../../packaging/sharp';

const ROOT = path.join(__dirname, '..', '..');
const ARCHITECTURES = ['arm64', 'x64'] as const;
const lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as PackageLock;

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** The machine type that an ELF file is for (e_machine). */
const MACHINES = { arm64: 183, x64: 62 } as const;

describe.each(ARCHITECTURES)('The bundle for linux-%s', (architecture) => {
  let contents: Record<string, Uint8Array>;
  beforeAll(() => {
    contents = unzipSync(readFileSync(serviceBundle(architecture).path));
  });

  it('holds the server, the Lambda handler and what they need, and nothing that only a build needs', () => {
    const files = Object.keys(contents);
    expect(files.filter((file) => !file.startsWith('node_modules/')).sort()).toEqual(
      ['lambda.mjs', 'lambda.mjs.map', 'package.json', 'server.mjs', 'server.mjs.map'].sort(),
    );
    const packages = new Set(files.flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []));
    packages.delete('semver'); // npm puts it beside sharp or below it
    expect([...packages].sort()).toEqual([
      '@img/colour',
      `@img/sharp-libvips-linux-${architecture}`,
      `@img/sharp-linux-${architecture}`,
      'detect-libc',
      'sharp',
    ]);
    expect(files.filter((file) => /\.(ts|mts|cts|cc|h|gyp|wasm)$/.test(file))).toEqual([]);
  });

  it('has native code of its own processor only, all of it', () => {
    const native = Object.entries(contents).filter(([file]) => /\.(node|so(\.[\d.]+)?)$/.test(file));
    expect(native.map(([file]) => path.basename(file)).sort()).toEqual([
      expect.stringMatching(/^libvips-cpp\.so\./),
      expect.stringMatching(/^sharp-linux-.*\.node$/),
    ]);
    for (const [, content] of native) expect(Buffer.from(content).readUInt16LE(18)).toBe(MACHINES[architecture]);
  });

  it('keeps the licence of every package in it', () => {
    const files = Object.keys(contents);
    const folders = files.filter((file) => file.endsWith('/package.json')).map((file) => path.dirname(file));
    expect(folders.length).toBeGreaterThan(4);
    for (const folder of folders) {
      // libvips has its notice, of all that it is linked with, in its README.
      const notice = folder.includes('sharp-libvips') ? /^README\.md$/ : /^LICEN[CS]E/;
      expect(files.some((file) => path.dirname(file) === folder && notice.test(path.basename(file)))).toBe(true);
    }
  });

  it('is small enough to start quickly: the budget, and what takes it', () => {
    const entries = Object.entries(contents).sort(([, a], [, b]) => b.length - a.length);
    const largest = entries
      .slice(0, 10)
      .map(([file, { length }]) => `${(length / 1024).toFixed(0).padStart(7)} KiB  ${file}`);
    const ours = entries.filter(([file]) => file.endsWith('.mjs') && !file.includes('/'));
    const budgets = {
      'zip: at most 9.0 MB': readFileSync(BUNDLE.zip(architecture)).length <= 9.0e6,
      'unzipped: at most 21 MB': entries.reduce((sum, [, { length }]) => sum + length, 0) <= 21e6,
      'each of our files: at most 120 kB': ours.length === 2 && ours.every(([, { length }]) => length <= 120e3),
    };
    const broken = Object.entries(budgets).flatMap(([budget, isKept]) => (isKept ? [] : [budget]));
    expect({ broken, largest: broken.length > 0 ? largest : [] }).toEqual({ broken: [], largest: [] });
  });

  it('has the hash of its bytes, which do not tell where they were made', () => {
    expect(serviceBundle(architecture).hash).toBe(hashOf(BUNDLE.zip(architecture)));
    const ours = Object.entries(contents).filter(([file]) => !file.includes('/'));
    for (const [, content] of ours) expect(Buffer.from(content).toString('utf8')).not.toContain(path.dirname(ROOT));
  });
});

describe('A zip', () => {
  it('has the same bytes in any time zone', async () => {
    const script =
      "process.stdout.write(require('crypto').createHash('md5').update(require('./packaging/zip').zip(new Map([['a', Buffer.from('a')]]))).digest('hex'))";
    const inZone = (TZ: string) => run(ROOT, ['--import', 'tsx', '--eval', script], { TZ });
    const [west, east] = await Promise.all(['Pacific/Pago_Pago', 'Pacific/Kiritimati'].map(inZone));
    expect(east).toEqual(west);
    expect(west?.code).toBe(0);
  });
});

describe('What sharp is installed from', () => {
  it('is the part of package-lock.json that it needs, with the integrity of every package', () => {
    const { packages } = sharpLock(lock);
    for (const architecture of ARCHITECTURES) {
      expect(packages).toHaveProperty([`node_modules/@img/sharp-linux-${architecture}`, 'integrity']);
      expect(packages).toHaveProperty([`node_modules/@img/sharp-libvips-linux-${architecture}`, 'integrity']);
    }
    for (const [name, entry] of Object.entries(packages)) expect(entry).toEqual(lock.packages[name]);
    expect(packages).not.toHaveProperty(['node_modules/hono']);
  });

  it('makes the native packages ones that npm must not leave out', () => {
    for (const architecture of ARCHITECTURES) {
      const { packageJson, packageLock } = sharpInstallation(architecture, lock);
      const { dependencies } = JSON.parse(packageJson) as { dependencies: Record<string, string> };
      const native = [`@img/sharp-libvips-linux-${architecture}`, `@img/sharp-linux-${architecture}`];
      expect(Object.keys(dependencies).sort()).toEqual([...native, 'sharp']);
      const { packages } = JSON.parse(packageLock) as { packages: Record<string, { optional?: boolean }> };
      for (const name of native) expect(packages[`node_modules/${name}`]).toMatchObject({ optional: false });
    }
  });

  it('must have every integrity', () => {
    const { integrity: _, ...without } = lock.packages['node_modules/@img/sharp-linux-x64'] ?? { version: '' };
    const lacking = { packages: { ...lock.packages, 'node_modules/@img/sharp-linux-x64': without } };
    expect(() => sharpLock(lacking)).toThrow('package-lock.json has no @img/sharp-linux-x64 with an integrity');
  });
});

interface Run {
  readonly code: number;
  readonly output: string;
}

/** Runs Node.js there; without npm's registry, whatever the machine has. */
function run(folder: string, args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  return new Promise((resolve) => {
    const offline = { npm_config_offline: 'true', npm_config_cache: path.join(folder, 'no-npm-cache') };
    const options = { cwd: folder, env: { ...process.env, ...offline, ...env }, timeout: 60_000 };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve({
        code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
        output: stdout + stderr,
      });
    });
  });
}

describe('npm run bundle', () => {
  /** A copy of all that the bundle is made of, and of the bundle as it is. */
  let copy: string;
  const manifest = bundleState();
  beforeEach(() => {
    if (!('manifest' in manifest)) throw new Error(manifest.stale);
    copy = mkdtempSync(path.join(os.tmpdir(), 'bundle-'));
    const { sources } = manifest.manifest;
    for (const file of [
      ...Object.keys(sources),
      'packaging/bundle.ts',
      'packaging/packaging-error.ts',
      'packaging/write-whole.ts',
      'packaging/install-once.ts',
      'package.json',
      'package-lock.json',
      '.npmrc',
      // The frameworks' packages, in a folder below, are made by another command.
      ...readdirSync(BUNDLE.directory).flatMap((file) => (/\.(zip|json)$/.test(file) ? [`bundle/${file}`] : [])),
    ]) {
      cpSync(path.join(ROOT, file), path.join(copy, file), { preserveTimestamps: true });
    }
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
  });
  afterEach(() => {
    rmSync(copy, { recursive: true, force: true });
  });
  const bundle = () => run(copy, ['--import', 'tsx', 'tools/bundle.ts']);
  const locate = () =>
    run(copy, [
      '--import',
      'tsx',
      '--eval',
      "console.log(JSON.stringify(require('./packaging/bundle').serviceBundle('x64')))",
    ]);

  it('does nothing where all is as it was, whatever the times of the files say', async () => {
    utimesSync(path.join(copy, 'service/app.ts'), 1, 1);
    utimesSync(path.join(copy, 'package-lock.json'), 1, 1);
    expect(await bundle()).toEqual({ code: 0, output: 'bundle: up to date\n' });
  });

  it('gives the same bytes from the same sources, wherever they are', async () => {
    mkdirSync(path.join(copy, '.cache'));
    symlinkSync(path.join(ROOT, '.cache', 'installed'), path.join(copy, '.cache', 'installed'), 'junction');
    const zips = readdirSync(path.join(copy, 'bundle')).filter((file) => file.endsWith('.zip'));
    const before = zips.map((file) => hashOf(path.join(copy, 'bundle', file)));
    rmSync(path.join(copy, 'bundle'), { recursive: true });
    expect((await bundle()).code).toBe(0);
    expect(zips.map((file) => hashOf(path.join(copy, 'bundle', file)))).toEqual(before);
    const made = path.join(copy, 'bundle', 'linux-x64.zip');
    expect(JSON.parse((await locate()).output)).toMatchObject({ path: made, hash: hashOf(made) });
  }, 60_000);

  it('takes notice of a change of the service, of a library, of a zip or of the version, which synth then refuses', async () => {
    const integrity = lock.packages['node_modules/hono']?.integrity ?? '';
    const since = 'these have changed since: ';
    const changes: [file: string, edit: (text: string) => string, told: string][] = [
      ['service/problem.ts', (text) => `${text}// changed\n`, `${since}service/problem.ts`],
      ['package-lock.json', (text) => text.replace(integrity, 'sha512-other'), `${since}node_modules/hono`],
      ['package.json', () => '{"version":"9.9.9"}', `${since}the version in package.json`],
      ['bundle/linux-arm64.zip', () => 'damaged', since + path.join('bundle', 'linux-arm64.zip')],
      ['bundle/manifest.json', (text) => text.slice(0, 99), 'its manifest is damaged'],
    ];
    for (const [name, edit, told] of changes) {
      const file = path.join(copy, name);
      const whole = readFileSync(file);
      writeFileSync(file, edit(whole.toString('utf8')));
      const { code, output } = await locate();
      expect(code).toBe(1);
      expect(output).toContain(`must be made: ${told}. Run: npm run bundle`);
      writeFileSync(file, whole);
    }
    expect((await locate()).code).toBe(0);
  }, 30_000);

  it('says what it would have fetched and what to do, where it cannot, and leaves nothing half done', async () => {
    rmSync(path.join(copy, 'bundle'), { recursive: true });
    const { code, output } = await bundle();
    expect(code).toBe(1);
    expect(output).toMatch(/Could not fetch sharp-\d+\.\d+\.\d+-linux-(arm64|x64) from the npm registry/);
    expect(output).toContain('run the same command again');
    expect(existsSync(path.join(copy, 'bundle'))).toBe(false);
    expect((await locate()).output).toContain(
      "The service's bundle must be made: it has not been made yet. Run: npm run bundle",
    );
  }, 60_000);

  it('refuses packages that are not those of package-lock.json', async () => {
    const hono = lock.packages['node_modules/hono']?.version ?? '';
    const lockFile = path.join(copy, 'package-lock.json');
    writeFileSync(lockFile, readFileSync(lockFile, 'utf8').replaceAll(`"version": "${hono}"`, '"version": "0.0.1"'));
    rmSync(path.join(copy, 'bundle', 'manifest.json'));
    const { code, output } = await bundle();
    expect(output).toContain(`node_modules/hono is ${hono}, and package-lock.json has 0.0.1. Run: npm ci`);
    expect(code).toBe(1);
  });
});
