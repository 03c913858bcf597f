import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BEANSTALK_PLATFORMS, type BeanstalkPlatform } from '../../lambda/beanstalk/platforms';
import { type Architecture, serviceBundle } from '../../packaging/bundle';
import { zip } from '../../packaging/zip';
import { joinZips, zipEntries } from '../../packaging/zip-directory';
import { PLATFORM_BUNDLES } from './platform-bundles';
import { checkSourceBundle, faultsOfZip, isExecutable, isNative, SourceBundleError } from './source-bundle-check';

const ROOT = path.join(__dirname, '..', '..');

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

/** Has nginx on the instances redirect what came over HTTP to a load balancer with a certificate. */
const HTTPS = 'beanstalk/https';

/**
 * The source bundle of a platform's sample: for `node` and `docker` the service itself. Made of what is in the
 * repository alone; nothing is compiled or fetched, so that synth needs no toolchain.
 *
 * @param architecture of the instances
 * @param https whether HTTP is redirected to HTTPS
 * @returns the zip, in `.cache/`
 * @throws Error where the service's bundle must be made first; SourceBundleError where a sample was changed into what
 *   Elastic Beanstalk doesn't take
 */
export function sourceBundle(platform: BeanstalkPlatform, architecture: Architecture, https = false): SourceBundle {
  const { sources, service } = PLATFORM_BUNDLES[platform];
  const files = new Map([...sources, ...(https ? [HTTPS] : [])].flatMap(filesOf));
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
  const processor = zipEntries(bytes).some(isNative) ? architecture : undefined;
  return { path: path.resolve(file), hash, versionLabel: labelOf(platform, processor, hash) };
}
