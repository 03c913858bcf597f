import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveWebFunction } from '../../contract/runtime/web-function';
import { startNodeServer } from '../../contract/runtime/node-server';
import { unpackBundle } from '../../contract/runtime/unpacked-bundle';
import { nodeBinary } from '../../contract/runtime/install';

jest.setTimeout(120_000);

let bundle: ReturnType<typeof unpackBundle>;
let server: Awaited<ReturnType<typeof startNodeServer>>;
beforeAll(async () => {
  bundle = unpackBundle();
  server = await startNodeServer(nodeBinary(), bundle.folder);
});
afterAll(async () => {
  await server.stop();
  bundle.remove();
});

test('a Web Function takes an upload of more than a minute, whose time Lambda itself limits', async () => {
  const served = await serveWebFunction({
    code: bundle.folder,
    node: nodeBinary(),
    entryPoint: 'server.mjs',
    timeoutMs: 100_000,
    environment: {},
  });
  const picture = readFileSync(path.join(__dirname, '..', '..', 'contract', 'photographs', 'cat.jpg'));
  const url = new URL(`${served.url}/thumbnails`);
  const asked = request(url, { method: 'POST', headers: { 'Content-Length': picture.length } });
  asked.write(picture.subarray(0, 100));
  await sleep(63_000);
  asked.end(picture.subarray(100));
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(200);
  await served.close();
});

/** What comes back on a connection that sends that and then nothing, and after how many seconds. */
async function silence(sent: string): Promise<{ answer: string; seconds: number }> {
  const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1');
  await once(socket, 'connect');
  const began = performance.now();
  socket.write(sent);
  const answer = await text(socket);
  return { answer, seconds: (performance.now() - began) / 1000 };
}

test('the server tells a caller that stops in the middle, two seconds late at most', async () => {
  const upload = 'POST /thumbnails HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf';
  const [head, body, early] = await Promise.all([
    silence('GET /health HTTP/1.1\r\nHost: localhost\r\n'),
    silence(upload),
    // Answered at once: the connection is closed after a pause of five seconds.
    silence(upload.replace('/thumbnails', '/nothing-here')),
  ]);
  for (const { answer } of [head, body]) {
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('urn:thumbnails:problem:request-timeout');
  }
  expect(early.answer).toMatch(/^HTTP\/1\.1 404 /);
  expect(early.answer.match(/^HTTP/gm)).toHaveLength(1);
  expect(head.seconds).toBeGreaterThan(19.9);
  expect(head.seconds).toBeLessThan(22);
  expect(body.seconds).toBeGreaterThan(59.9);
  expect(body.seconds).toBeLessThan(62);
  expect(early.seconds).toBeLessThan(7);
});
