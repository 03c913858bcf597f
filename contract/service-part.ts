import { createHash } from 'node:crypto';
import { type Ask, type Body, expectProblem, Info, json } from './client';
import { picture } from './pictures';

/** What the service itself keeps beyond what samples and frameworks do. */
export function promiseServicePart(ask: Ask): void {
  const post = (query: string, body: Body) => ask(`/thumbnails${query}`, { method: 'POST', body });

  it('sends its security headers with every answer', async () => {
    const cat = picture('cat.jpg');
    const etag = (await post('', cat)).headers.get('ETag') ?? '';
    const answers = {
      page: await ask('/'),
      health: await ask('/health'),
      info: await ask('/info'),
      'head of info': await ask('/info', { method: 'HEAD' }),
      thumbnail: await post('', cat),
      'not modified': await ask('/thumbnails', { method: 'POST', body: cat, headers: { 'If-None-Match': etag } }),
      'not found': await ask('/nothing-here'),
      'not allowed': await ask('/thumbnails'),
      'bad parameter': await post('?width=1', cat),
      'no picture': await post('', 'text'),
    };
    for (const [name, { headers }] of Object.entries(answers)) {
      const policy = headers.get('Content-Security-Policy');
      expect({ name, ...Object.fromEntries(headers) }).toMatchObject({
        name,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'content-security-policy': name === 'page' ? policy : "default-src 'none'; frame-ancestors 'none'",
      });
    }
  });

  it('lets its page run its own style and script by their hashes, and nothing else', async () => {
    const { headers, body } = await ask('/');
    const html = body.toString('utf8');
    const directives = new Map(
      (headers.get('Content-Security-Policy') ?? '').split(/; */).map((directive) => {
        const [name = '', ...sources] = directive.split(' ');
        return [name, sources];
      }),
    );
    expect(directives.get('default-src')).toEqual(["'none'"]);
    expect(directives.get('frame-ancestors')).toEqual(["'none'"]);
    for (const [element, directive] of [
      ['style', 'style-src'],
      ['script', 'script-src'],
    ] as const) {
      const inline = [...html.matchAll(new RegExp(`<${element}\\b[^>]*>([^]*?)</${element}>`, 'g'))];
      const hashes = inline.map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
      expect(hashes.length).toBeGreaterThan(0);
      expect(directives.get(directive)).toEqual(hashes);
    }
    expect(html).not.toMatch(/<[^>]+\s(style|on\w+)\s*=/i);
    expect([...directives.values()].flat().join(' ')).not.toMatch(/unsafe|\*|https?:/);
  });

  it('says how long a thumbnail took', async () => {
    const timing = (await post('', picture('cat.jpg'))).headers.get('Server-Timing');
    expect(timing).toMatch(/^thumbnail;dur=\d+(\.\d+)?, start;desc=(cold|warm)$/);
  });

  it('runs in Node.js, on an option that is no framework of others', async () => {
    const { runtime, option } = Info.parse(json(await ask('/info')));
    expect(runtime).toMatch(/^Node\.js \d+\.\d+\.\d+$/);
    expect(option).not.toMatch(/^frameworks\//);
  });

  it.each([
    ['a NUL', '/%00'],
    ['an escaped slash', '/info%2Fmore'],
    ['a euro sign', '/%E2%82%AC'],
    ['no UTF-8', '/%ff'],
    ['2,000 characters', `/${'long'.repeat(500)}`],
  ])('has nothing at a path with %s', async (_, path) => {
    expectProblem(await ask(path), 404, 'not-found');
  });
}
