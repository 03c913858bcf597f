import { handler } from '../../lambda/beanstalk/index';
import { PLATFORM_BRANCHES } from '../../lib/beanstalk-platforms';
import { startStrictApi, type StrictApi } from '../beanstalk/strict-api';

const NODE = PLATFORM_BRANCHES.branches.node;
const STACK = 'arn:aws:cloudformation:eu-central-1:111122223333:stack/compute-Beanstalk/0';

let api: StrictApi;
beforeEach(async () => {
  api = await startStrictApi();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: api.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  jest.spyOn(console, 'log').mockReturnValue(undefined);
  jest.spyOn(console, 'error').mockReturnValue(undefined);
});
afterEach(() => api.close());

interface Asked {
  readonly type?: 'Create' | 'Update' | 'Delete';
  readonly kind: string;
  readonly properties: Record<string, string>;
  readonly physicalId?: string;
}

/** What CloudFormation is answered. */
async function answerTo({ type = 'Create', kind, properties, physicalId }: Asked): Promise<Record<string, unknown>> {
  await handler({
    RequestType: type,
    ServiceToken: 'arn:aws:lambda:eu-central-1:111122223333:function:beanstalk',
    ResponseURL: `${api.url}/answer`,
    StackId: STACK,
    RequestId: 'request',
    LogicalResourceId: 'Logical',
    ResourceType: `Custom::Beanstalk${kind}`,
    ResourceProperties: { ServiceToken: '', ...properties },
    OldResourceProperties: {},
    ...(physicalId === undefined ? {} : { PhysicalResourceId: physicalId }),
  } as Parameters<typeof handler>[0]);
  return api.account.answers.get('/answer') ?? {};
}

describe('a version', () => {
  const upload = {
    Application: 'thumbnails',
    Label: 'node-000000000001',
    SourceBucket: 'assets',
    SourceKey: 'hash.zip',
    Bucket: 'bundles',
    Description: 'The node sample',
  };
  beforeEach(() => {
    api.account.applications.set('thumbnails', []);
    api.account.objects.add('assets/hash.zip');
  });

  test('is made of the uploaded bundle, which is kept in the bucket of the application', async () => {
    expect(await answerTo({ kind: 'Version', properties: upload })).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: 'node-000000000001',
      StackId: STACK,
      RequestId: 'request',
      LogicalResourceId: 'Logical',
    });
    expect(api.account.applications.get('thumbnails')).toMatchObject([
      { label: 'node-000000000001', description: 'The node sample', bundle: 'bundles/node-000000000001.zip' },
    ]);
    expect(api.account.objects).toContain('bundles/node-000000000001.zip');
  });

  test('is made once: the same content again makes none', async () => {
    await answerTo({ kind: 'Version', properties: upload });
    const made = api.account.applications.get('thumbnails')?.map(({ created }) => created);
    expect(await answerTo({ type: 'Update', kind: 'Version', properties: upload, physicalId: 'x' })).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: 'node-000000000001',
    });
    expect(api.account.applications.get('thumbnails')?.map(({ created }) => created)).toEqual(made);
    expect(api.calls.filter((call) => call === 'elasticbeanstalk:CreateApplicationVersion')).toHaveLength(1);
  });

  test('of another content is another, and the one before stays when CloudFormation lets go of it', async () => {
    await answerTo({ kind: 'Version', properties: upload });
    await answerTo({
      type: 'Update',
      kind: 'Version',
      properties: { ...upload, Label: 'node-000000000002' },
      physicalId: 'node-000000000001',
    });
    await answerTo({ type: 'Delete', kind: 'Version', properties: upload, physicalId: 'node-000000000001' });
    expect(api.account.applications.get('thumbnails')?.map(({ label }) => label)).toEqual([
      'node-000000000001',
      'node-000000000002',
    ]);
  });

  test('from earlier is taken as it is, without an upload', async () => {
    await answerTo({ kind: 'Version', properties: upload });
    const { Application, Label } = upload;
    expect(await answerTo({ kind: 'Version', properties: { Application, Label } })).toMatchObject({
      Status: 'SUCCESS',
    });
    expect(api.calls.filter((call) => call === 's3:CopyObject')).toHaveLength(1);
  });

  test('that does not exist fails the deployment, naming those that do, the newest first', async () => {
    const older = { label: 'node-000000000001', description: '', bundle: '', created: new Date(1) };
    const newer = { label: 'node-000000000002', description: '', bundle: '', created: new Date(2) };
    api.account.applications.set('thumbnails', [older, newer]);
    expect(
      await answerTo({ kind: 'Version', properties: { Application: 'thumbnails', Label: 'nowhere' } }),
    ).toMatchObject({
      Status: 'FAILED',
      Reason:
        'There is no application version nowhere. There are, newest first: node-000000000002, node-000000000001. ' +
        'Set beanstalk.version to one of them, or leave it away to deploy what is in the repository.',
    });
  });

  test('that does not exist in an application without any says so', async () => {
    expect(
      await answerTo({ kind: 'Version', properties: { Application: 'thumbnails', Label: 'nowhere' } }),
    ).toMatchObject({
      Reason: expect.stringContaining('There is none yet.') as string,
    });
  });

  test('whose upload went missing fails with what S3 says', async () => {
    api.account.objects.clear();
    expect(await answerTo({ kind: 'Version', properties: upload })).toMatchObject({
      Status: 'FAILED',
      Reason: 'The specified key does not exist.',
      PhysicalResourceId: 'Logical',
    });
  });
});

