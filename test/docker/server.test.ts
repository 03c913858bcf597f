import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';

// The server as it is shipped: one ES module with sharp beside it, in a process of its own.

// A busy machine may take its time to start a process.
jest.setTimeout(30_000);

const root = path.join(__dirname, '../..');
const picture = readFileSync(path.join(root, 'contract/photographs/cat.jpg'));
let folder: string;

beforeAll(async () => {
  // Inside the project, where the bundle finds sharp as it would beside it.
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  folder = mkdtempSync(path.join(root, '.cache/server-'));
  await build({
    absWorkingDir: root,
    entryPoints: ['docker/server.ts'],
    outfile: path.join(folder, 'server.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['sharp'],
    logLevel: 'error',
  });
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface LogLine {
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A running server; its log is read line by line. */
class Server implements AsyncDisposable {
  readonly ended: Promise<number | null>;
  readonly errors: Promise<string>;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(env: NodeJS.ProcessEnv = {}) {
    this.#process = spawn(process.execPath, [path.join(folder, 'server.mjs')], {
      env: { PATH: process.env['PATH'], PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.#process;
    if (stdout === null || stderr === null) throw new Error('both are pipes');
    this.ended = once(this.#process, 'exit').then(([code]) => code as number | null);
    this.errors = text(stderr);
    this.#lines = createInterface(stdout)[Symbol.asyncIterator]();
  }

  /** The next line of the log with that message, of that request if one is named. */
  async logged(message: string, requestId?: string): Promise<LogLine> {
    for (;;) {
      const line = await this.#lines.next();
      if (line.done === true) throw new Error(`the server ended before it logged "${message}": ${await this.errors}`);
      const entry = JSON.parse(line.value) as LogLine;
      if (entry.message === message && (requestId === undefined || entry['requestId'] === requestId)) return entry;
    }
  }

  async port(): Promise<number> {
    return ((await this.logged('listening'))['address'] as net.AddressInfo).port;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.ended;
  }
}

/** An upload that the server has begun to answer: it said `100 Continue`, and has no byte of the picture yet. */
async function openUpload(port: number, requestId = 'upload'): Promise<http.ClientRequest> {
  const upload = http.request({
    port,
    host: '127.0.0.1',
    path: '/thumbnails?width=64',
    method: 'POST',
    headers: { Expect: '100-continue', 'Content-Length': picture.length, 'X-Request-Id': requestId },
  });
  upload.flushHeaders();
  await once(upload, 'continue');
  return upload;
}

/** A connection on which the test writes HTTP by hand. */
async function connect(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** What comes back on a connection until it is closed. */
async function exchange(port: number, request: string): Promise<string> {
  const socket = await connect(port);
  socket.end(request);
  return text(socket);
}

describe('after a signal to stop', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s, the server finishes what it has begun, closes what is idle, and ends in order',
    async (signal) => {
      await using server = new Server();
      const port = await server.port();

      // One connection idle after an answer, one in the middle of a request's head, one in the middle of an upload.
      const idle = await connect(port);
      idle.write('GET /info HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await once(idle, 'data');
      const idleClosed = once(idle, 'close');
      const half = await connect(port);
      await new Promise((written) => half.write('GET /health HTTP/1.1\r\nHost: localhost\r\n', written));
      const upload = await openUpload(port);

      server.kill(signal);
      expect(await server.logged('stopping')).toMatchObject({ level: 'info', signal });
      await idleClosed;
      await expect(connect(port)).rejects.toThrow('ECONNREFUSED');

      half.write('\r\n');
      const health = await text(half);
      expect(health).toContain('HTTP/1.1 503 ');
      expect(health).toMatch(/^connection: close\r$/im);
      expect(health).toContain('{"status":"stopping"}');

      upload.end(picture);
      const [response] = (await once(upload, 'response')) as [http.IncomingMessage];
      const { connection, 'content-type': type } = response.headers;
      expect([response.statusCode, type, connection]).toEqual([200, 'image/webp', 'close']);
      response.resume();

      expect(await server.logged('request')).toMatchObject({ path: '/thumbnails', status: 200 });
      expect(await server.logged('stopped')).toMatchObject({ level: 'info' });
      expect(await server.ended).toBe(0);
    },
  );

  test('the server cuts off what does not finish in time, and says so', async () => {
    await using server = new Server({ SERVICE_DRAIN_SECONDS: '0' });
    const upload = await openUpload(await server.port());
    const cut = once(upload, 'error');
    server.kill('SIGTERM');
    expect(await server.logged('requests were still open after 0 s: cutting them off')).toMatchObject({
      level: 'error',
    });
    expect(await server.ended).toBe(1);
    expect((await cut)[0]).toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('the server', () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = new Server({ SERVICE_OPTION: 'ec2', SERVICE_MAX_BODY_BYTES: '100000' });
    port = await server.port();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('answers thumbnails, with sharp loaded from beside the bundle', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/thumbnails?width=64`, { method: 'POST', body: picture });
    expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'image/webp']);
    expect((await response.arrayBuffer()).byteLength).toBe(Number(response.headers.get('Content-Length')));
  });

  test('tells its version and option', async () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    const info = await (await fetch(`http://127.0.0.1:${port}/info`)).json();
    expect(info).toMatchObject({ version, option: 'ec2' });
  });

  test('refuses a body that is declared too large before it is sent', async () => {
    const answer = await exchange(
      port,
      'POST /thumbnails HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100001\r\nExpect: 100-continue\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).not.toContain('100 Continue');
    expect(answer).toContain('urn:thumbnails:problem:too-large');
  });

  test('tells a sender in the middle of a body that is too large', async () => {
    const chunk = `${(50_000).toString(16)}\r\n${'x'.repeat(50_000)}\r\n`;
    const answer = await exchange(
      port,
      `POST /thumbnails HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('tells a sender that goes on and on, each time', async () => {
    const piece = Buffer.alloc(30_000);
    for (let times = 0; times < 25; times += 1) {
      const upload = http.request({
        port,
        host: '127.0.0.1',
        path: '/thumbnails',
        method: 'POST',
        headers: { 'Transfer-Encoding': 'chunked' },
        agent: false,
      });
      const answered = once(upload, 'response') as Promise<[http.IncomingMessage]>;
      const send = (): unknown => upload.destroyed || upload.write(piece, () => setImmediate(send));
      send();
      const [answer] = await answered;
      expect(answer.statusCode).toBe(413);
      expect(await text(answer)).toContain('urn:thumbnails:problem:too-large');
      upload.destroy();
    }
  });

  test('survives a sender that breaks off', async () => {
    const upload = await openUpload(port, 'broken-off');
    upload.on('error', () => undefined);
    upload.write(picture.subarray(0, 1000));
    upload.destroy();
    expect(await server.logged('request', 'broken-off')).toMatchObject({ level: 'info', problem: 'caller-gone' });
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
  });

  test.each([
    ['a path with a backslash', 'GET /a\\b HTTP/1.1\r\nHost: localhost\r\n', 400, 'bad-request'],
    ['a host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\n', 400, 'bad-request'],
    ['no host', 'GET / HTTP/1.1\r\n', 400, 'bad-request'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: example.com\r\n', 400, 'bad-request'],
    ['an expectation', 'GET / HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\n', 417, 'expectation-failed'],
    ['a tunnel', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n', 405, 'method-not-allowed'],
    ['a request for the server itself', 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n', 400, 'bad-request'],
    ['a method that HTTP does not have', 'GTE / HTTP/1.1\r\nHost: localhost\r\n', 400, 'bad-request'],
    ['a negative length', 'POST /thumbnails HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n', 400, 'bad-request'],
    ['what is no HTTP', '\u0016\u0003\u0001\r\n', 400, 'bad-request'],
    [
      'a head that is too large',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'x'.repeat(20_000)}\r\n`,
      431,
      'header-too-large',
    ],
  ])('tells of %s as of any problem, with the same headers and a line in the log', async (_, head, status, problem) => {
    const answer = await exchange(port, `${head}Connection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/^content-type: application\/problem\+json\r$/im);
    expect(answer).toMatch(/^x-content-type-options: nosniff\r$/im);
    expect(answer).toMatch(/^content-security-policy: default-src 'none'/im);
    const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as Record<string, unknown>;
    expect(body).toMatchObject({ type: `urn:thumbnails:problem:${problem}`, status });
    const requestId = /^x-request-id: (\S+)\r$/im.exec(answer)?.[1];
    expect(body['instance']).toBe(requestId);
    expect(await server.logged('refused', requestId)).toMatchObject({ level: 'info', status, problem });
  });

  test('answers the health check of a load balancer that speaks HTTP/1.0 without a host', async () => {
    const answer = await exchange(port, 'GET /health HTTP/1.0\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('{"status":"ok"}');
  });

  test.each([
    ['a body that is too large', 'POST /thumbnails', `Content-Length: 100001`, 413],
    ['a body in chunks that is too large', 'POST /thumbnails', 'Transfer-Encoding: chunked', 413],
    ['a wrong parameter', 'POST /thumbnails?width=1', 'Content-Length: 90000', 400],
    ['an unknown path', 'POST /nothing-here', 'Content-Length: 90000', 404],
    ['a wrong method', 'PUT /thumbnails', 'Content-Length: 90000', 405],
  ])(
    'announces the end of the connection where it answers %s before all has arrived',
    async (_, line, length, status) => {
      const socket = await connect(port);
      socket.write(`${line} HTTP/1.1\r\nHost: localhost\r\n${length}\r\n\r\n`);
      if (length.startsWith('Transfer'))
        for (let i = 0; i < 3; i += 1) socket.write(`c350\r\n${'x'.repeat(50_000)}\r\n`);
      const answer = await text(socket);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(answer).toMatch(/^connection: close\r$/im);
      expect(answer.match(/^HTTP/gm)).toHaveLength(1);
    },
  );

  test('keeps the connection of a request that it has read whole, whatever it answers', async () => {
    const socket = await connect(port);
    const body = 'x'.repeat(20_000);
    for (const line of ['POST /thumbnails?width=1', 'POST /nothing-here', 'PUT /info', 'POST /thumbnails']) {
      socket.write(`${line} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString('latin1')).toMatch(/^connection: keep-alive\r$/im);
    }
    socket.destroy();
  });

  test.each([
    ['declared too large', '/thumbnails', 413],
    ['for an unknown path', '/nothing-here', 404],
  ])('answers a sender that reads nothing until all is sent: a body %s', async (_, where, status) => {
    const size = 20_000_000;
    const socket = await connect(port);
    socket.pause();
    socket.write(`POST ${where} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${size}\r\n\r\n`);
    // Longer than any buffer between the two, and never read from in between.
    await new Promise((sent) => socket.write(Buffer.alloc(size), sent));
    socket.resume();
    expect(await text(socket)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  test.each([
    ['no HTTP at all', 'no HTTP at all\r\n\r\n'],
    ['a tunnel', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n'],
    [
      'a request whose chunks are none',
      'POST /thumbnails HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n',
    ],
  ])('gives a caller the answer to its request, and none to %s behind it', async (_, behind) => {
    const head = `POST /thumbnails?width=64 HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${picture.length}\r\n\r\n`;
    const socket = await connect(port);
    // Not ended by the caller: the server does.
    socket.write(Buffer.concat([Buffer.from(head), picture, Buffer.from(behind)]));
    const answer = await text(socket);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    expect(answer).toMatch(/^connection: close\r$/im);
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
  });

  test('answers all requests before a tunnel, and closes the connection behind the last answer', async () => {
    const post = `POST /thumbnails?width=64 HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${picture.length}\r\n\r\n`;
    const get = 'GET /nothing-here HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const tunnel = 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n';
    const socket = await connect(port);
    socket.write(Buffer.concat([Buffer.from(post), picture, Buffer.from(`${get}${tunnel}`)]));
    const answer = await text(socket);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404']);
    expect(answer.match(/^connection: \S+/gim)?.map((line) => line.toLowerCase())).toEqual([
      'connection: keep-alive',
      'connection: close',
    ]);
  });

  test('tells who reaches it by HTTPS to come that way again', async () => {
    const hsts = async (headers?: Record<string, string>): Promise<string | null> =>
      (await fetch(`http://127.0.0.1:${port}/info`, headers && { headers })).headers.get('Strict-Transport-Security');
    expect(await hsts({ 'X-Forwarded-Proto': 'https' })).toBe('max-age=31536000');
    expect(await hsts({ 'X-Forwarded-Proto': 'http' })).toBeNull();
    expect(await hsts()).toBeNull();
  });

  test('is reached from this machine only, unless HOST says otherwise', async () => {
    await using other = new Server();
    expect((await other.logged('listening'))['address']).toMatchObject({ address: '127.0.0.1' });
  });

  test('says which port is taken, and ends', async () => {
    await using second = new Server({ PORT: String(port) });
    expect(
      await second.logged(
        `cannot listen: listen EADDRINUSE: address already in use 127.0.0.1:${port}. HOST and PORT say where.`,
      ),
    ).toMatchObject({ level: 'error' });
    expect(await second.ended).toBe(1);
  });

  test.each([
    [{ PORT: 'http' }, 'PORT is "http": it must be a whole number from 0 to 65535'],
    [{ SERVICE_DRAIN_SECONDS: '-1' }, 'SERVICE_DRAIN_SECONDS is "-1"'],
    [{ SERVICE_OPTION: 'Fargate!' }, 'SERVICE_OPTION is "Fargate!"'],
  ])('ends at once with %j, and says what is wrong', async (env, message) => {
    await using wrong = new Server(env);
    expect(await wrong.ended).toBe(1);
    expect(await wrong.errors).toContain(message);
  });
});
