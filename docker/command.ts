import { spawn, spawnSync } from 'node:child_process';

/** The command that takes Docker's arguments; CDK reads the same variable. */
export const dockerCommand = (): string => process.env['CDK_DOCKER'] ?? 'docker';

/** What a Docker command ended with. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** There is no such command on this machine. */
export class NoDockerError extends Error {
  override readonly name = 'NoDockerError';

  constructor() {
    super(
      `There is no command ${dockerCommand()} on this machine. Install Docker, or name a command that takes its ` +
        `arguments, such as podman or finch, in the environment variable CDK_DOCKER.`,
    );
  }
}

/** Docker was asked for something and did not do it; the message has its own words. */
export class DockerError extends Error {
  override readonly name = 'DockerError';
}

/**
 * Runs the Docker command to its end.
 *
 * @param options `input` is what it reads; `onOutput` gets what it prints meanwhile
 * @throws NoDockerError where there is none
 */
export async function tryDocker(
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly signal?: AbortSignal;
    readonly input?: string;
    readonly onOutput?: (text: string) => void;
  } = {},
): Promise<Outcome> {
  const { input = '', onOutput = () => undefined, ...spawning } = options;
  const child = spawn(dockerCommand(), args, {
    ...spawning,
    stdio: 'pipe',
    env: {
      ...process.env,
      // The Dockerfile needs BuildKit, which an older Docker does not use by itself.
      DOCKER_BUILDKIT: '1',
      // An image is one manifest: ECR's scan and the copy between repositories look at nothing else.
      BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
    },
  });
  // Where it ends without having read, its exit code says why.
  child.stdin.on('error', () => undefined).end(input);
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
      onOutput(text);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) => {
      reject(cause.code === 'ENOENT' || cause.code === 'EACCES' ? new NoDockerError() : cause);
    });
    child.once('close', (code) => {
      resolve({ code, ...output });
    });
  });
}

/**
 * The same for what has to succeed.
 *
 * @returns what it wrote, without the last line's end
 * @throws NoDockerError where there is none; DockerError where it failed
 */
export async function docker(...args: readonly string[]): Promise<string> {
  return succeeded(args, await tryDocker(args));
}

/** What a Docker command wrote; throws DockerError where it failed. */
export function succeeded(args: readonly string[], { code, stdout, stderr }: Outcome): string {
  if (code === 0) return stdout.trimEnd();
  throw new DockerError(`${dockerCommand()} ${args.join(' ')} failed:\n${stderr.trim() || stdout.trim()}`);
}

/** Why no container can be run here, and what to do; undefined where an engine answers. */
export function whyNoEngine(): string | undefined {
  const { error, status } = spawnSync(dockerCommand(), ['version', '--format', '{{.Server.Version}}']);
  if (error !== undefined) return new NoDockerError().message;
  if (status === 0) return undefined;
  return `the command ${dockerCommand()} reaches no container engine. Start it: sudo systemctl start docker, or Docker Desktop`;
}
