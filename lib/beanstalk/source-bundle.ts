import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BEANSTALK_PLATFORMS, type BeanstalkPlatform } from '../../lambda/beanstalk/platforms';
import { type Architecture, serviceBundle } from '../../packaging/bundle';
import { zip } from '../../packaging/zip';
import { PackagingError } from '../../packaging/packaging-error';
import { joinZips, type ZipEntry, zipEntries } from '../../packaging/zip-directory';

const ROOT = path.join(__dirname, '..', '..');

/** The files of a bundle, as far as it matters which program a platform runs. */
interface BundledFiles {
  readonly names: readonly string[];
  /** What is in one of them; empty where it isn't there. */
  readonly text: (name: string) => string;
}

/** Whether these files tell a platform what to run. */
type Start = (files: BundledFiles) => boolean;

interface PlatformBundle {
  /** Files and folders, from the repository's root, whose content is the bundle. */
  readonly sources: readonly string[];
  /** Whether the service itself is in it, compiled, with its native library. */
  readonly service: boolean;
  readonly start: Start;
  /** The same in words. */
  readonly startedBy: string;
}

const anyOf =
  (...files: string[]): Start =>
  ({ names }) =>
    files.some((file) => names.includes(file));
const either =
  (...starts: Start[]): Start =>
  (files) =>
    starts.some((start) => start(files));
const procfileOr = (...others: Start[]): Start => either(anyOf('Procfile'), ...others);
const oneEndingIn =
  (ending: string): Start =>
  ({ names }) =>
    names.filter((name) => !name.includes('/') && name.endsWith(ending)).length === 1;

const startScript: Start = ({ text }) => {
  try {
    const { scripts } = JSON.parse(text('package.json')) as { scripts?: { start?: unknown } };
    return typeof scripts?.start === 'string' && scripts.start.trim() !== '';
  } catch {
    return false;
  }
};

