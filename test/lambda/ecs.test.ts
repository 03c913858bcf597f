import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { handler } from '../../lambda/ecs/index';

// The function against an API that answers as IAM and Elastic Load Balancing do, in XML, and refuses as they refuse.

const waits: number[] = [];
jest.mock('node:timers/promises', () => ({
  setTimeout: jest.fn((milliseconds: number) => Promise.resolve(waits.push(milliseconds))),
}));
const waited = (): number => waits.reduce((sum, each) => sum + each, 0);

const ARN = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333';
const LISTENER = `${ARN}:listener/app/Balancer/50dc6c495c0c9188/f2f7dc8efc522ab2`;
const [BLUE, GREEN] = ['Blue', 'Green'].map((name) => `${ARN}:targetgroup/Comp-${name}-1A2B/73e2d6bc24d8a067`);

/** What the account has, and how often a call still comes before IAM has spread the right to it. */
let account: { role: 'none' | 'InvalidInput' | 'EntityAlreadyExists'; weights: Record<string, number>; denied: number };
let calls: Record<string, string>[];
let answered: Record<string, unknown> | undefined;
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      if (request.method === 'PUT') {
        answered = JSON.parse(body) as Record<string, unknown>;
        response.end();
        return;
      }
      const call = Object.fromEntries(new URLSearchParams(body));
      calls.push(call);
      const [status, xml] = reply(call);
      response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
    });
  });
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
  account = { role: 'InvalidInput', weights: { [BLUE ?? '']: 1, [GREEN ?? '']: 0 }, denied: 0 };
  [calls, answered] = [[], undefined];
  waits.length = 0;
  jest.spyOn(console, 'error').mockReturnValue(undefined);
  jest.spyOn(console, 'log').mockReturnValue(undefined);
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function reply({ Action = '', ListenerArn }: Record<string, string>): [number, string] {
  const refusal = (status: number, code: string, message = 'refused'): [number, string] => [
    status,
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  ];
  if (account.denied > 0) {
    account.denied -= 1;
    return refusal(403, 'AccessDenied');
  }
  if (Action === 'CreateServiceLinkedRole') {
    const taken =
      'Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.';
    if (account.role !== 'none') return refusal(account.role === 'InvalidInput' ? 400 : 409, account.role, taken);
    account.role = 'InvalidInput';
    return [200, '<CreateServiceLinkedRoleResponse><CreateServiceLinkedRoleResult/></CreateServiceLinkedRoleResponse>'];
  }
  if (Action !== 'DescribeRules' || ListenerArn !== LISTENER) return refusal(400, 'ValidationError', Action);
  const groups = Object.entries(account.weights)
    .map(([arn, weight]) => `<member><TargetGroupArn>${arn}</TargetGroupArn><Weight>${weight}</Weight></member>`)
    .join('');
  const rule =
    groups &&
    `<member><Actions><member><Type>forward</Type><ForwardConfig><TargetGroups>${groups}</TargetGroups></ForwardConfig></member></Actions></member>`;
  const other = '<member><Actions><member><Type>fixed-response</Type></member></Actions></member>';
  return [
    200,
    `<DescribeRulesResponse><DescribeRulesResult><Rules>${rule}${other}</Rules></DescribeRulesResult></DescribeRulesResponse>`,
  ];
}

type Properties = Readonly<Record<string, string>>;
const event = (kind: string, type: string, properties: Properties, old?: Properties) =>
  ({
    RequestType: type,
    ServiceToken: 'arn:aws:lambda:eu-central-1:111122223333:function:ecs',
    ResponseURL: `${url}/answer`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Logical',
    ResourceType: `Custom::Ecs${kind}`,
    ResourceProperties: { ServiceToken: '', ...properties },
    ...(type === 'Create' ? {} : { PhysicalResourceId: 'physical' }),
    ...(old ? { OldResourceProperties: { ServiceToken: '', ...old } } : {}),
  }) as unknown as CloudFormationCustomResourceEvent;

