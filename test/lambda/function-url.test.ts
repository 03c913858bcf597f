import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { toRequest, toResult } from '../../lambda/function-url';

/** An event as the Lambda Developer Guide shows it ("Invoking Lambda function URLs"), with what a test gives. */
function event(given: Partial<LambdaFunctionURLEvent> = {}, method = 'POST'): LambdaFunctionURLEvent {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/my/path',
    rawQueryString: '',
    headers: {},
    requestContext: {
      accountId: '123456789012',
      apiId: 'url-id',
      domainName: 'url-id.lambda-url.us-west-2.on.aws',
      domainPrefix: 'url-id',
      http: { method, path: '/my/path', protocol: 'HTTP/1.1', sourceIp: '123.123.123.123', userAgent: 'agent' },
      requestId: 'id',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2020:19:03:58 +0000',
      timeEpoch: 1583348638390,
    },
    isBase64Encoded: false,
    ...given,
  };
}
const bytes = Buffer.from([0xff, 0xd8, 0xff, 0x00, 0x80, 0xfe]);

describe('The request that an event describes', () => {
  it('has the bytes of a binary body, and of text', async () => {
    const binary = toRequest(event({ body: bytes.toString('base64'), isBase64Encoded: true }));
    expect(Buffer.from(await binary.arrayBuffer())).toEqual(bytes);
    expect(await toRequest(event({ body: 'grün\u2028' })).text()).toBe('grün\u2028');
    expect(await toRequest(event()).text()).toBe('');
  });

  it('has no body where HTTP has none, whatever was sent', () => {
    for (const method of ['GET', 'HEAD']) {
      const request = toRequest(event({ body: 'unasked' }, method));
      expect(request.method).toBe(method);
      expect(request.body).toBeNull();
    }
  });

  it.each(['TRACE', 'CONNECT', 'TRACK', 'trace'])('says %s, which fetch forbids, so that it is answered', (method) => {
    const request = toRequest(event({ body: 'unasked' }, method));
    expect(request.method).toBe(method);
    expect(request.body).toBeNull();
  });

  it('keeps the query as it was sent: order, repetition, escapes', () => {
    const { url } = toRequest(event({ rawQueryString: 'b=2&a=1&a=%26&empty=' }));
    expect(url).toBe('https://url-id.lambda-url.us-west-2.on.aws/my/path?b=2&a=1&a=%26&empty=');
  });

  it('never takes a part of the path for a query, or for another host', () => {
    expect(new URL(toRequest(event({ rawPath: '/a?width=1#b' })).url)).toMatchObject({
      pathname: '/a%3Fwidth=1%23b',
      search: '',
    });
    expect(new URL(toRequest(event({ rawPath: '//example.com/x' })).url).host).toBe(
      'url-id.lambda-url.us-west-2.on.aws',
    );
  });

  it('has each header, those that were repeated, and the cookies', () => {
    const { headers } = toRequest(
      event({ headers: { 'x-many': 'one,two', absent: undefined }, cookies: ['a=1', 'b=2'] }),
    );
    expect(Object.fromEntries(headers)).toEqual({ 'x-many': 'one,two', cookie: 'a=1; b=2' });
  });

  it('takes a header of any characters, as the bytes that were sent', () => {
    const { headers } = toRequest(event({ headers: { 'x-name': 'grün 猫' } }));
    expect(Buffer.from(headers.get('x-name') ?? '', 'latin1').toString('utf8')).toBe('grün 猫');
  });
});

describe('The result that a response becomes', () => {
  it.each(['image/webp', 'image/png', 'application/octet-stream', 'application/jsonish', ''])(
    'has %j in base64',
    async (type) => {
      const result = await toResult(new Response(bytes, { headers: { 'Content-Type': type } }));
      expect(result).toMatchObject({ statusCode: 200, body: bytes.toString('base64'), isBase64Encoded: true });
    },
  );

  it.each(['text/html; charset=utf-8', 'application/json', 'application/problem+json'])(
    'has %j as text',
    async (type) => {
      const result = await toResult(new Response('grün', { status: 404, headers: { 'Content-Type': type } }));
      expect(result).toMatchObject({ statusCode: 404, body: 'grün', isBase64Encoded: false });
    },
  );

  it('lists cookies apart, as a function URL wants them', async () => {
    const response = new Response('', { headers: { 'X-One': '1' } });
    for (const cookie of ['a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT', 'b=2'])
      response.headers.append('Set-Cookie', cookie);
    const { headers, cookies } = await toResult(response);
    expect(cookies).toEqual(['a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT', 'b=2']);
    expect(headers).not.toHaveProperty('set-cookie');
  });

  it('has no body where there is none', async () => {
    expect(await toResult(new Response(null, { status: 304, headers: { ETag: '"x"' } }))).toMatchObject({
      statusCode: 304,
      headers: { etag: '"x"' },
      body: '',
    });
  });
});
