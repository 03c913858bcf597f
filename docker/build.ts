import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Architecture, serviceBundle } from '../packaging/bundle';
import { dockerCommand, NoDockerError, type Outcome, tryDocker } from './command';

/** What the image is made by; a bundle, unzipped, is its build context. */
export const DOCKERFILE = path.join(__dirname, 'Dockerfile');

/** The image that ours is made from: the Dockerfile says which. */
export const baseImage = (): string => argument('NODE_IMAGE');

/** The image with the Lambda Web Adapter: the Dockerfile says which, and so which version. */
export const adapterImage = (): string => argument('ADAPTER_IMAGE');

/** What the Dockerfile gives one of its arguments. */
const argument = (name: string): string =>
  new RegExp(`^ARG ${name}=(\\S+)$`, 'm').exec(readFileSync(DOCKERFILE, 'utf8'))?.[1] ?? '';

/** What Docker calls a platform. */
const PLATFORMS = { arm64: 'linux/arm64', x64: 'linux/amd64' } as const satisfies Record<Architecture, string>;

const isArchitecture = (text: string): text is Architecture => Object.hasOwn(PLATFORMS, text);

/** What the Dockerfile can make: the service alone, with what ECS Exec needs inside, or with the adapter of Lambda. */
export const IMAGE_TARGETS = ['service', 'exec', 'lambda'] as const;

export type ImageTarget = (typeof IMAGE_TARGETS)[number];

/** One image of the several that the Dockerfile makes. */
export interface ImageVariant {
  readonly architecture: Architecture;
  readonly target: ImageTarget;
}

const isTarget = (text: string): text is ImageTarget => IMAGE_TARGETS.some((target) => target === text);

/** The architecture of this machine's own containers. */
export const HOST_ARCHITECTURE: Architecture = process.arch === 'arm64' ? 'arm64' : 'x64';

/**
 * What goes into the image, as a SHA-256: the bundle, the Dockerfile (which names its base by version) and what is built
 * of it, the platform. Cheap, and needs no Docker.
 *
 * @throws Error where the service's bundle must be made first
 */
export function imageSourceHash(architecture: Architecture, target: ImageTarget = 'service'): string {
  const hash = createHash('sha256');
  for (const part of [PLATFORMS[architecture], target, serviceBundle(architecture).hash])
    hash.update(part).update('\n');
  return hash.update(readFileSync(DOCKERFILE)).digest('hex');
}

/**
 * What the tags of images of one kind begin with: those that tasks run are counted by themselves where old ones expire, and
 * so are those of Lambda.
 */
export const tagPrefix = (architecture: Architecture, target?: ImageTarget): string =>
  target === 'lambda' ? `lambda-${architecture}` : architecture;

/** The image's tag, wherever it is kept: the same content has the same tag, other content another. */
export const imageTag = (architecture: Architecture, target?: ImageTarget): string =>
  `${tagPrefix(architecture, target)}-${imageSourceHash(architecture, target).slice(0, 16)}`;

/** The name of the image on this machine, once it is built. */
export const localImage = (architecture: Architecture, target?: ImageTarget): string =>
  `thumbnails:${imageTag(architecture, target)}`;

/** The image could not be built; the message says why and what can be done. */
export class ImageBuildError extends Error {
  override readonly name = 'ImageBuildError';
}

/** Why there is no image, in Docker's words too if it had any, and what to do. */
const unbuilt = (why: string, remedy: string, said = ''): ImageBuildError =>
  new ImageBuildError(
    [
      `The image of the service could not be built: ${why}.`,
      ...(said.trim() === '' ? [] : [said.trim().replaceAll(/^/gm, '  | ')]),
      `What to do: ${remedy}, and run the same command again. A command that takes Docker's arguments, such as podman ` +
        `or finch, can stand in for it: name it in the environment variable CDK_DOCKER.`,
    ].join('\n'),
  );

