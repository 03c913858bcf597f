import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { handler } from '../../lambda/web-function/index';

jest.mock('node:timers/promises', () => ({ setTimeout: jest.fn(() => Promise.resolve()) }));

/** What the endpoint answers, one after the other; then 200. */
let answers: (number | 'broken')[];
let asked: IncomingMessage[];
let told: Record<string, unknown> | undefined;

const server = createServer((request, response) => {
  if (request.url === '/told')
    void text(request).then((body) => {
      told = JSON.parse(body) as Record<string, unknown>;
      response.end();
    });
  else {
    asked.push(request);
    const status = answers.shift() ?? 200;
    if (status === 'broken') request.socket.destroy();
    else response.writeHead(status, status === 200 ? {} : { 'lambda-web-error-type': 'Runtime.ExitError' }).end();
  }
});
let url: string;
const environment = { ...process.env };
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
    AWS_REGION: 'eu-central-1',
  });
});
afterAll(async () => {
  process.env = environment;
  server.close();
  await once(server, 'close');
});
beforeEach(() => {
  answers = [];
  asked = [];
  told = undefined;
  jest.spyOn(console, 'log').mockReturnValue();
  jest.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => jest.restoreAllMocks());

const deploy = async (event: object): Promise<Record<string, unknown> | undefined> => {
  await handler({
    RequestType: 'Create',
    ResponseURL: `${url}/told`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'FirstAnswer',
    ResourceType: 'Custom::FirstAnswer',
    ResourceProperties: { Url: `${url}/health`, RevisionId: 'new', LogGroup: 'the-log-group' },
    ...event,
  } as unknown as CloudFormationCustomResourceEvent);
  return told;
};

test('a revision that answers is one that may be deployed, and gives the resource its name', async () => {
  expect(await deploy({})).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'new' });
  expect(asked.map(({ url: path }) => path)).toEqual(['/health']);
});

test('the request is signed for Lambda in the region, with the hash of its empty body', async () => {
  await deploy({});
  const headers: NodeJS.Dict<string | string[]> = asked[0]?.headers ?? {};
  expect(headers['x-amz-content-sha256']).toBe(createHash('sha256').digest('hex'));
  expect(headers['x-amz-security-token']).toBe('token');
  expect(headers['authorization']).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/lambda\/aws4_request, SignedHeaders=.*x-amz-content-sha256/,
  );
});

test('what is refused, fails or breaks off at first is asked again', async () => {
  answers = [403, 500, 'broken', 503];
  expect(await deploy({})).toMatchObject({ Status: 'SUCCESS' });
  expect(asked).toHaveLength(5);
});

test('a server that does not start fails the deployment, which says what it answered and where its log is', async () => {
  answers = Array.from({ length: 50 }, () => 500);
  expect(await deploy({ RequestType: 'Update', PhysicalResourceId: 'before' })).toMatchObject({
    Status: 'FAILED',
    PhysicalResourceId: 'before',
    Reason: expect.stringMatching(/revision new .* 500 \(Runtime\.ExitError\).*the-log-group/) as unknown,
  });
  expect(asked.length).toBeLessThan(20);
});

test('no answer at all is a failure too', async () => {
  answers = Array.from({ length: 50 }, () => 'broken' as const);
  expect(await deploy({})).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('no answer') as unknown });
});

test('a rollback to the revision that has answered before asks nothing, so that it can not fail', async () => {
  answers = Array.from({ length: 50 }, () => 500);
  const rollback = { RequestType: 'Update', PhysicalResourceId: 'new' };
  expect(await deploy(rollback)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'new' });
  expect(asked).toEqual([]);
});

test('to delete it takes nothing', async () => {
  answers = Array.from({ length: 50 }, () => 500);
  expect(await deploy({ RequestType: 'Delete', PhysicalResourceId: 'new' })).toMatchObject({ Status: 'SUCCESS' });
  expect(asked).toEqual([]);
});
