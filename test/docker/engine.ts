import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ADAPTER, whyNoAdapter } from '../../contract/runtime/lambda-adapter';
import { adapterImage, baseImage } from '../../docker/build';
import { dockerCommand } from '../../docker/command';
import type { Architecture } from '../../packaging/bundle';
import { describeUnless } from '../left-out';

// What starts an engine on the machines that test this project and have none; elsewhere it is not there.
const ENGINE = path.join(__dirname, '..', '..', '..', 'shared', 'tools', 'docker-engine');

// Jest gives each test file an environment of its own, which a program sees only by name.
const run = (command: string, ...args: readonly string[]) =>
  spawnSync(command, args, { encoding: 'utf8', env: process.env });
const succeeds = (command: string, ...args: readonly string[]): boolean => run(command, ...args).status === 0;

/** Why no container can be run on this machine; undefined where one can, and then this process knows the way. */
export function whyNoEngine(): string | undefined {
  const answers = () => succeeds(dockerCommand(), 'info');
  const startable = existsSync(ENGINE) && process.getuid?.() === 0 && succeeds('which', 'dockerd');
  if (!answers() && startable) {
    const [, address] = /DOCKER_HOST=(\S+)/.exec(run(ENGINE, 'up').stdout) ?? [];
    process.env['DOCKER_HOST'] = address;
  }
  if (!answers()) return `no container engine answers ${dockerCommand()} info`;
  // The Docker client that is first here may be one without its buildx; the engine's own builds without.
  if (startable) process.env['CDK_DOCKER'] ??= '/usr/bin/docker';
  return whyNoBaseImage(startable);
}

/** With a registry in reach the build fetches it; without, a stand-in takes its name. */
function whyNoBaseImage(canStandIn: boolean): string | undefined {
  const image = baseImage();
  const [, version = ''] = /:([\d.]+)-/.exec(image) ?? [];
  if (succeeds(dockerCommand(), 'image', 'inspect', image)) return undefined;
  if (succeeds(dockerCommand(), 'pull', '--quiet', image)) return undefined;
  if (canStandIn && succeeds('env', `NODE_V=${version}`, ENGINE, 'base', image)) return undefined;
  return `${image} cannot be pulled`;
}

/** Why the image can't be built here for an architecture: its base is not to be had. Undefined where it is. */
export function whyNoBaseImageFor(architecture: Architecture): string | undefined {
  const platform = { arm64: 'linux/arm64', x64: 'linux/amd64' }[architecture];
  const built = spawnSync(dockerCommand(), ['build', '--quiet', '--platform', platform, '-'], {
    encoding: 'utf8',
    env: { ...process.env, DOCKER_BUILDKIT: '1', BUILDX_NO_DEFAULT_ATTESTATIONS: '1' },
    input: `FROM ${baseImage()}\n`,
  });
  const inspected = ['image', 'inspect', '--format', '{{.Os}}/{{.Architecture}}', built.stdout.trim()];
  // A stand-in is there for one architecture, and some engines take it for any.
  const isThere = built.status === 0 && run(dockerCommand(), ...inspected).stdout.trim() === platform;
  return isThere ? undefined : `${baseImage()} is not to be had for ${platform}`;
}

/** Why the image for Lambda can't be built here; undefined where it can. Without a registry in reach, a stand-in takes the name. */
export function whyNoAdapterImage(): string | undefined {
  const image = adapterImage();
  if (succeeds(dockerCommand(), 'image', 'inspect', image)) return undefined;
  if (succeeds(dockerCommand(), 'pull', '--quiet', image)) return undefined;
  const lacking = whyNoAdapter();
  if (lacking !== undefined) return `${image} cannot be pulled, and ${lacking}`;
  const { stdout: input } = spawnSync('tar', ['-C', path.dirname(ADAPTER), '-c', 'lambda-adapter'], {
    maxBuffer: 2 ** 28,
  });
  const { status, stderr } = spawnSync(dockerCommand(), ['import', '-', image], { input, env: process.env });
  return status === 0 ? undefined : `no stand-in for ${image} could be made: ${String(stderr)}`;
}

/**
 * Registers tests that run containers, or one that is skipped and says why.
 *
 * @param tests registers them
 * @param whyNot says what else they lack, if they do
 */
export function describeWithEngine(
  name: string,
  tests: () => void,
  whyNot: () => string | undefined = () => undefined,
): void {
  describeUnless(whyNoEngine() ?? whyNot(), name, tests);
}
