import assert from 'node:assert/strict';
import { test } from 'node:test';
import type request from 'supertest';
import { type Platform, platformFromEnvironment } from '../../../../service/platform';

// 1 x 1 pixel, transparent.
const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/**
 * Declares the tests of the service in a framework of Node.js, by requests.
 *
 * @param framework what `/info` names
 * @param start the service, new and not asked yet
 */
export function testRequests(framework: RegExp, start: (its: Platform) => Promise<ReturnType<typeof request>>): void {
  const logged: unknown[] = [];
  const platform = platformFromEnvironment({}, { log: (entry) => logged.push(entry) });

  test('health is not counted', async () => {
    const service = await start(platform);
    assert.deepEqual((await service.get('/health')).body, { status: 'ok' });
    assert.equal((await service.get('/info')).body.start, 'cold');
    const { body } = await service.get('/info');
    assert.deepEqual([body.start, body.requests], ['warm', 2]);
    assert.match(body.framework, framework);
  });

  test('exactly one of many concurrent first requests is cold', async () => {
    const service = await start(platform);
    const starts = await Promise.all(Array.from({ length: 50 }, async () => (await service.get('/info')).body.start));
    assert.equal(starts.filter((cold) => cold === 'cold').length, 1);
  });

  test('a thumbnail is made, and not sent again', async () => {
    const service = await start(platform);
    const post = () => service.post('/thumbnails?format=png');
    const made = await post().send(GIF);
    assert.deepEqual([made.status, made.type], [200, 'image/png']);
    const again = await post().set('If-None-Match', String(made.headers['etag'])).send(GIF);
    assert.deepEqual([again.status, again.text], [304, '']);
  });

  test('the page is HTML with every fact', async () => {
    const page = await (await start(platform)).get('/');
    assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
    assert.match(page.text, /cold/);
    assert.doesNotMatch(page.text, /\{\{|undefined/);
  });

  for (const [method, path, status, name] of [
    ['get', '/nowhere', 404, 'not-found'],
    ['get', '/%FF', 404, 'not-found'],
    ['get', '/info/', 404, 'not-found'],
    ['delete', '/info', 405, 'method-not-allowed'],
    ['options', '/thumbnails', 405, 'method-not-allowed'],
    ['post', '/thumbnails', 400, 'empty-body'],
    ['post', '/thumbnails?width=1&width=2', 400, 'bad-parameter'],
  ] as const) {
    test(`${method} ${path} is answered by problem details`, async () => {
      const answer = await (await start(platform))[method](path).set('X-Request-Id', 'mine');
      assert.deepEqual([answer.status, answer.type], [status, 'application/problem+json']);
      const problem = JSON.parse(answer.text);
      assert.deepEqual([problem.type, problem.instance], [`urn:thumbnails:problem:${name}`, 'mine']);
      assert.equal(answer.headers['x-request-id'], 'mine');
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
      assert.equal('allow' in answer.headers, status === 405);
    });
  }

  test('a body over the limit is refused', async () => {
    const small = await start({ ...platform, limits: { ...platform.limits, maxBodyBytes: 10 } });
    const answer = await small.post('/thumbnails').send(GIF);
    assert.deepEqual([answer.status, JSON.parse(answer.text).type], [413, 'urn:thumbnails:problem:too-large']);
  });

  test('a failure is answered without its cause, which the log has', async () => {
    const failing = await start({ ...platform, startedAt: new Date(NaN) });
    const answer = await failing.get('/info').set('X-Request-Id', 'failing');
    assert.equal(answer.status, 500);
    assert.doesNotMatch(answer.text, /Invalid|RangeError/);
    assert.match(JSON.stringify(logged), /failing.*RangeError/);
  });
}
