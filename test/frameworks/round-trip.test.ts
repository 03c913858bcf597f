import { randomBytes } from 'node:crypto';
import { FRAMEWORKS } from '../../packaging/framework-packages';
import { type Echo, makeEcho, unechoed } from './echo';
import { type Served, serveFramework } from '../../contract/runtime/serve-framework';
import { leaveOut } from '../left-out';

/** A process that has started answers within, other tests running; one that hangs is ended after it. */
const TIMEOUT_MS = 2_000;

// A JVM takes a second or two of this machine to start, and more while other tests run.
jest.setTimeout(60_000);

for (const framework of FRAMEWORKS) {
  const { title } = framework;
  const packaged = serveFramework(framework);
  const reason = typeof packaged === 'string' ? packaged : unechoed(framework);
  if (reason !== undefined) {
    leaveOut(`${title} behind a function URL`, reason);
    continue;
  }

  describe(`${title} behind a function URL`, () => {
    let echo: Echo;
    let served: Served;
    beforeAll(async () => {
      echo = await makeEcho(framework);
      const configured = serveFramework(framework, { ...echo.configuration, timeoutMs: TIMEOUT_MS });
      if (typeof configured === 'string') throw new Error(configured);
      served = configured;
      await served.start();
    });
    afterAll(async () => {
      await served.stop();
      echo.remove();
    });

    const body = randomBytes(20_000);
    const ask = (): Promise<Response> =>
      fetch(`${served.url()}/echo?a=1&b=%C3%BC+%26&a=2&empty=`, {
        method: 'POST',
        body,
        headers: [
          ['Content-Type', 'application/octet-stream'],
          ['Cookie', 'first=1; second=two'],
          ['X-Repeated', 'one'],
          ['X-Repeated', 'two'],
        ],
      });
    const pairs = ({ headers }: Response, header: string): unknown =>
      JSON.parse(decodeURIComponent(headers.get(header) ?? '[]'));

    it('takes and gives bytes, cookies, and what is repeated, as it was sent', async () => {
      const answer = await ask();
      expect({ status: answer.status, type: answer.headers.get('Content-Type') }).toEqual({
        status: 200,
        type: 'application/octet-stream',
      });
      expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
      const byName = (wanted: string) => (pairs(answer, 'X-Query') as string[][]).filter(([key]) => key === wanted);
      expect(['a', 'b', 'empty'].flatMap(byName)).toEqual([
        ['a', '1'],
        ['a', '2'],
        ['b', 'ü &'],
        ['empty', ''],
      ]);
      expect(pairs(answer, 'X-Cookies')).toEqual([
        ['first', '1'],
        ['second', 'two'],
      ]);
      expect(answer.headers.get('X-Repeated-Seen')?.split(/, */)).toEqual(['one', 'two']);
      expect(answer.headers.getSetCookie()).toEqual([
        expect.stringMatching(/^left=1;.*HttpOnly/),
        expect.stringMatching(/^right=2;(?!.*HttpOnly)/),
      ]);
      expect(answer.headers.get('Link')?.split(/, */)).toEqual(['</a>; rel="a"', '</b>; rel="b"']);
    });

    it('answers 502 where its process ends in the middle of a request, and goes on in a new one', async () => {
      const before = (await ask()).headers.get('X-Process');
      expect((await fetch(`${served.url()}/exit`)).status).toBe(502);
      const after = await ask();
      expect(after.status).toBe(200);
      expect(after.headers.get('X-Process')).not.toBe(before);
    });

    it('answers 502 where a request takes longer than its timeout, and goes on in a new process', async () => {
      const before = (await ask()).headers.get('X-Process');
      const began = performance.now();
      expect((await fetch(`${served.url()}/hang`)).status).toBe(502);
      expect(performance.now() - began).toBeGreaterThan(TIMEOUT_MS - 100);
      const after = await ask();
      expect(after.status).toBe(200);
      expect(after.headers.get('X-Process')).not.toBe(before);
    });
  });
}
