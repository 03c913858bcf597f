import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { serve } from '@hono/node-server';
import { createApp } from '../../service/app';
import { platformFromEnvironment } from '../../service/platform';

const ROOT = path.join(__dirname, '..', '..');

/** The command, without what the machine's own environment says of AWS (test/environment.ts). */
async function contract(args: readonly string[], env: Record<string, string> = {}) {
  const command = ['--import', 'tsx', path.join(ROOT, 'tools', 'contract.ts'), ...args];
  const child = spawn(process.execPath, command, { cwd: ROOT, env: { ...process.env, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

describe('npm run contract', () => {
  const servers: Server[] = [];
  /** The service in this process, each answer changed as a test wants it. */
  const service = async (change: (request: Request, response: Response) => Response = (_, response) => response) => {
    const app = createApp(platformFromEnvironment({}, { log: () => undefined }));
    const answer = async (request: Request) => change(request, await app.fetch(request));
    const server = serve({ fetch: answer, port: 0, hostname: '127.0.0.1' }) as Server;
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    }
  });

  it('names what answers and each promise it keeps, and ends with 0; signs, where it is asked to', async () => {
    const signed = await service((request, response) =>
      request.headers.get('Authorization')?.startsWith('AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/')
        ? response
        : new Response('{"Message":"Forbidden"}', { status: 403 }),
    );
    const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' };
    const { code, output } = await contract([signed, '--common', '--sign'], keys);
    expect(output).toMatch(/^local: thumbnails \d+\.\d+\.\d+ \(Node\.js \d+\.\d+\.\d+, (arm64|x86_64), \d+ MiB\)$/m);
    expect(output).toContain('✓ says at /health that it is well');
    expect(output).toMatch(/^Tests: +\d+ passed, \d+ total$/m);
    expect(code).toBe(0);

    const unsigned = await contract([signed, '--common'], keys);
    expect(unsigned).toEqual({ code: 2, output: expect.stringContaining('Add --sign.') as unknown });
  }, 30_000);

  it('names the promise that is broken, and ends with 1', async () => {
    const spoilt = await service((request, response) => {
      if (request.url.endsWith('/health')) response.headers.set('Cache-Control', 'max-age=60');
      return response;
    });
    const { code, output } = await contract([spoilt, '--common']);
    expect(output).toContain('✕ says at /health that it is well, to be asked anew each time');
    expect(output).toMatch(/^Tests: +1 failed, \d+ passed, \d+ total$/m);
    expect(code).toBe(1);
  }, 30_000);

  it('says what is wrong with the command or the address, and ends with 2', async () => {
    const other = await service(() => new Response('<!doctype html>Hello', { status: 200 }));
    const mistakes: [args: string[], message: string][] = [
      [[], '0 addresses are given; exactly one is needed'],
      [['example'], '"example" is no address of the service'],
      [['ftp://example.com'], '"ftp://example.com" is no address of the service'],
      [['http://127.0.0.1', '--fast'], "Unknown option '--fast'"],
      [['http://127.0.0.1', '--timeout', 'long'], '--timeout is "long": it must be a number of seconds'],
      [['http://127.0.0.1', '--sign'], 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set'],
      [['http://127.0.0.1:9'], 'http://127.0.0.1:9/info does not answer'],
      [[other], '/info answers 200, and not as this service does: <!doctype html>Hello'],
    ];
    const runs = await Promise.all(mistakes.map(async ([args]) => contract(args)));
    expect(runs).toEqual(
      mistakes.map(([, message]) => ({ code: 2, output: expect.stringContaining(message) as unknown })),
    );
  }, 30_000);
});
