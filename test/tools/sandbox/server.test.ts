import http from 'node:http';
import type { PageOption } from '../../../tools/sandbox/page';
import { MAX_BODY_BYTES, serveSandbox, type Served, type Shown } from '../../../tools/sandbox/server';

const SHOWN: Shown = { options: [{ name: 'ec2', state: 'running' }], idle: { Ec2: '14.72' }, ready: true };

const OPTIONS: readonly PageOption[] = ['ec2', 'lambda'].map((name) => ({
  ...{ id: name, title: name, description: '', picture: name, runsAs: '', notShown: '' },
  runners: [{ name, title: name }],
}));

let page: Awaited<ReturnType<typeof serveSandbox>>;
let tell: () => void;
let listeners: number;
let sent: [picture: string, query: string][];
const served: Served = {
  shown: () => SHOWN,
  onChange: (listener) => {
    tell = listener;
    listeners += 1;
    return () => (listeners -= 1);
  },
  send: async function* (picture, query) {
    sent.push([picture.toString(), query]);
    yield { name: 'ec2', ms: 1, status: 200 };
    await Promise.resolve();
    yield { name: 'lambda', why: 'nothing listens there any more' };
  },
};
beforeEach(async () => {
  sent = [];
  listeners = 0;
  page = await serveSandbox(served, OPTIONS, 0);
});
afterEach(() => page.close());

/** A request with headers that `fetch` does not let a program choose. */
function request(
  path: string,
  options: { method?: string; headers?: http.OutgoingHttpHeaders; body?: Buffer } = {},
): Promise<{ status: number; headers: http.IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options;
    const asked = http.request(new URL(path, page.url), { method, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

test('gives the page with its policy, and the pictures of the options and no other file', async () => {
  const { status, headers, text } = await request('/');
  expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  for (const [, picture = ''] of text.matchAll(/(?:src|srcset|href)="(\/pictures\/[^"]+)"/g)) {
    const answer = await request(picture);
    expect([picture, answer.status, answer.headers['content-type']]).toEqual([picture, 200, 'image/svg+xml']);
  }
  for (const path of [
    '/pictures/..%2f..%2fpackage.json',
    '/pictures/day-light.svg',
    '/pictures/',
    '/package.json',
    '/x',
  ])
    expect([path, (await request(path)).status]).toEqual([path, 404]);
});

test('sends a picture on as it came, and gives each answer as a line', async () => {
  const body = Buffer.from('a picture');
  const { status, text } = await request('/thumbnails?width=64&format=png', { method: 'POST', body });
  expect(status).toBe(200);
  expect(sent).toEqual([['a picture', 'width=64&format=png']]);
  expect(
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { name: 'ec2', ms: 1, status: 200 },
    { name: 'lambda', why: 'nothing listens there any more' },
  ]);
});

test('refuses no picture, and one that is too large, in words', async () => {
  expect(await request('/thumbnails', { method: 'POST' })).toMatchObject({
    status: 400,
    text: 'There is no picture in the request.',
  });
  expect(await request('/thumbnails', { method: 'POST', body: Buffer.alloc(MAX_BODY_BYTES + 1) })).toMatchObject({
    status: 413,
    text: 'The picture has 32000001 bytes; the sandbox takes at most 32000000.',
  });
  expect(sent).toEqual([]);
});

test('takes nothing from another page of the same browser, nor under another name', async () => {
  const body = Buffer.from('a picture');
  const post = (headers: http.OutgoingHttpHeaders) => request('/thumbnails', { method: 'POST', headers, body });
  expect((await post({ origin: 'https://example.com' })).status).toBe(403);
  expect((await post({ origin: 'null' })).status).toBe(403);
  for (const path of ['/', '/state', '/events', '/thumbnails'])
    expect([path, (await request(path, { headers: { host: 'rebound.example.com' } })).status]).toEqual([path, 421]);
  expect(sent).toEqual([]);
  expect((await post({ origin: page.url.slice(0, -1) })).status).toBe(200);
});

test('tells how the options stand at once and after each change, until the listener has gone', async () => {
  const response = await new Promise<http.IncomingMessage>((resolve) => {
    http.get(new URL('/events', page.url), { agent: false }, resolve);
  });
  const messages = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const next = async (): Promise<string> => String(((await messages.next()) as { value: Buffer }).value);
  expect(await next()).toBe(`data: ${JSON.stringify(SHOWN)}\n\n`);
  tell();
  expect(await next()).toBe(`data: ${JSON.stringify(SHOWN)}\n\n`);
  expect(listeners).toBe(1);
  response.destroy();
  while (listeners > 0) await new Promise(setImmediate);
});

test('says when its port is taken', async () => {
  await expect(serveSandbox(served, [], Number(new URL(page.url).port))).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