/** What Docker says that means something a person can mend. */
const KNOWN_FAILURES: readonly (readonly [pattern: RegExp, why: string, remedy: string])[] = [
  [
    /buildx component is missing|failed to parse platform : ""|--mount option requires BuildKit/,
    'Docker has no BuildKit: its buildx plugin is missing',
    'install the package docker-buildx-plugin (docker-buildx on Debian, Ubuntu and Fedora)',
  ],
  [
    /exec format error/,
    'a program of the other architecture was run, which this machine cannot',
    'install the emulation with: docker run --privileged --rm tonistiigi/binfmt --install all',
  ],
  [
    /no match for platform|does not match the specified platform|no matching manifest/,
    'the base image that Docker found is not for this platform',
    'give Docker the base image that docker/Dockerfile names for both platforms',
  ],
  [
    /failed to resolve|failed to do request|no such host|i\/o timeout|toomanyrequests/i,
    'an image that docker/Dockerfile names could not be fetched',
    'see that its registry can be reached from here',
  ],
];

function buildFailure({ stdout, stderr }: Outcome): ImageBuildError {
  const [, why, remedy] = KNOWN_FAILURES.find(([pattern]) => pattern.test(stderr + stdout)) ?? [
    undefined,
    `${dockerCommand()} build failed`,
    'fix what it reports',
  ];
  const lines = (stderr.trim() || stdout.trim()).split('\n');
  return unbuilt(why, remedy, lines.slice(-3).join('\n'));
}

/** Writes the bundle and the Dockerfile into a folder. */
async function writeContext(folder: string, architecture: Architecture): Promise<void> {
  // Loaded here: synth needs the hash alone.
  const { unzipSync } = await import('fflate');
  for (const [name, content] of Object.entries(unzipSync(readFileSync(serviceBundle(architecture).path)))) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content, { mode: 0o644 });
  }
  copyFileSync(DOCKERFILE, path.join(folder, 'Dockerfile'));
}

/**
 * Builds the image of the service for an architecture, if it is not on this machine yet.
 *
 * @param onOutput called with what Docker prints meanwhile
 * @returns the image's name on this machine, which says its content
 * @throws ImageBuildError that says what is missing and what can be done, also without Docker
 */
export async function buildImage({
  architecture,
  target = 'service',
  signal,
  onOutput,
}: {
  readonly architecture: Architecture;
  readonly target?: ImageTarget;
  readonly signal?: AbortSignal;
  readonly onOutput?: (text: string) => void;
}): Promise<{ tag: string }> {
  const tag = localImage(architecture, target);
  const reached = await tryDocker(['version', '--format', '{{.Server.Version}}']).catch((error: unknown) => {
    if (!(error instanceof NoDockerError)) throw error;
    throw unbuilt(`there is no command ${dockerCommand()} on this machine`, 'install Docker');
  });
  if (reached.code !== 0) {
    throw unbuilt(`${dockerCommand()} reaches no engine`, 'start Docker', reached.stderr);
  }
  if ((await tryDocker(['image', 'inspect', tag])).code === 0) return { tag };
  const context = mkdtempSync(path.join(tmpdir(), 'thumbnails-image-'));
  try {
    await writeContext(context, architecture);
    const built = await tryDocker(
      // Nothing is fetched while it is built, but for the base image.
      ['build', '--platform', PLATFORMS[architecture], '--target', target, '--network', 'none', '--tag', tag, '.'],
      { cwd: context, ...(signal && { signal }), ...(onOutput && { onOutput }) },
    );
    if (built.code !== 0) throw buildFailure(built);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
  return { tag };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      architecture: { type: 'string', default: HOST_ARCHITECTURE },
      target: { type: 'string', default: 'service' },
    },
  });
  const { architecture, target } = values;
  if (!isArchitecture(architecture)) {
    const allowed = Object.keys(PLATFORMS).join(' or ');
    throw new Error(`--architecture is ${JSON.stringify(architecture)}: it must be ${allowed}.`);
  }
  if (!isTarget(target))
    throw new Error(`--target is ${JSON.stringify(target)}: it must be one of ${IMAGE_TARGETS.join(', ')}.`);
  const { tag } = await buildImage({ architecture, target, onOutput: (text) => process.stderr.write(text) });
  // Nothing else: CDK reads it.
  process.stdout.write(`${tag}\n`);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    // Run by `cdk deploy`, which has another way; `npm run docker` has not.
    const otherWay = '\nOr: let AWS build it, without Docker here, by the option -c registry.build=codebuild';
    console.error(`\n${message}${error instanceof ImageBuildError ? otherWay : ''}\n`);
    process.exitCode = 1;
  });
}
