import { type Ask, expectProblem, Info, json } from './client';
import { picture } from './pictures';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The routes and rules that every compute option, sample and framework keeps. */
export function promiseCommonPart(ask: Ask): void {
  const info = async () => Info.parse(json(await ask('/info')));

  it('says at /health that it is well, to be asked anew each time', async () => {
    const answer = await ask('/health');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Type')).toMatch(/^application\/json\b/);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(json(answer)).toEqual({ status: 'ok' });
  });

  it('says at /info what it is, where it runs and since when', async () => {
    const answer = await ask('/info');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Type')).toMatch(/^application\/json\b/);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(Info.safeParse(json(answer)).error).toBeUndefined();
  });

  it('states its limits where it makes thumbnails, and has nothing at /thumbnails where not', async () => {
    const { limits } = await info();
    if (limits === undefined) {
      expectProblem(await ask('/thumbnails', { method: 'POST', body: picture('cat.jpg') }), 404, 'not-found');
      return;
    }
    expect([...limits.formats].sort()).toEqual(['avif', 'jpeg', 'png', 'webp']);
    expect([...limits.inputs].sort()).toEqual(['avif', 'gif', 'jpeg', 'png', 'webp']);
  });

  it('counts the requests of a process, the first of them cold, health checks left out', async () => {
    const before = await info();
    await ask('/health');
    const after = await info();
    // On Lambda, the first may have been initialised ahead.
    for (const { start, requests, option } of [before, after])
      if (requests > 1 || option !== 'lambda') expect(start).toBe(requests === 1 ? 'cold' : 'warm');
    // Another process may have answered.
    if (before.startedAt === after.startedAt) {
      expect(after.requests).toBeGreaterThan(before.requests);
      expect(after.uptimeSeconds).toBeGreaterThanOrEqual(before.uptimeSeconds);
    }
  });

  it('shows people a page that names the option', async () => {
    const answer = await ask('/');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Type')?.toLowerCase()).toMatch(/^text\/html; ?charset=utf-8$/);
    const page = answer.body.toString('utf8');
    const { option, limits } = await info();
    expect(page).toContain(option);
    if (limits !== undefined) expect(page).toMatch(/<form\b[^]*<input\b[^>]*type="file"/);
  });

  it.each(['/', '/health', '/info'])('answers HEAD %s as GET, without a body', async (path) => {
    const [get, head] = [await ask(path), await ask(path, { method: 'HEAD' })];
    expect(head.status).toBe(200);
    expect(head.headers.get('Content-Type')).toBe(get.headers.get('Content-Type'));
    expect(head.body).toHaveLength(0);
  });

  it.each(['/nothing-here', '/info/more', '/thumbnails/1'])('has nothing at %s, and says so', async (path) => {
    expectProblem(await ask(path), 404, 'not-found');
    expectProblem(await ask(path, { method: 'POST', body: '{}' }), 404, 'not-found');
  });

  it.each(['/', '/health', '/info'])('refuses to change %s, and says what it does allow', async (path) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await ask(path, { method });
      expectProblem(answer, 405, 'method-not-allowed');
      expect(answer.headers.get('Allow')?.split(/, */)).toContain('GET');
    }
  });

  it.each(['/', '/health', '/info', '/nothing-here'])('answers %s under the request id of its caller', async (path) => {
    for (const id of ['a', 'my-Request.1_2', 'x'.repeat(128)]) {
      expect((await ask(path, { headers: { 'X-Request-Id': id } })).headers.get('X-Request-Id')).toBe(id);
    }
  });

  it('gives a new request id to who sends none, or one that is none', async () => {
    const unfit = ['', 'x'.repeat(129), 'two words', 'semi;colon', '<script>', '%0d%0aSet-Cookie:a=b'];
    const sent = [undefined, undefined, ...unfit];
    const given = sent.map(async (id) => {
      const { headers } = await ask('/health', id === undefined ? {} : { headers: { 'X-Request-Id': id } });
      return headers.get('X-Request-Id') ?? 'none';
    });
    const ids = await Promise.all(given);
    for (const id of ids) expect(id).toMatch(REQUEST_ID);
    expect(new Set([...ids, ...unfit, 'none']).size).toBe(ids.length + unfit.length + 1);
  });

  it('forbids guessing at the type of any answer', async () => {
    for (const path of ['/', '/health', '/info', '/nothing-here']) {
      expect((await ask(path)).headers.get('X-Content-Type-Options')).toBe('nosniff');
    }
    expect((await ask('/info', { method: 'DELETE' })).headers.get('X-Content-Type-Options')).toBe('nosniff');
  });
}
