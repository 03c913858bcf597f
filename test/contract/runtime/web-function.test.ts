import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { nodeBinary } from '../../../contract/runtime/install';
import { unpackBundle } from '../../../contract/runtime/unpacked-bundle';
import {
  serveWebFunction,
  type RunningWebFunction,
  type WebFunctionSettings,
} from '../../../contract/runtime/web-function';

jest.setTimeout(30_000);

/** A server that answers with its request's head; `/early` before it has read the body, `/hang` never. */
const ECHO = `
  import http from 'node:http';
  const [host, port] = process.env.AWS_LAMBDA_HTTP_ENDPOINT.split(':');
  let serving = 0, most = 0;
  http.createServer(async (request, response) => {
    most = Math.max(most, ++serving);
    response.once('close', () => serving--);
    if (request.url === '/hang') return;
    if (request.url === '/crash') process.exit(3);
    if (request.url === '/early') return void response.writeHead(413).end();
    for await (const chunk of request);
    if (request.url === '/slow') await new Promise((done) => setTimeout(done, 100));
    response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, most }));
  }).listen(Number(port), host);`;

const folders: string[] = [];
let running: RunningWebFunction[] = [];
afterEach(async () => {
  await Promise.all(running.map((each) => each.close()));
  running = [];
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

async function serve(code: string, settings: Partial<WebFunctionSettings> = {}): Promise<RunningWebFunction> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'web-function-'));
  folders.push(folder);
  writeFileSync(path.join(folder, 'index.mjs'), code);
  const service = await serveWebFunction({
    code: folder,
    node: process.execPath,
    entryPoint: 'index.mjs',
    ...settings,
  });
  running.push(service);
  return service;
}

interface Echo {
  readonly headers: Record<string, string>;
  readonly most: number;
}

test('the server has its host and port by a variable, and is started by the first request', async () => {
  const { url } = await serve(ECHO);
  expect(await (await fetch(`${url}/path?a=1`)).json()).toMatchObject({ method: 'GET', url: '/path?a=1' });
});

test('a server that ends instead of listening is a 500 of the platform', async () => {
  const { url, log } = await serve("throw new Error('no such module')");
  const response = await fetch(url);
  expect([response.status, response.headers.get('lambda-web-error-type')]).toEqual([500, 'Runtime.ExitError']);
  expect(log()).toContain('no such module');
});

test('a server that does not listen within 10 s is a 500 of the platform', async () => {
  const { url, log } = await serve('setInterval(() => {}, 1000)');
  expect((await fetch(url)).status).toBe(500);
  expect(log()).toContain('did not listen within 10 s');
});

test('several requests are served by one environment at once, and no more than allowed', async () => {
  const { url } = await serve(ECHO, { maxConcurrency: 3 });
  const echoes = await Promise.all(
    Array.from({ length: 9 }, async () => (await (await fetch(`${url}/slow`)).json()) as Echo),
  );
  expect(Math.max(...echoes.map(({ most }) => most))).toBe(3);
});

test('headers are removed and added as documented', async () => {
  const { url } = await serve(ECHO);
  const response = await fetch(url, {
    headers: {
      'X-Real-IP': '203.0.113.7',
      'Lambda-Web-Request-Id': 'mine',
      'X-Forwarded-For': '203.0.113.7',
      'X-Kept': 'yes',
    },
  });
  const { headers } = (await response.json()) as Echo;
  expect(headers).toMatchObject({
    host: expect.stringMatching(/\.lambda-web\..*\.on\.aws$/) as unknown,
    'x-kept': 'yes',
    'x-forwarded-for': '203.0.113.7, 127.0.0.1',
    'lambda-web-endpoint-name': 'live',
    'lambda-web-request-id': response.headers.get('lambda-web-request-id'),
  });
  expect(headers).not.toHaveProperty('x-real-ip');
});

test('Expect: 100-continue is answered 417, and a method that is not served 400', async () => {
  const { url } = await serve(ECHO);
  const status = async (options: http.RequestOptions): Promise<number | undefined> => {
    const request = http.request(url, { agent: false, ...options }).end();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    return response.statusCode;
  };
  expect(await status({ method: 'POST', headers: { Expect: '100-continue' } })).toBe(417);
  expect(await status({ method: 'PROPFIND' })).toBe(400);
});

