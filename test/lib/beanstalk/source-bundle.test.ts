import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { unzipSync, type Zippable, zipSync } from 'fflate';
import { baseImage, DOCKERFILE } from '../../../docker/build';
import { serviceBundle } from '../../../packaging/bundle';
import { architectureOfLabel, platformOfLabel, sourceBundle } from '../../../lib/beanstalk/source-bundle';
import { checkSourceBundle, SourceBundleError } from '../../../lib/beanstalk/source-bundle-check';
import { BEANSTALK_PLATFORMS, type BeanstalkPlatform } from '../../../lambda/beanstalk/platforms';
import { zipEntries } from '../../../packaging/zip-directory';

const ROOT = path.join(__dirname, '..', '..', '..');
const ARCHITECTURES = ['arm64', 'x64'] as const;

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'source-bundle-'))));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('a source bundle of this repository', () => {
  const all = BEANSTALK_PLATFORMS.flatMap((platform) =>
    ARCHITECTURES.map((architecture) => ({ platform, architecture })),
  );

  it.each(all)('has what $platform needs on linux-$architecture', ({ platform, architecture }) => {
    const { path: file } = sourceBundle(platform, architecture);
    expect(() => {
      checkSourceBundle(file, platform, architecture);
    }).not.toThrow();
  });

  it.each(BEANSTALK_PLATFORMS)(
    'has Unix line ends, executable scripts and nothing that a run left behind: %s',
    (platform) => {
      const zip = readFileSync(sourceBundle(platform, 'arm64').path);
      const contents = unzipSync(zip);
      const own = zipEntries(zip).filter(({ name }) => !name.startsWith('node_modules/'));
      for (const { name, mode } of own) {
        const text = Buffer.from(contents[name] ?? '').toString('latin1');
        expect({ name, crlf: text.includes('\r\n'), mode }).toEqual({
          name,
          crlf: false,
          mode: text.startsWith('#!') ? 0o755 : 0o644,
        });
        expect(name).not.toMatch(/(^|\/)(\.git|\.venv|target|vendor|obj|published|__pycache__|tests?)\//);
      }
    },
  );

  it('is the same byte for byte in another time zone, with other file times and another umask', () => {
    const file = path.join(ROOT, 'beanstalk', 'go', 'application.go');
    const { atime, mtime } = statSync(file);
    const here = BEANSTALK_PLATFORMS.map((platform) => sourceBundle(platform, 'arm64').hash);
    const program = `const { BEANSTALK_PLATFORMS, sourceBundle } = { ...require('./lib/beanstalk/source-bundle.ts'), ...require('./lambda/beanstalk/platforms.ts') };
      process.umask(0o077);
      console.log(JSON.stringify(BEANSTALK_PLATFORMS.map((platform) => sourceBundle(platform, 'arm64').hash)));`;
    try {
      utimesSync(file, 1, 1);
      const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--eval', program], {
        cwd: ROOT,
        env: { ...process.env, TZ: 'Pacific/Kiritimati' },
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toEqual(here);
    } finally {
      utimesSync(file, atime, mtime);
    }
  });

  it('leaves out what running a sample in its own folder leaves there', () => {
    const before = sourceBundle('python', 'arm64');
    const left = path.join(ROOT, 'beanstalk', 'python', '__pycache__');
    mkdirSync(left, { recursive: true });
    writeFileSync(path.join(left, 'application.cpython-311.pyc'), 'left');
    try {
      expect(sourceBundle('python', 'arm64')).toEqual(before);
    } finally {
      rmSync(left, { recursive: true });
    }
  });

  it('is another version for another content, and the same for the same', () => {
    const labels = all.map(({ platform, architecture }) => sourceBundle(platform, architecture).versionLabel);
    // Only where native code is in it does the processor matter.
    expect(new Set(labels).size).toBe(BEANSTALK_PLATFORMS.length + ['node', 'docker'].length);
    for (const { platform, architecture } of all) {
      const label = sourceBundle(platform, architecture).versionLabel;
      const isNative = ['node', 'docker'].includes(platform);
      expect(label).toMatch(new RegExp(`^${platform}${isNative ? `-${architecture}` : ''}-[0-9a-f]{12}$`));
      expect(platformOfLabel(label)).toBe(platform);
      expect(architectureOfLabel(label)).toBe(isNative ? architecture : undefined);
    }
  });

  it.each(['node', 'docker'] as const)('carries for %s the very files of the service', (platform) => {
    const service = unzipSync(readFileSync(serviceBundle('arm64').path));
    const contents = unzipSync(readFileSync(sourceBundle(platform, 'arm64').path));
    expect(Object.keys(contents)).toEqual(expect.arrayContaining(Object.keys(service)));
    for (const [name, content] of Object.entries(service)) {
      if (Buffer.compare(content, contents[name] ?? Buffer.alloc(0)) !== 0) throw new Error(`${name} is another`);
    }
    expect(Object.keys(contents).filter((name) => !(name in service))).toEqual(
      platform === 'node'
        ? ['.platform/nginx/conf.d/uploads.conf', 'Procfile']
        : ['.platform/nginx/conf.d/uploads.conf', 'Dockerfile'],
    );
  });

  it('has a Dockerfile of one stage on a real image, which is all that Elastic Beanstalk pulls, and without BuildKit', () => {
    const { Dockerfile = new Uint8Array() } = unzipSync(readFileSync(sourceBundle('docker', 'arm64').path));
    const text = Buffer.from(Dockerfile).toString('utf8');
    expect(text.match(/^FROM .*$/gm)).toEqual([`FROM ${baseImage()}`]);
    expect(text).not.toMatch(/--mount|--platform|\$\{|^ARG/m);
    // What the image of the other options sets, this one does too.
    const settings = (dockerfile: string): string[] =>
      dockerfile
        .replaceAll('\\\n', ' ')
        .split('\n')
        .filter((line) => /^(ENV|CMD|EXPOSE|USER|COPY (node_modules|package.json))/.test(line))
        .map((line) => line.replace(/ PATH=\S+/, '').replaceAll(/ +/g, ' '));
    const service = /^FROM scratch AS base$([^]*?)^FROM base AS/m.exec(readFileSync(DOCKERFILE, 'utf8'))?.[1] ?? '';
    expect(settings(text).length).toBeGreaterThan(4);
    expect(settings(text)).toEqual(settings(service));
  });

  it.each(BEANSTALK_PLATFORMS)('of %s redirects HTTP behind a certificate, and is the same otherwise', (platform) => {
    const namesIn = (https: boolean): string[] => {
      const names: string[] = [];
      // Nothing is unpacked for its name.
      unzipSync(readFileSync(sourceBundle(platform, 'arm64', https).path), { filter: ({ name }) => !names.push(name) });
      return names;
    };
    const plain = new Set(namesIn(false));
    const added = namesIn(true).filter((name) => !plain.has(name));
    expect(added).toEqual(['.platform/nginx/conf.d/elasticbeanstalk/https.conf']);
  });

  it('is written once, and read from then on', () => {
    const { path: file } = sourceBundle('node', 'arm64');
    const { mtimeMs, ino } = statSync(file);
    expect(sourceBundle('node', 'arm64').path).toBe(file);
    expect(statSync(file)).toMatchObject({ mtimeMs, ino });
  });
});

/** Writes a zip of texts and says what is wrong with it. */
function faultsOf(files: Zippable, platform: BeanstalkPlatform = 'go'): readonly string[] {
  return faultsOfBytes(zipSync(files), platform);
}

function faultsOfBytes(bytes: Uint8Array, platform: BeanstalkPlatform = 'go'): readonly string[] {
  const file = path.join(folder, 'bundle.zip');
  writeFileSync(file, bytes);
  return faultsOfFile(file, platform);
}

function faultsOfFile(file: string, platform: BeanstalkPlatform = 'go'): readonly string[] {
  try {
    checkSourceBundle(file, platform, 'arm64');
    return [];
  } catch (error) {
    if (!(error instanceof SourceBundleError)) throw error;
    // The message is for people, and has them all.
    for (const fault of error.faults) expect(error.message).toContain(fault);
    return error.faults;
  }
}

const text = (content: string, mode = 0o644): Zippable[string] => [
  Buffer.from(content),
  { os: 3, attrs: (0o100000 | mode) << 16 },
];
/** As programs on Windows write it: without Unix permissions. */
const fromWindows = (content: string): Zippable[string] => [Buffer.from(content), { os: 0 }];
const elf = (machine: number): Buffer => {
  const header = Buffer.alloc(64);
  header.writeUInt32BE(0x7f454c46);
  header.writeUInt16LE(machine, 18);
  return header;
};
const WSGI_PATH = `option_settings:
  aws:elasticbeanstalk:container:python:
    WSGIPath: ebdjango.wsgi:application
`;
const GOOD = { 'application.go': text('package main') };

describe('before a source bundle is uploaded', () => {
  it('a good one passes', () => {
    expect(faultsOf(GOOD)).toEqual([]);
  });

  it('a missing file is refused', () => {
    expect(faultsOfFile(path.join(folder, 'nowhere.zip'))).toEqual([expect.stringMatching(/nowhere\.zip is no file/)]);
  });

  it.each([
    ['a tar', Buffer.alloc(10_240)],
    ['nothing at all', Buffer.alloc(0)],
    ['half a zip', zipSync(GOOD).subarray(0, -10)],
    ['text', Buffer.from('package main')],
  ])('what is no zip is refused: %s', (_, bytes) => {
    expect(faultsOfBytes(bytes)).toEqual([expect.stringMatching(/is no zip.*\(\d+ bytes\).*zip -r/)]);
  });

  it.each([
    ['no entry', {}],
    ['only folders', { app: {} }],
  ])('an empty zip is refused: %s', (_, files) => {
    expect(faultsOf(files)).toEqual([expect.stringMatching(/has no file in it/)]);
  });

  it('one over 500 MB is refused', () => {
    const file = path.join(folder, 'large.zip');
    writeFileSync(file, '');
    // Sparse: no disk is used.
    truncateSync(file, 500 * 2 ** 20 + 1);
    expect(faultsOfFile(file)).toEqual([expect.stringMatching(/has 501 MB: Elastic Beanstalk takes 500 MB at most/)]);
  });

  it('one with everything in a folder is refused', () => {
    expect(faultsOf({ app: { 'application.go': text('package main'), 'go.mod': text('module app') } })).toEqual([
      expect.stringMatching(/Everything is in the folder app.*cd app && zip -r/),
    ]);
    expect(faultsOf({ ...GOOD, app: { 'go.mod': text('module app') } })).toEqual([]);
  });

  it('what macOS adds of its own hides no folder', () => {
    const added = { __MACOSX: { '._app': text('') } };
    expect(faultsOf({ app: GOOD, ...added })).toEqual([expect.stringMatching(/Everything is in the folder app/)]);
    expect(faultsOf({ ...GOOD, ...added })).toEqual([]);
  });

  it('names with backslashes are refused', () => {
    expect(faultsOf({ ...GOOD, 'web\\page.html': text('') })).toEqual([
      expect.stringMatching(/web\\page\.html has a backslash/),
    ]);
  });

  it.each<[BeanstalkPlatform, string]>([
    ['node', 'app.js'],
    ['python', 'application.py'],
    ['java', 'application.jar'],
    ['go', 'bin/application'],
    ['php', 'public/index.php'],
    ['ruby', 'config.ru'],
    ['dotnet', 'App.runtimeconfig.json'],
    ['docker', 'Dockerfile'],
  ])('%s runs what a Procfile or %s says', (platform, file) => {
    const other = { 'README.md': text('') };
    expect(faultsOf({ ...other, [file]: text('') }, platform)).toEqual([]);
    const byProcfile = faultsOf({ ...other, Procfile: text('web: ./run\n') }, platform);
    // There a Procfile only says how to call docker compose.
    expect(byProcfile).toHaveLength(platform === 'docker' ? 1 : 0);
    expect(faultsOf(other, platform)).toEqual([
      expect.stringMatching(
        new RegExp(`Nothing tells the ${platform} platform what to run: at the root it looks for a `),
      ),
    ]);
  });

  it.each<[BeanstalkPlatform, string, Zippable]>([
    ['node', 'a start script', { 'package.json': text('{ "scripts": { "start": "node index.js" } }') }],
    ['python', 'the WSGIPath of AWS’s tutorial', { '.ebextensions/django.config': text(WSGI_PATH) }],
    [
      'python',
      'the same in JSON',
      { '.ebextensions/a.config': text('{"option_settings":[{"option_name":"WSGIPath","value":"site.wsgi"}]}') },
    ],
    ['go', 'a Buildfile that makes the program', { Buildfile: text('make: go build -o bin/application ./cmd\n') }],
  ])('%s runs what %s says', (platform, _, files) => {
    expect(faultsOf({ 'README.md': text(''), ...files }, platform)).toEqual([]);
  });

  it.each<[BeanstalkPlatform, string, Zippable]>([
    ['node', 'a package.json without scripts', { 'package.json': text('{}') }],
    ['node', 'an empty start script', { 'package.json': text('{ "scripts": { "start": "" } }') }],
    ['node', 'a package.json that is no JSON', { 'package.json': text('{') }],
    ['node', 'a package.json in a folder', { 'app/package.json': text('{ "scripts": { "start": "node a" } }') }],
    ['python', 'a comment', { '.ebextensions/django.config': text(WSGI_PATH.replace('WSGIPath', '# WSGIPath')) }],
    ['python', 'other options', { '.ebextensions/a.config': text('option_settings: []') }],
    ['python', 'options that are not read', { '.ebextensions/django.txt': text(WSGI_PATH) }],
    ['python', 'a Buildfile', { Buildfile: text('make: true\n') }],
  ])('%s does not run what %s says', (platform, _, files) => {
    expect(faultsOf({ 'README.md': text(''), ...files }, platform)).toEqual([
      expect.stringMatching(`Nothing tells the ${platform} platform what to run`),
    ]);
  });

  it('of two jars a Procfile has to choose', () => {
    const jars = { 'a.jar': text(''), 'b.jar': text('') };
    expect(faultsOf(jars, 'java')).toEqual([expect.stringMatching(/exactly one \.jar file/)]);
    expect(faultsOf({ ...jars, Procfile: text('web: java -jar a.jar\n') }, 'java')).toEqual([]);
  });

  it('a Procfile by another case is found', () => {
    expect(faultsOf({ procfile: text('web: ./run\n') }, 'java')).toEqual([
      expect.stringMatching(/There is procfile, but upper and lower case count: rename/),
    ]);
  });

  it.each([
    ['a comment', '# starts it\nweb: ./run\n', /has the line "# starts it".*comments are not allowed/],
    ['no command', 'web:\n', /has the line "web:"/],
    ['no process called web', 'server: ./run\nworker: ./work\n', /no process called web \(it has server, worker\)/],
    ['nothing', '', /no process called web \(it has none\)/],
  ])('a Procfile that the platform would ignore is refused: %s', (_, procfile, fault) => {
    expect(faultsOf({ Procfile: text(procfile) })).toEqual([expect.stringMatching(fault)]);
  });

  it('a program that the Procfile or Buildfile runs has to be executable', () => {
    const files = (mode: number) => ({
      Procfile: text('web: bin/server --port 5000\n'),
      Buildfile: text('make: ./build.sh\n'),
      'bin/server': text('', mode),
      'build.sh': text('#!/bin/sh\n', mode),
    });
    expect(faultsOf(files(0o755))).toEqual([]);
    expect(faultsOf(files(0o644))).toEqual([
      expect.stringMatching(/Procfile runs bin\/server, which is not executable \(mode 644\).*chmod \+x bin\/server/),
      expect.stringMatching(/Buildfile runs build\.sh, which is not executable \(mode 644\)/),
    ]);
    expect(faultsOf({ Procfile: text('web: ./run.sh\n'), 'run.sh': fromWindows('#!/bin/sh\n') })).toEqual([
      expect.stringMatching(/the zip has no Unix permissions/),
    ]);
    // By its interpreter it needs no bit.
    expect(faultsOf({ Procfile: text('web: sh run.sh\n'), 'run.sh': fromWindows('#!/bin/sh\n') })).toEqual([]);
  });

  it('Windows line ends are refused where Linux stumbles over them', () => {
    expect(faultsOf({ ...GOOD, 'tool.sh': text('#!/bin/sh\r\ntrue\r\n', 0o755) })).toEqual([
      expect.stringMatching(/tool\.sh has Windows line ends \(CRLF\).*Save it with LF/),
    ]);
    expect(faultsOf({ Procfile: text('web: ./run\r\n') })).toEqual([
      expect.stringMatching(/Procfile has Windows line ends/),
    ]);
    expect(faultsOf({ ...GOOD, 'page.html': text('<p>\r\n') })).toEqual([]);
  });

  it('a hook may come without bit and with Windows line ends: the platform mends both', () => {
    expect(faultsOf({ ...GOOD, '.platform/hooks/predeploy/a.sh': fromWindows('#!/bin/sh\r\ntrue\r\n') })).toEqual([]);
  });

  it('native code has to be of the instances, wherever it lies', () => {
    const name = 'node_modules/@img/sharp/lib/sharp.node';
    expect(faultsOf({ ...GOOD, [name]: elf(0xb7), 'lib/libvips.so.42': elf(0xb7) })).toEqual([]);
    expect(faultsOf({ ...GOOD, [name]: elf(0x3e) })).toEqual([
      expect.stringMatching(/sharp\.node is native code for another processor: the instances are linux-arm64/),
    ]);
    expect(faultsOf({ ...GOOD, [name]: Buffer.from('cffaedfe0c000001', 'hex') })).toEqual([
      expect.stringMatching(/sharp\.node is native code of another operating system/),
    ]);
  });

  it("the node sample's own native code counts too", () => {
    const { path: file } = sourceBundle('node', 'x64');
    const faults = faultsOfFile(file, 'node');
    expect(faults).toHaveLength(2);
    for (const fault of faults) expect(fault).toMatch(/native code for another processor/);
  });

  it('everything that is wrong is said at once', () => {
    const files = { 'a.sh': text('#!/bin/sh\r\n'), 'b.node': elf(0x3e), 'README.md': text('') };
    expect(faultsOf(files)).toHaveLength(3);
  });
});
