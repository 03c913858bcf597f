import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import path from 'node:path';

/**
 * Starts the Node server of an unpacked bundle on a free port of 127.0.0.1.
 *
 * @param node the Node.js that runs it
 * @throws Error with what it wrote, where it ends instead of listening
 */
export async function startNodeServer(
  node: string,
  folder: string,
  environment: Record<string, string> = {},
): Promise<{ url: string; pid: number; ended: Promise<string>; stop: () => Promise<void> }> {
  const child = spawn(node, [path.join(folder, 'server.mjs')], {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = (once(child, 'exit') as Promise<[number | null, string | null]>).then(
    ([code, signal]) => `the process ended by ${signal ?? `exit code ${code}`}`,
  );
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    const { message, address } = JSON.parse(line) as { message: string; address?: { port: number } };
    if (message !== 'listening' || address === undefined) continue;
    // What it logs from now on is of no interest, but must be taken from it.
    child.stdout.resume();
    return {
      url: `http://127.0.0.1:${address.port}`,
      pid: child.pid ?? 0,
      ended,
      stop: async () => {
        child.kill('SIGTERM');
        await ended;
      },
    };
  }
  throw new Error(`The server ended before it listened:\n${lines.join('\n')}`);
}
