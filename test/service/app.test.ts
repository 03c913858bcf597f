import { createHash } from 'node:crypto';
import { photograph, problemOf, serviceInProcess } from './in-process';

const get = { method: 'GET' };

describe('GET /health', () => {
  test('says ok, and is not to be kept', async () => {
    const response = await serviceInProcess().request('/health');
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('application/json');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  test('says 503 while the process is stopping', async () => {
    const response = await serviceInProcess({ isStopping: () => true }).request('/health');
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'stopping' });
  });

  test('is neither counted nor logged, and does not use up the cold start', async () => {
    const service = serviceInProcess();
    await service.request('/health');
    await service.request('/health');
    expect(service.log).toEqual([]);
    expect(await (await service.request('/info')).json()).toMatchObject({ start: 'cold', requests: 1 });
  });
});

describe('GET /info', () => {
  test('tells what the contract says', async () => {
    const startedAt = new Date(Date.now() - 90_000);
    const service = serviceInProcess({ option: 'fargate', startedAt, cpus: 3, memoryMiB: 777, architecture: 'arm64' });
    const info = (await (await service.request('/info')).json()) as Record<string, unknown>;
    expect(info).toEqual({
      service: 'thumbnails',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
      option: 'fargate',
      start: 'cold',
      startedAt: startedAt.toISOString(),
      uptimeSeconds: expect.any(Number) as number,
      requests: 1,
      runtime: `Node.js ${process.versions.node}`,
      architecture: 'arm64',
      cpus: 3,
      memoryMiB: 777,
      limits: {
        maxBodyBytes: 4_194_304,
        maxPixels: 50_000_000,
        minWidth: 16,
        maxWidth: 2048,
        maxHeight: 4096,
        maxSide: 65_535,
        inputs: ['jpeg', 'png', 'webp', 'avif', 'gif'],
        formats: ['webp', 'jpeg', 'png', 'avif'],
      },
    });
    expect(Math.round(info['uptimeSeconds'] as number)).toBe(90);
  });

  test('exactly one of many requests at once is cold, and each is counted', async () => {
    const service = serviceInProcess();
    const infos = await Promise.all(
      Array.from(
        { length: 20 },
        async () => (await (await service.request('/info')).json()) as Record<string, unknown>,
      ),
    );
    expect(infos.filter(({ start }) => start === 'cold')).toHaveLength(1);
    expect(await (await service.request('/info')).json()).toMatchObject({ start: 'warm', requests: 21 });
  });
});

describe('a platform that knows its process to be warm', () => {
  test('has no cold start; requests are counted as ever', async () => {
    const service = serviceInProcess({ isWarm: () => true });
    expect(await (await service.request('/info')).json()).toMatchObject({ start: 'warm', requests: 1 });
    expect(service.log).toMatchObject([{ start: 'warm' }]);
  });

  test('may come to know it only later', async () => {
    let isWarm = false;
    const service = serviceInProcess({ isWarm: () => isWarm });
    await service.request('/health');
    isWarm = true;
    expect(await (await service.request('/info')).json()).toMatchObject({ start: 'warm', requests: 1 });
  });
});