/** As AWS's own tutorial for Django names the application. */
const wsgiPath: Start = ({ names, text }) =>
  names.some((name) => /^\.ebextensions\/[^/]+\.config$/.test(name) && /^[^#\n]*\bWSGIPath\b/m.test(text(name)));

/**
 * How each platform finds in its source bundle what it is to run. Each on Amazon Linux 2023: Elastic Beanstalk Developer
 * Guide, "Using the ... platform" of each and "Buildfile and Procfile", read in November 2026.
 */
const BUNDLES = {
  node: {
    sources: ['beanstalk/node', 'beanstalk/service-proxy'],
    service: true,
    start: procfileOr(startScript, anyOf('app.js', 'server.js')),
    startedBy: 'a Procfile, or a package.json with a start script, app.js or server.js',
  },
  python: {
    sources: ['beanstalk/python'],
    service: false,
    start: procfileOr(wsgiPath, anyOf('application.py')),
    startedBy:
      'a Procfile, or application.py with a WSGI callable of that name, or a WSGIPath in .ebextensions/*.config',
  },
  java: {
    sources: ['beanstalk/java'],
    service: false,
    start: procfileOr(oneEndingIn('.jar')),
    startedBy: 'a Procfile, or exactly one .jar file',
  },
  go: {
    sources: ['beanstalk/go'],
    service: false,
    start: procfileOr(anyOf('application.go', 'application', 'bin/application', 'Buildfile')),
    startedBy:
      'a Procfile, or application.go, or a program called application or bin/application, or a Buildfile that makes one',
  },
  php: {
    sources: ['beanstalk/php'],
    service: false,
    start: procfileOr(({ names }) => names.some((name) => name.endsWith('.php'))),
    startedBy: 'a Procfile, or at least one .php file',
  },
  ruby: {
    sources: ['beanstalk/ruby'],
    service: false,
    start: procfileOr(anyOf('config.ru')),
    startedBy: 'a Procfile, or config.ru',
  },
  dotnet: {
    sources: ['beanstalk/dotnet'],
    service: false,
    start: procfileOr(oneEndingIn('.runtimeconfig.json')),
    startedBy: 'a Procfile, or exactly one .runtimeconfig.json, as dotnet publish writes it',
  },
  docker: {
    sources: ['docker/Dockerfile', 'beanstalk/service-proxy'],
    service: true,
    start: anyOf('Dockerfile', 'docker-compose.yml', 'Dockerrun.aws.json'),
    startedBy: 'a Dockerfile, docker-compose.yml or Dockerrun.aws.json',
  },
} as const satisfies Record<BeanstalkPlatform, PlatformBundle>;

/** With native code in it, a bundle is for instances of one architecture: its label says of which. */
const labelOf = (platform: BeanstalkPlatform, architecture: Architecture | undefined, hash: string): string =>
  [platform, architecture, hash.slice(0, 12)].filter((part) => part !== undefined).join('-');
const LABEL = /^([a-z]+)(?:-(arm64|x64))?-[0-9a-f]{12}$/;

/** The platform that a version was made for, as its label tells it; undefined if the label isn't one of ours. */
export const platformOfLabel = (label: string): BeanstalkPlatform | undefined =>
  BEANSTALK_PLATFORMS.find((platform) => platform === LABEL.exec(label)?.[1]);

/** The architecture that a version was made for, as its label tells it; undefined where any runs it. */
export const architectureOfLabel = (label: string): Architecture | undefined =>
  platformOfLabel(label) === undefined ? undefined : (LABEL.exec(label)?.[2] as Architecture | undefined);

/** What Elastic Beanstalk takes: a zip, and a name for its content. */
export interface SourceBundle {
  readonly path: string;
  /** SHA-256 of the zip, which is the same wherever it is made of the same files. */
  readonly hash: string;
  /** Label of the application version: the same content is the same version. */
  readonly versionLabel: string;
}

/** A source bundle that Elastic Beanstalk would refuse, or that would fail on its instances. */
export class SourceBundleError extends PackagingError {
  override readonly name = 'SourceBundleError';

  constructor(faults: readonly string[]) {
    super(faults, `This source bundle can't be deployed:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
  }
}

// What running a sample here leaves beside its sources, and what a desktop does. None of it may go onto an instance.
const LEFT_OUT =
  /^(node_modules|vendor|target|bin|obj|published|__pycache__|\.venv|\.idea|\.vscode|\.git|\.DS_Store|Thumbs\.db)$|\.pyc$/;

/** The files of a source, by their name in the bundle. */
function filesOf(source: string): [string, Buffer][] {
  const at = path.join(ROOT, source);
  if (statSync(at).isFile()) return [[path.basename(source), readFileSync(at)]];
  const walk = (folder: string): [string, Buffer][] =>
    readdirSync(path.join(at, folder), { withFileTypes: true })
      .filter(({ name }) => !LEFT_OUT.test(name))
      .flatMap((entry) => {
        // Slashes on Windows too.
        const name = path.posix.join(folder, entry.name);
        return entry.isDirectory() ? walk(name) : [[name, readFileSync(path.join(at, name))] as [string, Buffer]];
      });
  return walk('');
}

/**
 * Before it builds an image, Elastic Beanstalk fetches what the lines with FROM name, as they are written
 * (aws/aws-elastic-beanstalk-cli#54), without the arguments that a build would put there.
 */
function asElasticBeanstalkReads(name: string, content: Buffer): Buffer {
  if (name !== 'Dockerfile') return content;
  const dockerfile = content.toString('utf8');
  const values = new Map(
    [...dockerfile.matchAll(/^ARG (\w+)=(\S+)$/gm)].map(([, arg = '', value = '']) => [arg, value]),
  );
  return Buffer.from(
    dockerfile.replaceAll(/^FROM .*$/gm, (line) =>
      line
        .replace(/ --platform=\$BUILDPLATFORM\b/, '') // an instance builds for itself
        .replaceAll(/\$\{(\w+)\}/g, (reference, arg: string) => values.get(arg) ?? reference),
    ),
  );
}

// Not by the file system, which on Windows knows no such bit: a script says by its first line that it is to be run.
const isExecutable = (content: Uint8Array): boolean => content[0] === 0x23 && content[1] === 0x21;

/**
 * The source bundle of a platform's sample: for `node` and `docker` the service itself. Made of what is in the
 * repository alone; nothing is compiled or fetched, so that synth needs no toolchain.
 *
 * @param architecture of the instances
 * @returns the zip, in `.cache/`
 * @throws Error where the service's bundle must be made first; SourceBundleError where a sample was changed into what
 *   Elastic Beanstalk doesn't take
 */
export function sourceBundle(platform: BeanstalkPlatform, architecture: Architecture): SourceBundle {
  const { sources, service } = BUNDLES[platform];
  const files = new Map(
    sources.flatMap(filesOf).map(([name, content]) => [name, asElasticBeanstalkReads(name, content)]),
  );
  const sample = Buffer.from(zip(files, isExecutable));
  const bytes = service ? joinZips(readFileSync(serviceBundle(architecture).path), sample) : sample;
  const hash = createHash('sha256').update(bytes).digest('hex');
  const versionLabel = labelOf(platform, service ? architecture : undefined, hash);
  const folder = path.join(ROOT, '.cache', 'beanstalk', 'bundles');
  const file = path.join(folder, `${versionLabel}.zip`);
  if (statSync(file, { throwIfNoEntry: false })?.size !== bytes.length) {
    mkdirSync(folder, { recursive: true });
    const faults = faultsOfZip(bytes, file, platform, architecture);
    if (faults.length > 0) throw new SourceBundleError(faults);
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, bytes);
    renameSync(unfinished, file);
  }
  return { path: file, hash, versionLabel };
}

/**
 * A source bundle of the user's own, labelled by its content like those of this repository.
 *
 * @param architecture of the instances
 * @throws SourceBundleError with everything that is wrong with it
 */
export function ownSourceBundle(file: string, platform: BeanstalkPlatform, architecture: Architecture): SourceBundle {
  checkSourceBundle(file, platform, architecture);
  const bytes = readFileSync(file);
  const hash = createHash('sha256').update(bytes).digest('hex');
  const isNative = zipEntries(bytes).some((entry) => machineOf(entry.head(ELF_HEAD)) !== undefined);
  return { path: path.resolve(file), hash, versionLabel: labelOf(platform, isNative ? architecture : undefined, hash) };
}

// Elastic Beanstalk Developer Guide, "Create an application source bundle": "Not exceed 500 MB".
const MAX_MIB = 500;

/**
 * Looks for what would make a deployment of this source bundle fail, before anything is uploaded.
 *
 * @param file the bundle
 * @param architecture of the instances
 * @throws SourceBundleError with everything that is wrong
 */
export function checkSourceBundle(file: string, platform: BeanstalkPlatform, architecture: Architecture): void {
  const faults = faultsOfFile(file, platform, architecture);
  if (faults.length > 0) throw new SourceBundleError(faults);
}

function faultsOfFile(file: string, platform: BeanstalkPlatform, architecture: Architecture): string[] {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile()) return [`${file} is no file. Give the path of a zip.`];
  if (stat.size > MAX_MIB * 2 ** 20) {
    const size = Math.ceil(stat.size / 2 ** 20);
    return [
      `${file} has ${size} MB: Elastic Beanstalk takes ${MAX_MIB} MB at most. ` +
        `Leave out what the instance can fetch or build, and what it doesn't need.`,
    ];
  }
  return faultsOfZip(readFileSync(file), file, platform, architecture);
}

function faultsOfZip(zip: Buffer, file: string, platform: BeanstalkPlatform, architecture: Architecture): string[] {
  let entries: ZipEntry[];
  try {
    entries = zipEntries(zip);
  } catch {
    return [
      `${file} is no zip, or only a part of one (${zip.length} bytes). Elastic Beanstalk takes a zip, no other archive. ` +
        `Make one in the application's folder, for example with: zip -r ../bundle.zip .`,
    ];
  }
  if (entries.length === 0) return [`${file} has no file in it. Make the zip in the application's folder.`];
  return [
    ...rootFaults(entries, platform),
    ...commandFaults(entries),
    ...entries.flatMap((entry) => contentFaults(entry, architecture)),
  ];
}

/** Whether the files are where the platform looks for them. */
function rootFaults(entries: readonly ZipEntry[], platform: BeanstalkPlatform): string[] {
  // What macOS adds of its own is beside the point.
  const names = entries.map(({ name }) => name).filter((name) => !name.startsWith('__MACOSX/'));
  const backslash = names.find((name) => name.includes('\\'));
  if (backslash !== undefined) {
    return [
      `${backslash} has a backslash in its name, which on Linux is no folder's: names in a zip have slashes. ` +
        `Make the zip with a program that writes them so, for example: tar -a -cf bundle.zip .`,
    ];
  }
  const { start, startedBy } = BUNDLES[platform];
  const text = (name: string): string => {
    const entry = entries.find((each) => each.name === name);
    return entry === undefined ? '' : textOf(entry);
  };
  const isStarted = start({ names, text });
  const tops = new Set(names.map((name) => name.split('/', 1)[0]));
  const [top] = tops;
  const isInFolder = tops.size === 1 && names.every((name) => name.includes('/'));
  // A program alone may be in bin/, where the Go platform looks.
  if (isInFolder && top !== undefined && !(top === 'bin' && isStarted)) {
    return [
      `Everything is in the folder ${top}: the application's files must be at the zip's root. ` +
        `Make the zip in that folder, for example with: cd ${top} && zip -r ../bundle.zip .`,
    ];
  }
  if (isStarted) return [];
  const expected = ['Procfile', 'Dockerfile'].filter((name) => startedBy.includes(name));
  const near = names.find((name) => expected.some((other) => other.toLowerCase() === name.toLowerCase()));
  return [
    `Nothing tells the ${platform} platform what to run: at the root it looks for ${startedBy}. ` +
      (near === undefined ? 'Add one.' : `There is ${near}, but upper and lower case count: rename it.`),
  ];
}

// Developer Guide, "Buildfile and Procfile". A line that isn't like this, a comment too, makes the platform ignore the
// whole file without a word.
const COMMAND = /^([A-Za-z0-9_-]+):\s*(\S.*)$/;
const COMMAND_FILES = ['Buildfile', 'Procfile'];
// The platform itself makes these executable, and gives them Unix line ends (Developer Guide, "Platform hooks").
const HOOK = /^\.platform\/(hooks|confighooks)\//;

const textOf = (entry: ZipEntry): string => entry.head(2 ** 20).toString('utf8');

/** Whether what Buildfile and Procfile say can be run. */
function commandFaults(entries: readonly ZipEntry[]): string[] {
  return entries
    .filter(({ name }) => COMMAND_FILES.includes(name))
    .flatMap((file) => {
      const lines = textOf(file).split(/\r?\n/).filter(Boolean);
      const bad = lines.filter((line) => !COMMAND.test(line));
      const faults = bad.map(
        (line) =>
          `${file.name} has the line ${JSON.stringify(line)}: each must be <process>: <command>, and comments are not ` +
          `allowed, or the platform ignores the file. Correct or remove the line.`,
      );
      const commands = lines.flatMap((line) => COMMAND.exec(line)?.[2] ?? []);
      if (file.name === 'Procfile' && bad.length === 0 && !lines.some((line) => line.startsWith('web:'))) {
        const given = lines.map((line) => line.split(':', 1)[0]).join(', ') || 'none';
        faults.push(
          `Procfile has no process called web (it has ${given}), to which the proxy sends requests. Add one.`,
        );
      }
      for (const program of commands.map((command) => path.posix.normalize(command.split(/\s/, 1)[0] ?? ''))) {
        const entry = entries.find(({ name }) => name === program);
        if (entry !== undefined && !((entry.mode ?? 0) & 0o100)) {
          const mode = entry.mode === undefined ? 'the zip has no Unix permissions' : `mode ${entry.mode.toString(8)}`;
          faults.push(
            `${file.name} runs ${program}, which is not executable (${mode}). Set the bit before zipping: ` +
              `chmod +x ${program}; on Windows run it by its interpreter instead, for example: bash ${program}`,
          );
        }
      }
      return faults;
    });
}

// e_machine in the header of an ELF file (System V ABI).
const MACHINES: Record<Architecture, number> = { arm64: 0xb7, x64: 0x3e };
const ELF_HEAD = 20;

/** For which processor the ELF file with this beginning is; undefined where it is none. */
const machineOf = (head: Buffer): number | undefined =>
  head.length >= ELF_HEAD && head.readUInt32BE() === 0x7f454c46 ? head.readUInt16LE(18) : undefined;

/** What is wrong with one file, wherever it is. */
function contentFaults(entry: ZipEntry, architecture: Architecture): string[] {
  const { name } = entry;
  if (/\.node$|\.so(\.\d+)*$/.test(name)) {
    const machine = machineOf(entry.head(ELF_HEAD));
    if (machine === MACHINES[architecture]) return [];
    return [
      `${name} is native code ${machine !== undefined ? 'for another processor' : 'of another operating system'}: the instances are ` +
        `linux-${architecture}. Install the dependencies for that, or leave them out and let the instance install them.`,
    ];
  }
  const head = entry.head(4096);
  const isScript = isExecutable(head) && !HOOK.test(name);
  if ((isScript || COMMAND_FILES.includes(name)) && head.includes('\r\n')) {
    return [
      `${name} has Windows line ends (CRLF), with which Linux doesn't find the interpreter or the command. ` +
        `Save it with LF; in git, with a .gitattributes that says: * text=auto eol=lf`,
    ];
  }
  return [];
}
