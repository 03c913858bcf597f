import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compare, type Contender, type ComparisonOptions } from '../../../tools/compare/compare';
import { Budget, requestsOfRound, type Work } from '../../../tools/compare/load';

const WORKS: readonly Work[] = [
  { name: 'info', method: 'GET', path: '/info' },
  { name: 'thumbnail', method: 'POST', path: '/thumbnails?width=320', body: Buffer.from('a picture') },
];

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(name: string, listener: RequestListener): Promise<Contender> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { name, title: `The ${name}`, url, origin: 'local' };
}

/** A service that answers, and notes what it was asked. */
const service =
  (asked: string[], name: string): RequestListener =>
  (request, response) => {
    request.resume();
    request.once('end', () => {
      asked.push(`${name} ${request.method ?? ''} ${request.url ?? ''}`);
      response.end(request.url === '/info' ? '{"service":"thumbnails","limits":{}}' : 'a thumbnail');
    });
  };
const sample: RequestListener = (_, response) => response.end('{"service":"thumbnails"}');

const options = (changes: Partial<ComparisonOptions> = {}): ComparisonOptions => ({
  rounds: 2,
  load: { requests: 10, connections: 2 },
  works: WORKS,
  budget: new Budget(),
  signal: new AbortController().signal,
  progress: () => undefined,
  ...changes,
});

test('every option has its turn in each round, each round begins with another, and all get the same load', async () => {
  const asked: string[] = [];
  const contenders = [await serve('first', service(asked, 'first')), await serve('second', service(asked, 'second'))];
  const budget = new Budget();
  const { results } = await compare(contenders, options({ budget }));
  const turns = asked.map((line) => line.split(' ')[0]).filter((name, i, all) => name !== all[i - 1]);
  expect(turns).toEqual(['first', 'second', 'first']);
  const count = (name: string): number => asked.filter((line) => line.startsWith(name)).length;
  expect(count('first')).toBe(2 * requestsOfRound({ requests: 10, connections: 2 }, 2));
  expect(count('second')).toBe(count('first'));
  expect(budget.spent).toBe(asked.length);
  expect(results.map(({ name, info, thumbnail }) => [name, info.requests, thumbnail?.requests])).toEqual([
    ['first', 20, 20],
    ['second', 20, 20],
  ]);
  expect(results[0]?.first.samples).toBe(2);
}, 30_000);

test('a sample without thumbnails is asked for its facts only', async () => {
  const { results } = await compare([await serve('sample', sample)], options());
  expect(results[0]?.info.requests).toBe(20);
  expect(results[0]?.thumbnail).toBeUndefined();
}, 30_000);

test('an endpoint that does not answer is named with its reason, and the results of the others are kept', async () => {
  const gone: Contender = { name: 'gone', title: 'Gone', url: 'http://127.0.0.1:9', origin: 'named' };
  const closed = await serve('closed', (_, response) => response.writeHead(403).end());
  const { results, notMeasured } = await compare([gone, closed, await serve('sample', sample)], options());
  expect(results.map(({ name }) => name)).toEqual(['sample']);
  expect(notMeasured).toEqual([
    { name: 'gone', title: 'Gone', why: 'connect ECONNREFUSED 127.0.0.1:9' },
    {
      name: 'closed',
      title: 'The closed',
      why: expect.stringMatching(/answers 403: a function URL with IAM/) as string,
    },
  ]);
}, 30_000);

test('an answer that is no success counts as an error, by its status', async () => {
  let requests = 0;
  const contender = await serve('sometimes', (_, response) => {
    requests += 1;
    response.writeHead(requests % 2 === 0 ? 503 : 200).end('{}');
  });
  const { results } = await compare([contender], options({ rounds: 1 }));
  expect(results[0]?.info.errors).toEqual({ 'status 503': 5 });
}, 30_000);

test('no redirection is followed: the address that it names gets no load', async () => {
  const asked: string[] = [];
  const other = await serve('other', service(asked, 'other'));
  const contender = await serve('redirecting', (_, response) =>
    response.writeHead(302, { location: `${other.url}/info` }).end(),
  );
  const { notMeasured } = await compare([contender], options());
  expect(notMeasured[0]?.why).toMatch(/answers 302/);
  expect(asked).toEqual([]);
});

test('what is idle in our hands is made idle before each first answer', async () => {
  let rests = 0;
  const contender = await serve('function', sample);
  await compare([{ ...contender, rest: () => Promise.resolve(void (rests += 1)) }], options());
  expect(rests).toBe(2);
}, 30_000);

test('no more requests are sent than the cap allows', async () => {
  const asked: string[] = [];
  const contender = await serve('busy', service(asked, 'busy'));
  const { notMeasured } = await compare([contender], options({ budget: new Budget(12) }));
  expect(notMeasured[0]?.why).toMatch(/17 requests are more than the 12/);
  expect(asked.length).toBeLessThanOrEqual(12);
}, 30_000);

test('an interruption ends it at once', async () => {
  const interruption = new AbortController();
  const contender = await serve('slow', (request, response) => {
    if (request.url !== '/info') return;
    response.end('{"limits":{}}');
    setTimeout(() => interruption.abort(new Error('interrupted')), 50);
  });
  await expect(compare([contender], options({ signal: interruption.signal }))).rejects.toThrow('interrupted');
}, 30_000);
