import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { baseImage } from '../../docker/build';
import { dockerCommand } from '../../docker/command';

// What starts an engine on the machines that test this project and have none; elsewhere it is not there.
const ENGINE = path.join(__dirname, '..', '..', '..', 'shared', 'tools', 'docker-engine');

// Jest gives each test file an environment of its own, which a program is told of only by name.
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

/**
 * Registers tests that run containers, or one that is skipped and says why.
 *
 * @param tests registers them
 */
export function describeWithEngine(name: string, tests: () => void): void {
  const reason = whyNoEngine();
  if (reason === undefined) {
    describe(name, tests);
    return;
  }
  console.warn(`${name}: skipped, ${reason}`);
  test.skip(`${name} (skipped: ${reason})`, () => undefined);
}