test('HTTP/1.0 is answered 505', async () => {
  const { url } = await serve(ECHO);
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  socket.end('GET / HTTP/1.0\r\n\r\n');
  expect(await text(socket)).toContain('505');
});

test('a request that takes too long is answered 504, with the reason', async () => {
  const { url } = await serve(ECHO, { timeoutMs: 200 });
  const response = await fetch(`${url}/hang`);
  expect([response.status, response.headers.get('lambda-web-error-type')]).toEqual([504, 'Runtime.RequestTimeout']);
});

test('a server that ends in the middle of a request is a 502', async () => {
  const { url } = await serve(ECHO);
  expect((await fetch(`${url}/crash`)).status).toBe(502);
});

test('an answer that begins before its request has arrived never reaches its caller: half-duplex', async () => {
  const { url } = await serve(ECHO, { timeoutMs: 500 });
  const { status } = await fetch(`${url}/early`, { method: 'POST', body: Buffer.alloc(8 * 1024 * 1024) });
  // The timeout, or the end of the connection where the server gives up first.
  expect([502, 504]).toContain(status);
});

describe('the service there', () => {
  let bundle: ReturnType<typeof unpackBundle>;
  beforeAll(() => {
    bundle = unpackBundle();
  });
  afterAll(() => bundle.remove());

  const serveService = async (environment: Record<string, string> = {}): Promise<RunningWebFunction> => {
    const service = await serveWebFunction({
      code: bundle.folder,
      node: nodeBinary(),
      entryPoint: 'server.mjs',
      environment: { SERVICE_OPTION: 'web-function', SERVICE_DRAIN_SECONDS: '1', ...environment },
      timeoutMs: 5_000,
    });
    running.push(service);
    return service;
  };
  const tooLarge = Buffer.alloc(12 * 1024 * 1024);

  test('refuses a body that is declared too large without hanging', async () => {
    const { url } = await serveService();
    const response = await fetch(`${url}/thumbnails`, { method: 'POST', body: tooLarge });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ type: 'urn:thumbnails:problem:too-large' });
  });

  test('refuses a body of undeclared length as soon as it has arrived, and serves on', async () => {
    const { url } = await serveService();
    const body = new ReadableStream({
      start(stream) {
        for (let i = 0; i < 12; i++) stream.enqueue(tooLarge.subarray(0, 1024 * 1024));
        stream.close();
      },
    });
    const response = await fetch(`${url}/thumbnails`, { method: 'POST', body, duplex: 'half' });
    expect(response.status).toBe(413);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  const LARGE = 3_000_000;
  test.each<[status: number, title: string, target: string, headers: Record<string, string>]>([
    [400, 'a wrong parameter', '/thumbnails?width=1', {}],
    [400, 'a target that is no URL', '/a\\b', {}],
    [404, 'a path that there is none of', '/nothing', {}],
    [405, 'a method that a path has not', '/info', {}],
    [413, 'a body of undeclared length that is too large', '/thumbnails', { 'Transfer-Encoding': 'chunked' }],
    [415, 'no picture', '/thumbnails', {}],
  ])('answers %d to %s with a large body without hanging', async (status, _, target, headers) => {
    const { url } = await serveService();
    const { hostname, port } = new URL(url);
    const isLengthDeclared = headers['Transfer-Encoding'] === undefined;
    const request = http.request({
      hostname,
      port,
      path: target,
      method: 'POST',
      agent: false,
      headers: { ...(isLengthDeclared && { 'Content-Length': LARGE }), ...headers },
    });
    const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
    for (let sent = 0; sent < (isLengthDeclared ? LARGE : 2 * LARGE); sent += LARGE / 10)
      request.write(Buffer.alloc(LARGE / 10));
    request.end();
    const [response] = await answered;
    expect([response.statusCode, await text(response)]).toEqual([
      status,
      expect.stringContaining('urn:thumbnails:problem:'),
    ]);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  test('ends within a second of SIGTERM', async () => {
    const service = await serveService();
    await fetch(`${service.url}/health`);
    expect(await service.shutDown()).toBe(0);
    expect(service.log()).toContain('"signal":"SIGTERM"');
  });

  test('names itself in GET /info', async () => {
    const { url } = await serveService();
    expect(await (await fetch(`${url}/info`)).json()).toMatchObject({ option: 'web-function' });
  });
});