describe('the service-linked role of ECS', () => {
  test('is made in an account that has none, and has time to spread before a cluster is made', async () => {
    account.role = 'none';
    await handler(event('ServiceLinkedRole', 'Create', {}));
    expect(answered).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'AWSServiceRoleForECS' });
    expect(calls).toEqual([
      expect.objectContaining({ Action: 'CreateServiceLinkedRole', AWSServiceName: 'ecs.amazonaws.com' }),
    ]);
    expect(waited()).toBe(15_000);
  });

  test.each(['InvalidInput', 'EntityAlreadyExists'] as const)(
    'stays as it is where IAM answers %s, and no one waits',
    async (role) => {
      account.role = role;
      await handler(event('ServiceLinkedRole', 'Create', {}));
      expect(answered).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'AWSServiceRoleForECS' });
      expect(waited()).toBe(0);
    },
  );

  test('is asked for again while the right to it is not spread', async () => {
    [account.role, account.denied] = ['none', 3];
    await handler(event('ServiceLinkedRole', 'Create', {}));
    expect(answered).toMatchObject({ Status: 'SUCCESS' });
    expect(calls).toHaveLength(4);
  });

  test('that may not be made ends the deployment within a minute, with the words of IAM', async () => {
    [account.role, account.denied] = ['none', 100];
    await handler(event('ServiceLinkedRole', 'Create', {}));
    expect(answered).toMatchObject({ Status: 'FAILED', Reason: 'refused' });
    expect(waited()).toBe(60_000);
  });

  test('stays when the stack goes', async () => {
    await handler(event('ServiceLinkedRole', 'Delete', {}));
    expect(answered).toMatchObject({ Status: 'SUCCESS' });
    expect(calls).toEqual([]);
  });
});

describe('a service that leaves a shift of traffic', () => {
  const shifts = { Shifts: 'true', Listener: LISTENER, Blue: BLUE ?? '' };
  const rolling = { ...shifts, Shifts: 'false' };
  const secured = { ...shifts, Listener: LISTENER.replace('f2f7', 'a0b1') };

  test.each([
    ['to a rolling update', rolling],
    ['to another listener', secured],
  ])('%s: goes on while all requests are with Blue', async (_, properties) => {
    await handler(event('Shift', 'Update', properties, shifts));
    expect(answered).toMatchObject({ Status: 'SUCCESS' });
    expect(calls).toHaveLength(1);
  });

  test.each([
    ['to a rolling update', rolling, 100],
    ['to another listener', secured, 100],
    ['in the middle of a canary', rolling, 10],
  ])('%s: is stopped while Green has requests, with what to do', async (_, properties, weight) => {
    account.weights = { [BLUE ?? '']: 100 - weight, [GREEN ?? '']: weight };
    await handler(event('Shift', 'Update', properties, shifts));
    expect(answered).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'physical' });
    const reason = answered?.['Reason'];
    expect(reason).toContain(`Comp-Green-1A2B has weight ${weight}`);
    expect(reason).toContain('sends all requests to Comp-Blue-1A2B');
    expect(reason).toContain('Nothing was changed.');
    expect(reason).toContain('aws ecs update-service --force-new-deployment');
  });

  test('is looked at again while the right to look is not spread', async () => {
    account.denied = 2;
    await handler(event('Shift', 'Update', rolling, shifts));
    expect(answered).toMatchObject({ Status: 'SUCCESS' });
    expect(calls).toHaveLength(3);
  });

  test('in the deployment that brings the check along is stopped all the same', async () => {
    account.weights = { [GREEN ?? '']: 1 };
    await handler(event('Shift', 'Create', rolling));
    expect(answered).toMatchObject({ Status: 'FAILED' });
  });

  test('does not leave it where the check comes to a service that goes on to shift', async () => {
    account.weights = { [GREEN ?? '']: 1 };
    await handler(event('Shift', 'Create', shifts));
    expect(answered).toMatchObject({ Status: 'SUCCESS' });
    expect(calls).toEqual([]);
  });

  test('may begin to shift once the role that moves the weights has had time to spread, and waits for nothing else', async () => {
    await handler(event('Shift', 'Update', shifts, rolling));
    expect(answered).toMatchObject({ Status: 'SUCCESS' });
    expect(waited()).toBe(15_000);
    waits.length = 0;
    await handler(event('Shift', 'Update', secured, shifts));
    await handler(event('Shift', 'Update', rolling, shifts));
    await handler(event('Shift', 'Create', shifts));
    expect(waited()).toBe(0);
  });

  test('is made anew without a rule on its listener', async () => {
    account.weights = {};
    await handler(event('Shift', 'Create', rolling));
    expect(answered).toMatchObject({ Status: 'SUCCESS' });
  });
});
