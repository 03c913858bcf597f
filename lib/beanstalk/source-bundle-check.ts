import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { BeanstalkPlatform } from '../../lambda/beanstalk/platforms';
import type { Architecture } from '../../packaging/bundle';
import { PackagingError } from '../../packaging/packaging-error';
import { type ZipEntry, zipEntries } from '../../packaging/zip-directory';
import { PLATFORM_BUNDLES } from './platform-bundles';

/** A source bundle that Elastic Beanstalk would refuse, or that would fail on its instances. */
export class SourceBundleError extends PackagingError {
  override readonly name = 'SourceBundleError';

  constructor(faults: readonly string[]) {
    super(faults, `This source bundle can't be deployed:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
  }
}

// Not by the file system, which on Windows knows no such bit: a script says by its first line that it is to be run.
export const isExecutable = (content: Uint8Array): boolean => content[0] === 0x23 && content[1] === 0x21;

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

/** What is wrong with the bytes of a bundle; `file` is what the faults call it. */
export function faultsOfZip(
  zip: Buffer,
  file: string,
  platform: BeanstalkPlatform,
  architecture: Architecture,
): string[] {
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
  const { start, startedBy } = PLATFORM_BUNDLES[platform];
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

/** Whether a file is native code, which runs on one processor only. */
export const isNative = (entry: ZipEntry): boolean => machineOf(entry.head(ELF_HEAD)) !== undefined;

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