describe('a platform', () => {
  const properties = { Branch: NODE, Environment: 'EnvironmentNode', ManagedUpdates: 'true', Revision: '1' };
  const arn = (version: string, branch: string = NODE): string =>
    `arn:aws:elasticbeanstalk:eu-central-1::platform/${branch}/${version}`;
  const running = (platform: string, status: 'Ready' | 'Terminated' = 'Ready'): void => {
    api.account.stacks.set('compute-Beanstalk', { outputs: {}, resources: { EnvironmentNode: 'environment' } });
    api.account.environments.set('environment', {
      name: 'environment',
      application: 'thumbnails',
      status,
      health: 'Ok',
      label: 'node-1',
      platform,
    });
  };
  beforeEach(() => {
    api.account.branches.set(NODE, 'supported');
    for (const [version, status] of [
      ['6.9.3', 'Ready'],
      ['6.10.0', 'Ready'],
      ['6.2.0', 'Ready'],
      ['6.11.0', 'Creating'],
    ] as const)
      api.account.platforms.push({ branch: NODE, version, status });
  });

  test('is the newest version of its branch that is ready, by number and not by letter', async () => {
    expect(await answerTo({ kind: 'Platform', properties })).toMatchObject({
      Status: 'SUCCESS',
      Data: { Arn: arn('6.10.0') },
    });
  });

  test('stays what it is while managed updates look after it: no deployment takes it back, or further', async () => {
    running(arn('6.9.3'));
    expect(await answerTo({ type: 'Update', kind: 'Platform', properties })).toMatchObject({
      Data: { Arn: arn('6.9.3') },
    });
  });

  test('is the newest at each update where nobody else looks after it', async () => {
    running(arn('6.9.3'));
    expect(
      await answerTo({ type: 'Update', kind: 'Platform', properties: { ...properties, ManagedUpdates: 'false' } }),
    ).toMatchObject({ Data: { Arn: arn('6.10.0') } });
  });

  test('is of the new branch where the branch has changed', async () => {
    running(arn('5.9.0', 'Node.js 22 running on 64bit Amazon Linux 2023'));
    expect(await answerTo({ type: 'Update', kind: 'Platform', properties })).toMatchObject({
      Data: { Arn: arn('6.10.0') },
    });
  });

  test('of an environment that has been terminated does not count', async () => {
    running(arn('6.9.3'), 'Terminated');
    expect(await answerTo({ type: 'Update', kind: 'Platform', properties })).toMatchObject({
      Data: { Arn: arn('6.10.0') },
    });
  });

  test.each([
    ['retired', 'is retired'],
    [undefined, 'is not to be had in this region'],
  ])('of a branch that is %s fails the deployment, naming those that can be had', async (state, said) => {
    api.account.branches.clear();
    if (state !== undefined) api.account.branches.set(NODE, state);
    api.account.branches.set('Node.js 26 running on 64bit Amazon Linux 2023', 'supported');
    api.account.branches.set('Node.js 22 running on 64bit Amazon Linux 2023', 'deprecated');
    api.account.branches.set('Python 3.14 running on 64bit Amazon Linux 2023', 'supported');
    expect(await answerTo({ kind: 'Platform', properties })).toMatchObject({
      Status: 'FAILED',
      Reason:
        `The platform branch "${NODE}" ${said}. Supported are: Node.js 26 running on 64bit Amazon Linux 2023. ` +
        'Put one of them into lib/beanstalk-platforms.ts, or set beanstalk.platformArn.',
    });
  });

  test('of a deprecated branch still deploys', async () => {
    api.account.branches.set(NODE, 'Deprecated');
    expect(await answerTo({ kind: 'Platform', properties })).toMatchObject({ Status: 'SUCCESS' });
  });

  test('of a branch with no version that is ready fails', async () => {
    api.account.platforms.length = 0;
    expect(await answerTo({ kind: 'Platform', properties })).toMatchObject({
      Reason: `The platform branch "${NODE}" has no version that is ready.`,
    });
  });

  test('goes without a call', async () => {
    expect(await answerTo({ type: 'Delete', kind: 'Platform', properties, physicalId: 'Logical' })).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: 'Logical',
    });
    expect(api.calls).toEqual([]);
  });
});

describe('a load balancer', () => {
  beforeEach(() => {
    api.account.loadBalancers.set('other.elb.amazonaws.com', 'arn:other');
    api.account.loadBalancers.set('awseb-1-AWSEBLoa.elb.amazonaws.com', 'arn:ours');
  });

  test('is found by its address, however it is written', async () => {
    expect(
      await answerTo({ kind: 'LoadBalancer', properties: { DnsName: 'AWSEB-1-awsebloa.elb.amazonaws.com' } }),
    ).toMatchObject({ Status: 'SUCCESS', Data: { Arn: 'arn:ours' } });
  });

  test('that is not there fails the deployment', async () => {
    expect(await answerTo({ kind: 'LoadBalancer', properties: { DnsName: 'gone.elb.amazonaws.com' } })).toMatchObject({
      Status: 'FAILED',
      Reason: 'There is no load balancer at gone.elb.amazonaws.com.',
    });
  });
});

test('what it has no resource for is refused, and a property that lacks', async () => {
  expect(await answerTo({ kind: 'Moon', properties: {} })).toMatchObject({
    Status: 'FAILED',
    Reason: 'Custom::BeanstalkMoon is no resource of this function.',
  });
  expect(await answerTo({ kind: 'LoadBalancer', properties: {} })).toMatchObject({
    Reason: 'Custom::BeanstalkLoadBalancer lacks the property DnsName.',
  });
});
