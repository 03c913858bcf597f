import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { docker, dockerCommand, NoDockerError, tryDocker } from '../docker/command';
import { fail } from './command-line';

/** What to run, and how. */
export interface ContainerOptions {
  readonly image: string;
  /** The port that the service listens on inside. */
  readonly port: number;
  /** Further arguments of `docker run`. */
  readonly arguments: readonly string[];
  /** What the container runs in place of what its image says. */
  readonly command?: readonly string[];
  /** How long it has to end after SIGTERM, in seconds. */
  readonly stopSeconds: number;
}

/** How a container ended. */
export interface Ending {
  readonly code: number;
  /** Whether it took more memory than it may. */
  readonly outOfMemory: boolean;
}

const READY_WITHIN_MS = 30_000;

/** What a sandbox's containers and networks are labelled with, so that they are found when it did not end in order. */
export const SANDBOX_LABEL = 'compute-options.sandbox';

const labels = (): string[] => {
  const run = process.env['SANDBOX_RUN'];
  return run === undefined ? [] : ['--label', `${SANDBOX_LABEL}=${run}`];
};

/**
 * A container of the service on this machine's engine, in a network of its own, as a task has; its port is published on
 * a free port of 127.0.0.1, and nowhere else.
 */
export class Container {
  private constructor(
    /** Also the name of its network. */
    readonly name: string,
    readonly url: string,
    private readonly stopSeconds: number,
    /** From `docker run` to the first answer of `/health`, in milliseconds. */
    readonly startedWithinMs: number,
  ) {}

  /**
   * Starts it, and waits until it answers `/health`.
   *
   * @throws NoDockerError, DockerError; Error with its log where it ends, or does not answer within 30 s
   */
  static async start(options: ContainerOptions): Promise<Container> {
    const { image, port, command = [], stopSeconds } = options;
    const name = `thumbnails-${randomBytes(4).toString('hex')}`;
    await docker('network', 'create', ...labels(), name);
    try {
      const where = ['--name', name, '--network', name, '--publish', `127.0.0.1::${port}/tcp`];
      const began = performance.now();
      await docker('run', '--detach', ...labels(), ...where, ...options.arguments, image, ...command);
      const published = await docker('port', name, `${port}/tcp`);
      const url = `http://${published.split('\n')[0] ?? ''}`;
      await answering(name, url);
      return new Container(name, url, stopSeconds, performance.now() - began);
    } catch (error) {
      await removeAll(name);
      throw error;
    }
  }

  /** What `docker inspect` says of it, by a template whose outcome is JSON. */
  async inspect(template: string): Promise<unknown> {
    return JSON.parse(await docker('inspect', '--format', template, this.name));
  }

  /** Everything that it has written. */
  log(): Promise<string> {
    return logOf(this.name);
  }

  /** Passes on what it writes until it ends. It does not get Ctrl-C, so that its last words are passed on too. */
  async follow(): Promise<void> {
    const follower = spawn(dockerCommand(), ['logs', '--follow', this.name], {
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    });
    await once(follower, 'close');
  }

  /** Runs a program of its image inside. */
  run(...command: readonly string[]): Promise<string> {
    return docker('exec', this.name, ...command);
  }

  /** Waits until it has ended. */
  async ended(): Promise<Ending> {
    await docker('wait', this.name);
    return {
      code: (await this.inspect('{{.State.ExitCode}}')) as number,
      outOfMemory: (await this.inspect('{{.State.OOMKilled}}')) as boolean,
    };
  }

  /** Tells it to end, and kills it when its time is over; what it has written can still be read. */
  async stop(): Promise<Ending> {
    await docker('stop', '--time', String(this.stopSeconds), this.name);
    return this.ended();
  }

  /** Removes all of it, whatever state it is in. */
  async [Symbol.asyncDispose](): Promise<void> {
    await removeAll(this.name);
  }
}

/** Waits until a container answers `/health`; throws Error with its log where it does not. */
async function answering(name: string, url: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if ((await statusOf(`${url}/health`)) === 200) return;
    if ((await docker('inspect', '--format', '{{.State.Running}}', name)) !== 'true') break;
    await setTimeout(20);
  }
  throw new Error(`The container ${name} does not answer /health. Its log:\n${await logOf(name)}`);
}

async function logOf(name: string): Promise<string> {
  const { stdout, stderr } = await tryDocker(['logs', name]);
  return stdout + stderr;
}

/** The status of an answer. Not by `fetch`: that of Node.js 20 never settles where a proxy closes without an answer. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asked = http.get(url, { agent: false, timeout: 2_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('close', () => {
      resolve(undefined);
    });
    asked.once('error', () => undefined);
  });
}

/** Removes the containers and networks of a sandbox; nothing happens where no engine answers. */
export async function removeSandbox(run: string): Promise<void> {
  const filter = ['--quiet', '--filter', `label=${SANDBOX_LABEL}=${run}`];
  const idsOf = async (...list: readonly string[]): Promise<string[]> =>
    (await tryDocker([...list, ...filter])).stdout.split('\n').filter((id) => id !== '');
  try {
    const containers = await idsOf('ps', '--all');
    if (containers.length > 0) await tryDocker(['rm', '--force', '--volumes', ...containers]);
    const networks = await idsOf('network', 'ls');
    if (networks.length > 0) await tryDocker(['network', 'rm', ...networks]);
  } catch (error) {
    if (!(error instanceof NoDockerError)) throw error;
  }
}

async function removeAll(name: string): Promise<void> {
  await tryDocker(['rm', '--force', '--volumes', name]);
  await tryDocker(['network', 'rm', name]);
}

/**
 * Runs a container until Ctrl-C, or until it ends.
 *
 * @param interrupted says that it is to end
 * @returns the exit code for the program: 0 only where a person ended it, and it did so in order
 */
export async function serve(title: string, options: ContainerOptions, interrupted: AbortSignal): Promise<number> {
  await using container = await Container.start(options);
  let stopped: Promise<Ending> | undefined;
  const stop = () => {
    stopped = container.stop();
  };
  if (interrupted.aborted) stop();
  else {
    interrupted.addEventListener('abort', stop, { once: true });
    console.error(`\n  ${title}: ${container.url}/   (Ctrl+C stops it)\n`);
    await container.follow();
  }
  const { code, outOfMemory } = await (stopped ?? container.ended());
  if (outOfMemory) console.error(`${title} took more memory than it may, and was killed.`);
  else if (code !== 0 || stopped === undefined) console.error(`${title} ended with exit code ${code}.`);
  return stopped !== undefined && code === 0 ? 0 : 1;
}

/** Runs a program that a person may interrupt, and ends with its exit code; what it can't do, it says. */
export function runProgram(main: (interrupted: AbortSignal) => Promise<number>): void {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      interruption.abort();
    });
  }
  main(interruption.signal).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      if (interruption.signal.aborted) process.exitCode = 130;
      else fail(error);
    },
  );
}
