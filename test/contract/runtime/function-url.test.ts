import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { serveFunctionUrl } from '../../../contract/runtime/function-url';
import { runtimeClient, unsupported } from '../../../contract/runtime/install';
import { LambdaFunction } from '../../../contract/runtime/lambda-function';
import { describeUnless } from '../../left-out';

const reason = unsupported();

/** Answers what the request's header says, else with the event itself. */
const HANDLER = `
  export const handler = async (event) => {
    const answer = event.headers['x-answer'];
    if (answer === 'throw') throw new Error('as told');
    return answer === undefined ? { statusCode: 200, body: JSON.stringify(event) } : JSON.parse(answer);
  };`;

describeUnless(reason, 'A function URL', () => {
  let code: string;
  let lambda: LambdaFunction;
  let front: Awaited<ReturnType<typeof serveFunctionUrl>>;

  beforeAll(async () => {
    code = mkdtempSync(path.join(os.tmpdir(), 'function-url-'));
    writeFileSync(path.join(code, 'index.mjs'), HANDLER);
    lambda = new LambdaFunction({ code, handler: 'index.handler', client: runtimeClient() });
    front = await serveFunctionUrl(lambda);
  });
  afterAll(async () => {
    rmSync(code, { recursive: true });
    await front.close();
    await lambda.stop();
  });
  const eventOf = async (target: string, init?: RequestInit): Promise<LambdaFunctionURLEvent> =>
    (await (await fetch(front.url + target, init)).json()) as LambdaFunctionURLEvent;
  const answer = (result: unknown, init: RequestInit = {}) =>
    fetch(front.url, {
      ...init,
      headers: { 'X-Answer': typeof result === 'string' ? result : JSON.stringify(result) },
    });

  it('makes an event of payload format 2.0 of a request', async () => {
    const event = await eventOf('/a%20path/x?b=2&a=1&a=%26&empty=', {
      headers: { 'User-Agent': 'test', 'X-Mixed-Case': 'Yes' },
    });
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/a%20path/x',
      rawQueryString: 'b=2&a=1&a=%26&empty=',
      queryStringParameters: { b: '2', a: '1,&', empty: '' },
      headers: {
        'user-agent': 'test',
        'x-mixed-case': 'Yes',
        'x-forwarded-proto': 'https',
        host: event.requestContext.domainName,
      },
      requestContext: {
        stage: '$default',
        http: { method: 'GET', path: '/a%20path/x', sourceIp: '127.0.0.1', userAgent: 'test' },
      },
      isBase64Encoded: false,
    });
    expect(event).not.toHaveProperty('body');
    expect(event).not.toHaveProperty('cookies');
    expect(event.headers).not.toHaveProperty('connection');
  });

  it('joins repeated headers with commas, and makes a list of cookies', async () => {
    const request = http.request(front.url, {
      headers: ['Host', 'x', 'X-Many', 'one', 'X-Many', 'two', 'Cookie', 'a=1; b=2'],
    });
    request.end();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const event = JSON.parse(Buffer.concat(chunks).toString('utf8')) as LambdaFunctionURLEvent;
    expect(event.headers['x-many']).toBe('one,two');
    expect(event.cookies).toEqual(['a=1', 'b=2']);
    expect(event.headers).not.toHaveProperty('cookie');
  });

  it('hands text on as text and anything else in base64', async () => {
    const bytes = Buffer.from('grün', 'utf8');
    for (const type of ['text/plain', 'text/csv; charset=utf-8', 'application/json']) {
      const event = await eventOf('/', { method: 'POST', body: bytes, headers: { 'Content-Type': type } });
      expect(event).toMatchObject({ body: 'grün', isBase64Encoded: false });
    }
    for (const type of [
      'image/webp',
      'application/octet-stream',
      'application/x-www-form-urlencoded',
      'application/problem+json',
    ]) {
      const event = await eventOf('/', { method: 'POST', body: bytes, headers: { 'Content-Type': type } });
      expect(event).toMatchObject({ body: bytes.toString('base64'), isBase64Encoded: true });
    }
    expect(await eventOf('/', { method: 'POST', body: new Blob([bytes]) })).toMatchObject({ isBase64Encoded: true });
  });

  it('makes a response of what the function returns', async () => {
    const response = await answer({
      statusCode: 201,
      headers: { 'Content-Type': 'image/webp', 'Content-Length': '99', 'X-One': 'two' },
      cookies: ['a=1; HttpOnly', 'b=2'],
      body: Buffer.from([0xff, 0, 0xfe]).toString('base64'),
      isBase64Encoded: true,
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('Content-Type')).toBe('image/webp');
    expect(response.headers.get('X-One')).toBe('two');
    expect(response.headers.getSetCookie()).toEqual(['a=1; HttpOnly', 'b=2']);
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0xff, 0, 0xfe]);
  });

  it('takes a result without a status code for a body of JSON', async () => {
    for (const result of [{ message: 'hello' }, 'text', 7, null]) {
      const response = await answer(JSON.stringify(result));
      expect(response.status).toBe(200);
      expect(response.headers.get('Content-Type')).toBe('application/json');
      expect(await response.json()).toEqual(result);
    }
  });

  it('answers 502 where the function fails, and says nothing of the cause', async () => {
    const response = await answer('throw');
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain('as told');
  });

  it('answers 413 to what is too large for an event', async () => {
    const response = await fetch(front.url, { method: 'POST', body: Buffer.alloc(5 * 1024 * 1024) });
    expect(response.status).toBe(413);
  });
});