describe('POST /thumbnails', () => {
  test('says how long it took and whether it was the first', async () => {
    const service = serviceInProcess();
    const timing = async (): Promise<string | null> =>
      (await service.thumbnail(photograph('cat.jpg'))).headers.get('Server-Timing');
    expect(await timing()).toMatch(/^thumbnail;dur=\d+\.\d, start;desc=cold$/);
    expect(await timing()).toMatch(/^thumbnail;dur=\d+\.\d, start;desc=warm$/);
  });

  test('may be kept for good by its caller alone', async () => {
    const { headers } = await serviceInProcess().thumbnail(photograph('cat.jpg'));
    expect(headers.get('Cache-Control')).toBe('private, max-age=31536000, immutable');
  });

  const range = { minimum: 16, maximum: 2048 };
  const formats = ['webp', 'jpeg', 'png', 'avif'];
  test.each<[query: string, parameter: string, allowed: unknown, value: string]>([
    ['width=15', 'width', range, '"15"'],
    ['width=2049', 'width', range, '"2049"'],
    ['width=', 'width', range, '""'],
    ['width=-320', 'width', range, '"-320"'],
    ['width=3e2', 'width', range, '"3e2"'],
    ['width=320.5', 'width', range, '"320.5"'],
    ['width=0x140', 'width', range, '"0x140"'],
    ['width=%20320', 'width', range, '" 320"'],
    ['width=%D9%A3%D9%A2%D9%A0', 'width', range, '"٣٢٠"'],
    ['width=320&width=320', 'width', 'once', 'given 2 times'],
    ['format=gif', 'format', formats, '"gif"'],
    ['format=WEBP', 'format', formats, '"WEBP"'],
    ['format=__proto__', 'format', formats, '"__proto__"'],
    ['format=png&format=png', 'format', 'once', 'given 2 times'],
    ['height=5', 'height', ['width', 'format'], '"height"'],
    ['width=320&%00', '\0', ['width', 'format'], String.raw`"\u0000"`],
  ])('?%s is a bad parameter', async (query, parameter, allowed, value) => {
    const response = await serviceInProcess().thumbnail(photograph('cat.jpg'), query);
    expect(response.status).toBe(400);
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ type: 'urn:thumbnails:problem:bad-parameter', parameter, allowed });
    expect(problem.detail).toContain(value);
  });

  test.each(['width=16', 'width=2048', 'width=0320'])('?%s is allowed', async (query) => {
    expect((await serviceInProcess().thumbnail(photograph('cat.jpg'), query)).status).toBe(200);
  });
});

describe('what is not there', () => {
  test.each(['/nothing', '/thumbnails/', '/health/', '/INFO', '/%2e%2e/etc/passwd', '//'])(
    '%s is 404',
    async (path) => {
      const response = await serviceInProcess().request(path, get);
      expect(response.status).toBe(404);
      expect((await problemOf(response)).type).toBe('urn:thumbnails:problem:not-found');
    },
  );

  test.each([
    ['POST', '/', 'GET, HEAD'],
    ['DELETE', '/health', 'GET, HEAD'],
    ['OPTIONS', '/info', 'GET, HEAD'],
    ['GET', '/thumbnails', 'POST'],
    ['PUT', '/thumbnails', 'POST'],
  ])('%s %s is 405, and the answer says what is allowed', async (method, path, allow) => {
    const response = await serviceInProcess().request(path, { method });
    expect([response.status, response.headers.get('Allow')]).toEqual([405, allow]);
    expect((await problemOf(response)).detail).toContain(method);
  });
});

describe('every answer', () => {
  const answers: [string, (service: ReturnType<typeof serviceInProcess>) => Promise<Response>][] = [
    ['the page', (service) => service.request('/')],
    ['health', (service) => service.request('/health')],
    ['info', (service) => service.request('/info')],
    ['a thumbnail', (service) => service.thumbnail(photograph('cat.jpg'))],
    ['a problem', (service) => service.thumbnail(photograph('drawing.svg'))],
    ['404', (service) => service.request('/nothing')],
    ['405', (service) => service.request('/thumbnails')],
  ];

  test.each(answers)('has the common headers: %s', async (_, ask) => {
    const { headers } = await ask(serviceInProcess());
    expect(headers.get('X-Request-Id')).toMatch(/^[\da-f-]{36}$/);
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Referrer-Policy')).toBe('no-referrer');
    expect(headers.get('Cross-Origin-Resource-Policy')).toBe('same-origin');
    expect(headers.get('Content-Security-Policy')).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/);
  });

  test.each(['abc', 'A.b_c-9', 'x'.repeat(128)])("keeps the caller's request id %s", async (id) => {
    const response = await serviceInProcess().request('/info', { headers: { 'X-Request-Id': id } });
    expect(response.headers.get('X-Request-Id')).toBe(id);
  });

  test.each(['', 'x'.repeat(129), 'a b', '<script>', 'a,b'])('has a new request id instead of "%s"', async (id) => {
    const response = await serviceInProcess().request('/info', { headers: { 'X-Request-Id': id } });
    expect(response.headers.get('X-Request-Id')).toMatch(/^[\da-f-]{36}$/);
  });

  test.each(['/', '/health', '/info'])('HEAD %s is GET without its body', async (path) => {
    const service = serviceInProcess({ startedAt: new Date() });
    const head = await service.request(path, { method: 'HEAD' });
    const whole = await service.request(path);
    expect([head.status, await head.text()]).toEqual([whole.status, '']);
    expect(head.headers.get('Content-Type')).toBe(whole.headers.get('Content-Type'));
    expect(Number(head.headers.get('Content-Length'))).toBeGreaterThan(0);
  });
});

