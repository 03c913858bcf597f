import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { RequestBody } from '../../docker/request-body';
import { BodyMemory, withBody } from '../../service/body';
import { describeUnless } from '../left-out';

const LIMIT = 8 * 2 ** 20;
const memory = new BodyMemory(4 * LIMIT);
/** What is done with the body of the next request. */
let use: (body: Uint8Array) => Promise<void> = () => Promise.resolve();
const outcomes: unknown[] = [];

const server = http.createServer((incoming, outgoing) => {
  const request = new Request('http://localhost/', {
    method: 'POST',
    headers: incoming.headers as Record<string, string>,
  });
  Object.defineProperty(request, 'body', { value: new RequestBody(incoming) });
  withBody(request, LIMIT, memory, () => undefined, use)
    .catch((error: unknown) => {
      outcomes.push(error);
      server.emit('failed');
    })
    .finally(() => outgoing.end());
});
let port: number;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => outcomes.splice(0));

const open = (headers: http.OutgoingHttpHeaders): http.ClientRequest =>
  http.request({ port, host: '127.0.0.1', method: 'POST', headers, agent: false });

async function send(body: Buffer, headers: http.OutgoingHttpHeaders): Promise<void> {
  const sent = open(headers);
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [http.IncomingMessage];
  answer.resume();
  await once(answer, 'end');
}

const picture = Buffer.from(Uint32Array.from({ length: 800_000 }, (_, i) => i * 2_654_435_761).buffer);

describe('a body', () => {
  test.each([
    ['of a declared length', { 'Content-Length': picture.length }],
    ['in chunks', { 'Transfer-Encoding': 'chunked' }],
  ])('%s arrives as it was sent, also in the buffer that another has used', async (_, headers) => {
    const equal: boolean[] = [];
    use = (body) => Promise.resolve(void equal.push(Buffer.from(body).equals(picture.subarray(0, body.length))));
    await send(picture, headers);
    await send(picture.subarray(0, 100_000), {
      ...headers,
      ...('Content-Length' in headers && { 'Content-Length': 100_000 }),
    });
    await send(picture, headers);
    expect(equal).toEqual([true, true, true]);
    expect(outcomes).toEqual([]);
  });

  test('of one request is not in the buffer of another that is read at the same time', async () => {
    const bodies = [1, 2, 3, 4, 5, 6].map((value) => Buffer.alloc(1_000_000, value));
    const seen: (readonly [number, boolean])[] = [];
    use = async (body) => {
      const [first = 0] = body;
      // Others are read, and copied, in between.
      await new Promise(setImmediate);
      seen.push([first, body.length === 1_000_000 && body.every((byte) => byte === first)]);
    };
    await Promise.all(bodies.map((body) => send(body, { 'Content-Length': body.length })));
    expect(seen.sort(([a], [b]) => a - b)).toEqual([1, 2, 3, 4, 5, 6].map((value) => [value, true]));
  });

  test('that breaks off is an error, and no body', async () => {
    use = () => Promise.reject(new Error('It was used.'));
    const failed = new Promise((resolve) => server.once('failed', resolve));
    const sent = open({ 'Content-Length': picture.length });
    sent.on('error', () => undefined);
    await new Promise((written) => sent.write(picture.subarray(0, 200_000), written));
    sent.destroy();
    await failed;
    expect(outcomes).toEqual([expect.objectContaining({ problem: 'caller-gone' })]);
  });
});

const reason =
  'transfer' in ArrayBuffer.prototype ? undefined : 'this Node.js is older than 22, and frees no buffer at once';
describeUnless(reason, 'the memory of bodies', () => {
  test('is free again when they have been used, and not when the garbage collector comes by', async () => {
    use = () => Promise.resolve();
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 10; i += 1) await send(picture, { 'Content-Length': picture.length });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(3 * picture.length);
  });
});

describe('the memory that is kept for the next body', () => {
  test('is the smallest that will do, and never more than what is free', () => {
    const kept = new BodyMemory(1_000);
    const [small, large] = [kept.borrow(100), kept.borrow(500)];
    kept.return(large);
    kept.return(small);
    const [first, second] = [kept.borrow(80), kept.borrow(80)];
    expect(first.bytes).toBe(small.bytes);
    expect(second.bytes).toBe(large.bytes);
    expect([first.charged, second.charged]).toEqual([100, 500]);
    kept.return(first);
    kept.return(second);
    kept.take(700);
    expect(kept.borrow(200).bytes).not.toBe(large.bytes);
    expect(kept.borrow(100).bytes).toBe(small.bytes);
  });
});
