import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { handler } from '../../lambda/registry/index';

jest.mock('node:timers/promises', () => ({ setTimeout: jest.fn(() => Promise.resolve()) }));

const PUSH_FUNCTION = 'arn:aws:lambda:eu-central-1:111122223333:function:push';

/** What the account has, and what it was asked. */
let tags: Set<string>;
let repository: string;
/** How often each call is still denied. */
let denied: Record<'describe' | 'invoke', number>;
let invoked: { event: unknown; type: string | undefined }[];
let answered: Record<string, unknown> | undefined;

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>;
}

type Reply = readonly [status: number, body: object, error?: string];

const DENIED: Reply = [400, { __type: 'AccessDeniedException', message: 'not authorized' }, 'AccessDeniedException'];

function images({ repositoryName, imageIds }: Record<string, unknown>): Reply {
  if (denied.describe-- > 0) return DENIED;
  if (repositoryName !== repository)
    return [400, { __type: 'RepositoryNotFoundException', message: `no repository ${String(repositoryName)}` }];
  const [{ imageTag } = { imageTag: '' }] = imageIds as { imageTag: string }[];
  return tags.has(imageTag)
    ? [200, { imageDetails: [{ imageTags: [imageTag] }] }]
    : [400, { __type: 'ImageNotFoundException', message: 'no such image' }];
}

function reply(request: IncomingMessage, body: Record<string, unknown>): Reply {
  const { url = '', headers } = request;
  if (url === '/answer') {
    answered = body;
    return [200, {}];
  }
  if (String(headers['x-amz-target']).endsWith('.DescribeImages')) return images(body);
  if (url === `/2015-03-31/functions/${encodeURIComponent(PUSH_FUNCTION)}/invocations`) {
    if (denied.invoke-- > 0) return [403, { Message: 'not authorized' }, 'AccessDeniedException'];
    invoked.push({ event: body, type: headers['x-amz-invocation-type'] as string | undefined });
    return [202, {}];
  }
  return [404, { message: `nothing at ${url}` }];
}

const server = createServer((request, response) => {
  void bodyOf(request).then((body) => {
    const [status, said, error] = reply(request, body);
    response.writeHead(status, error === undefined ? {} : { 'x-amzn-errortype': error }).end(JSON.stringify(said));
  });
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  [tags, repository, denied] = [new Set(), 'thumbnails', { describe: 0, invoke: 0 }];
  [invoked, answered] = [[], undefined];
  jest.spyOn(console, 'error').mockReturnValue(undefined);
  jest.spyOn(console, 'log').mockReturnValue(undefined);
});

const event = (type: 'Create' | 'Update' | 'Delete', properties: object = {}): CloudFormationCustomResourceEvent =>
  ({
    RequestType: type,
    ServiceToken: 'arn:aws:lambda:eu-central-1:111122223333:function:front',
    ResponseURL: `${url}/answer`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Logical',
    ResourceType: 'Custom::CDKECRDeployment',
    ResourceProperties: {
      ServiceToken: '',
      Repository: 'thumbnails',
      Tag: 'arm64-0123456789abcdef',
      PushFunction: PUSH_FUNCTION,
      SrcImage: 'docker://source',
      ...properties,
    },
    ...(type === 'Create' ? {} : { PhysicalResourceId: 'physical' }),
  }) as CloudFormationCustomResourceEvent;

test.each([
  ['Create', 'arm64-0123456789abcdef'],
  ['Update', 'physical'],
] as const)('%s: a tag that is there is not pushed again', async (type, id) => {
  tags.add('arm64-0123456789abcdef');
  await handler(event(type));
  expect(answered).toEqual({
    Status: 'SUCCESS',
    PhysicalResourceId: id,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Logical',
  });
  expect(invoked).toEqual([]);
});

test.each(['Create', 'Update'] as const)(
  '%s: one that is not is left to the library’s function, which gets the same event, and answers it',
  async (type) => {
    tags.add('arm64-another');
    await handler(event(type));
    expect(answered).toBeUndefined();
    expect(invoked).toEqual([{ event: event(type), type: 'Event' }]);
  },
);

test('nothing is deleted: an earlier image is what a rollback goes to', async () => {
  await handler(event('Delete'));
  expect(answered).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'physical' });
  expect(invoked).toEqual([]);
});

test.each(['describe', 'invoke'] as const)(
  'waits until its role is allowed to %s, which takes seconds',
  async (call) => {
    denied[call] = 2;
    await handler(event('Create'));
    expect(answered).toBeUndefined();
    expect(invoked).toHaveLength(1);
  },
);

test('fails with the reason where it never is', async () => {
  denied.describe = 100;
  await handler(event('Create'));
  expect(answered).toMatchObject({ Status: 'FAILED', Reason: 'not authorized', PhysicalResourceId: 'Logical' });
  expect(denied.describe).toBe(100 - 8); // eight tries in one minute, and then an end
});

test('fails with the reason where there is no repository', async () => {
  await handler(event('Update', { Repository: 'elsewhere' }));
  expect(answered).toMatchObject({
    Status: 'FAILED',
    Reason: 'no repository elsewhere',
    PhysicalResourceId: 'physical',
  });
  expect(invoked).toEqual([]);
});

test('fails with the reason where a property is missing', async () => {
  await handler(event('Create', { Tag: '' }));
  expect(answered).toMatchObject({ Status: 'FAILED', Reason: 'Custom::CDKECRDeployment lacks the property Tag.' });
});
