import { createHash } from 'node:crypto';
import { signingFetch } from '../../contract/signing';

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
const WEB_FUNCTION = 'https://bcdfghjklmnpqrst.b7t.lambda-web.eu-central-1.on.aws/thumbnails';
const sha256 = (body: string): string => createHash('sha256').update(body).digest('hex');

let sent: Request[];
beforeEach(() => {
  sent = [];
  jest.spyOn(globalThis, 'fetch').mockImplementation((input) => {
    sent.push(input as Request);
    return Promise.resolve(new Response());
  });
});
afterEach(() => jest.restoreAllMocks());

test.each(['https://abc.lambda-url.eu-central-1.on.aws/', WEB_FUNCTION])(
  '%s is signed for Lambda in its region',
  async (url) => {
    await signingFetch(CREDENTIALS)(url);
    expect(sent[0]?.headers.get('Authorization')).toMatch(/Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/lambda\//);
    expect(sent[0]?.headers.get('X-Amz-Security-Token')).toBe('token');
  },
);

test('a Web Function has the hash of the body, signed, and the request as it was', async () => {
  await signingFetch(CREDENTIALS)(WEB_FUNCTION, {
    method: 'POST',
    body: 'picture',
    headers: { 'If-None-Match': '"a"' },
  });
  const [request] = sent;
  expect(request?.headers.get('X-Amz-Content-SHA256')).toBe(sha256('picture'));
  expect(request?.headers.get('Authorization')).toContain('x-amz-content-sha256');
  expect(request?.headers.get('If-None-Match')).toBe('"a"');
  expect([request?.method, await request?.text()]).toEqual(['POST', 'picture']);
});

test('a Web Function has the hash of an empty body too', async () => {
  await signingFetch(CREDENTIALS)(WEB_FUNCTION);
  expect(sent[0]?.headers.get('X-Amz-Content-SHA256')).toBe(sha256(''));
});
