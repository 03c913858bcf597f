import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { type Endpoint, withoutAws } from './environment';

const ROOT = path.join(__dirname, '..', '..');

export interface Ended {
  /** Its exit code; null where a signal ended it. */
  readonly status: number | null;
  /** All that it has printed. */
  readonly output: string;
}

/** Runs the CDK CLI to its end, as a person would, against an endpoint and nothing else. */
export async function runCdk(
  { environment }: Endpoint,
  args: readonly string[],
  { signal, onLine }: { readonly signal?: AbortSignal; readonly onLine?: (line: string) => void } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [require.resolve('aws-cdk/bin/cdk'), ...args], {
    cwd: ROOT,
    env: { ...withoutAws(), NODE_NO_WARNINGS: '1', CDK_DISABLE_CLI_TELEMETRY: 'true', CI: 'true', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal, killSignal: 'SIGKILL' as const }),
  });
  // An abort is said by the status.
  child.on('error', () => undefined);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += String(chunk);
      for (const line of String(chunk).split('\n')) if (line.trim() !== '') onLine?.(line);
    });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, output };
}

/** @throws Error with the end of what it has printed, where it does not succeed */
export async function cdk(
  endpoint: Endpoint,
  args: readonly string[],
  options: Parameters<typeof runCdk>[2] = {},
): Promise<string> {
  const { status, output } = await runCdk(endpoint, args, options);
  if (status === 0) return output;
  throw new Error(
    `cdk ${args[0] ?? ''} ended with ${status ?? 'a signal'}:\n${output.trim().split('\n').slice(-15).join('\n')}`,
  );
}
