import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import sharp from 'sharp';
import { Info } from '../../../contract/client';
import { unpackBundle } from '../../../contract/runtime/unpacked-bundle';
import { serveFunctionUrl } from '../../../contract/runtime/function-url';
import { runtimeClient, unsupported } from '../../../contract/runtime/install';
import { LambdaFunction, type FunctionConfiguration } from '../../../contract/runtime/lambda-function';
import { describeUnless } from '../../left-out';

const reason = unsupported();

// Some start a process, or wait for its time to be up.
jest.setTimeout(30_000);

/** Answers with what it was sent, as lambda/function-url.ts read it. */
const ECHO = `
  import { toRequest, toResult } from './lambda/function-url';
  export const handler = async (event) => {
    const request = toRequest(event);
    const url = new URL(request.url);
    const headers = new Headers({
      'Content-Type': 'application/octet-stream',
      'X-Query': encodeURIComponent(JSON.stringify([...url.searchParams])),
      'X-Path': url.pathname,
      'X-Cookies': request.headers.get('cookie') ?? '',
      'X-Repeated-Seen': request.headers.get('x-repeated') ?? '',
      'X-Name-Seen': encodeURIComponent(request.headers.get('x-name') ?? ''),
    });
    headers.append('Set-Cookie', 'left=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly');
    headers.append('Set-Cookie', 'right=2');
    headers.append('Link', '</a>; rel="a"');
    headers.append('Link', '</b>; rel="b"');
    return toResult(new Response(await request.arrayBuffer(), { headers }));
  };`;

describeUnless(reason, 'What our own functions make of a request', () => {
  let code: string;
  const served: { lambda: LambdaFunction; close: () => Promise<void> }[] = [];

  async function serve(
    configuration: Pick<FunctionConfiguration, 'code' | 'handler'> & Partial<FunctionConfiguration>,
  ) {
    const lambda = new LambdaFunction({ client: runtimeClient(), ...configuration });
    const { url, close } = await serveFunctionUrl(lambda);
    served.push({ lambda, close });
    return { lambda, url };
  }

  beforeAll(() => {
    code = mkdtempSync(path.join(os.tmpdir(), 'round-trip-'));
    buildSync({
      stdin: { contents: ECHO, resolveDir: path.join(__dirname, '..', '..', '..') },
      outfile: path.join(code, 'index.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      tsconfigRaw: {},
    });
  });
  afterEach(async () => {
    for (const { lambda, close } of served.splice(0)) {
      await close();
      await lambda.stop();
    }
  });
  afterAll(() => {
    rmSync(code, { recursive: true });
  });

  it('bytes, cookies, and what is repeated arrive and come back as they were sent', async () => {
    const { url } = await serve({ code, handler: 'index.handler' });
    const body = randomBytes(20_000);
    const answer = await fetch(`${url}/a%20path/%C3%BC?a=1&b=%C3%BC+%26&a=2&empty=`, {
      method: 'POST',
      body,
      headers: [
        ['Content-Type', 'application/octet-stream'],
        ['Cookie', 'first=1; second=two'],
        ['X-Repeated', 'one'],
        ['X-Repeated', 'two'],
        ['X-Name', Buffer.from('grün', 'utf8').toString('latin1')],
      ],
    });
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
    expect(JSON.parse(decodeURIComponent(answer.headers.get('X-Query') ?? ''))).toEqual([
      ['a', '1'],
      ['b', 'ü &'],
      ['a', '2'],
      ['empty', ''],
    ]);
    expect(answer.headers.get('X-Path')).toBe('/a%20path/%C3%BC');
    expect(answer.headers.get('X-Cookies')).toBe('first=1; second=two');
    expect(answer.headers.get('X-Repeated-Seen')?.split(/, */)).toEqual(['one', 'two']);
    expect(Buffer.from(decodeURIComponent(answer.headers.get('X-Name-Seen') ?? ''), 'latin1').toString()).toBe('grün');
    expect(answer.headers.getSetCookie()).toEqual([
      'left=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly',
      'right=2',
    ]);
    expect(answer.headers.get('Link')?.split(/, */)).toEqual(['</a>; rel="a"', '</b>; rel="b"']);
  });

  it('an empty body and none are alike, and text comes as it was sent', async () => {
    const { url } = await serve({ code, handler: 'index.handler' });
    for (const init of [{}, { method: 'POST' }, { method: 'POST', body: '' }])
      expect((await (await fetch(url, init)).arrayBuffer()).byteLength).toBe(0);
    const text = await fetch(url, { method: 'PUT', body: 'grün\u2028', headers: { 'Content-Type': 'text/plain' } });
    expect(await text.text()).toBe('grün\u2028');
  });

  describe('where it ends in the middle of one', () => {
    let bundle: ReturnType<typeof unpackBundle>;
    let picture: Buffer;
    beforeAll(async () => {
      bundle = unpackBundle();
      const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
      // Takes a second or so to be made an AVIF of.
      const create = { width: 2048, height: 1500, channels: 3, background: 'grey', noise } as const;
      picture = await sharp({ create }).jpeg({ quality: 80 }).toBuffer();
    });
    afterAll(() => {
      bundle.remove();
    });
    const info = async (url: string): Promise<Info> => Info.parse(await (await fetch(`${url}/info`)).json());
    const thumbnail = (url: string): Promise<Response> =>
      fetch(`${url}/thumbnails?width=2048&format=avif`, { method: 'POST', body: new Uint8Array(picture) });
    const service = (timeoutMs: number) =>
      serve({ code: bundle.folder, handler: 'lambda.handler', timeoutMs, environment: { SERVICE_OPTION: 'lambda' } });

    it('by a crash, the caller gets 502, and the next one a new process', async () => {
      const { lambda, url } = await service(20_000);
      const before = await info(url);
      const answer = thumbnail(url);
      while (lambda.underWay === 0) await setImmediate();
      await lambda.crash();
      expect((await answer).status).toBe(502);
      const after = await info(url);
      expect(after).toMatchObject({ start: 'cold', requests: 1 });
      expect(after.startedAt).not.toBe(before.startedAt);
    });

    it('by its timeout, too', async () => {
      const { url } = await service(300);
      const before = await info(url);
      expect((await thumbnail(url)).status).toBe(502);
      const after = await info(url);
      expect(after).toMatchObject({ start: 'cold', requests: 1 });
      expect(after.startedAt).not.toBe(before.startedAt);
    });
  });

  it('a method that fetch forbids is answered 405, as any other that a route does not have', async () => {
    const { folder, remove } = unpackBundle();
    const { lambda } = await serve({
      code: folder,
      handler: 'lambda.handler',
      environment: { SERVICE_OPTION: 'lambda' },
    });
    for (const method of ['TRACE', 'CONNECT', 'TRACK', 'PURGE']) {
      const requestContext = { domainName: 'x.lambda-url.eu-central-1.on.aws', http: { method, path: '/info' } };
      const event = { version: '2.0', rawPath: '/info', rawQueryString: '', headers: {}, requestContext };
      const { payload, functionError } = await lambda.invoke({ ...event, isBase64Encoded: false });
      expect(functionError).toBeUndefined();
      expect(JSON.parse(payload)).toMatchObject({ statusCode: 405, headers: { allow: 'GET, HEAD' } });
    }
    remove();
  });
});