describe('the log', () => {
  test('has one entry a request, with what an operator asks for', async () => {
    const service = serviceInProcess();
    const picture = photograph('cat.jpg');
    const response = await service.thumbnail(picture, 'width=64', { headers: { 'X-Request-Id': 'r-1' } });
    expect(service.log).toEqual([
      {
        level: 'info',
        message: 'request',
        requestId: 'r-1',
        method: 'POST',
        path: '/thumbnails',
        status: 200,
        durationMs: expect.any(Number) as number,
        bytesIn: picture.length,
        bytesOut: Number(response.headers.get('Content-Length')),
        start: 'cold',
      },
    ]);
  });

  test('says of a refusal which problem it was', async () => {
    const service = serviceInProcess();
    await service.thumbnail(photograph('drawing.svg'));
    expect(service.log).toEqual([
      expect.objectContaining({ level: 'info', status: 415, problem: 'unsupported-image', bytesIn: 115 }),
    ]);
  });

  test('has the cause of a failure, of which the answer has nothing', async () => {
    // No date: `/info` cannot write it down.
    const service = serviceInProcess({ startedAt: new Date(NaN) });
    const response = await service.request('/info', { headers: { 'X-Request-Id': 'r-2' } });
    expect(response.status).toBe(500);
    expect(await problemOf(response)).toEqual({
      type: 'urn:thumbnails:problem:internal',
      title: 'The service failed',
      status: 500,
      detail: 'The service failed to answer. Its log says why, under the request id.',
      instance: 'r-2',
    });
    expect(service.log).toEqual([
      expect.objectContaining({
        level: 'error',
        requestId: 'r-2',
        status: 500,
        cause: expect.stringContaining('RangeError: Invalid time value') as string,
      }),
    ]);
  });
});

describe('GET /', () => {
  test('is a page whose policy allows its own style and script, and no other', async () => {
    const response = await serviceInProcess().request('/');
    expect(response.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    const html = await response.text();
    const policy = response.headers.get('Content-Security-Policy') ?? '';
    for (const element of ['style', 'script']) {
      const texts = [...html.matchAll(new RegExp(`<${element}>([^]*?)</${element}>`, 'g'))].map(
        ([, text]) => text ?? '',
      );
      expect(texts.length).toBeGreaterThan(0);
      const hashes = texts.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
      const allowed = new RegExp(`${element}-src ([^;]*);`).exec(policy)?.[1]?.split(' ') ?? [];
      expect(allowed.sort()).toEqual(hashes.sort());
    }
    expect(policy).not.toContain('unsafe');
    const markup = html.replace(/<(style|script)>[^]*?<\/\1>/g, '');
    expect(markup).not.toMatch(/\s(style|on\w+)=/);
  });

  test('shows what its platform says of itself as text, whatever it is', async () => {
    const html = await (await serviceInProcess({ option: '"><img src=x onerror=alert(1)>' }).request('/')).text();
    expect(html).not.toContain('<img src=x');
    expect(html).toContain('&#60;img src=x onerror=alert(1)&#62;');
  });

  test('tells of the first request that it was cold', async () => {
    const service = serviceInProcess();
    expect(await (await service.request('/')).text()).toContain('<span id="fact-start">cold</span>');
    expect(await (await service.request('/')).text()).toContain('<span id="fact-start">warm</span>');
  });
});
