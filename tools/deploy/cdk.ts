import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

export const ROOT = path.join(__dirname, '..', '..');

export interface Running {
  readonly interrupted: AbortSignal;
  /** Whether the terminal sees it and answers it. Default: what it prints is returned. */
  readonly isShown?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** How the CLI ended, and what it has printed where it was not shown. */
export interface Ending {
  readonly code: number | null;
  readonly output: string;
}

/**
 * Runs the pinned CDK CLI in the repository. An interruption ends it; what CloudFormation has begun by then goes on.
 *
 * @throws Error where it cannot be started
 */
export async function runCdk(
  args: readonly string[],
  { interrupted, isShown = false, env = {} }: Running,
): Promise<Ending> {
  const child = spawn(process.execPath, [require.resolve('aws-cdk/bin/cdk'), ...args], {
    cwd: ROOT,
    env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true', ...env },
    stdio: isShown ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  const stop = (): void => void child.kill('SIGTERM');
  if (interrupted.aborted) stop();
  interrupted.addEventListener('abort', stop, { once: true });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output };
  } finally {
    interrupted.removeEventListener('abort', stop);
  }
}
