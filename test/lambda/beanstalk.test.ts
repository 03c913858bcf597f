import { handlerThatWaits } from '../../lambda/beanstalk/index';
import { PLATFORM_BRANCHES } from '../../lambda/beanstalk/platforms';
import { startStrictApi, type StrictApi } from '../beanstalk/strict-api';

const NODE = PLATFORM_BRANCHES.branches.node;
const STACK = 'arn:aws:cloudformation:eu-central-1:111122223333:stack/compute-Beanstalk/0';

let api: StrictApi;
/** Milliseconds that the function waited, of which none passed here. */
const waits: number[] = [];
const waited = (): number => waits.reduce((sum, each) => sum + each, 0);
beforeEach(async () => {
  waits.length = 0;
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
  readonly oldProperties?: Record<string, string>;
  readonly physicalId?: string;
}

/** What CloudFormation is answered. */
async function answerTo({
  type = 'Create',
  kind,
  properties,
  oldProperties = {},
  physicalId = type === 'Create' ? undefined : 'Logical',
}: Asked): Promise<Record<string, unknown>> {
  api.account.answers.clear();
  const handle = handlerThatWaits((milliseconds) => Promise.resolve(waits.push(milliseconds)));
  await handle({
    RequestType: type,
    ServiceToken: 'arn:aws:lambda:eu-central-1:111122223333:function:beanstalk',
    ResponseURL: `${api.url}/answer`,
    StackId: STACK,
    RequestId: 'request',
    LogicalResourceId: 'Logical',
    ResourceType: `Custom::Beanstalk${kind}`,
    ResourceProperties: { ServiceToken: '', ...properties },
    OldResourceProperties: oldProperties,
    ...(physicalId === undefined ? {} : { PhysicalResourceId: physicalId }),
  } as Parameters<typeof handle>[0]);
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
        'Set beanstalk.version to one of them, or leave it out to deploy what is in the repository.',
    });
    expect(waits).toEqual([]);
  });

  test('that does not exist among many names the twenty newest: the answer has room for no more', async () => {
    const label = (number: number): string => `${'a'.repeat(92)}-${String(number).padStart(7, '0')}`;
    const versions = Array.from({ length: 1_000 }, (_, number) => ({
      label: label(number),
      description: '',
      bundle: '',
      created: new Date(number),
    }));
    api.account.applications.set('thumbnails', versions);
    const answer = await answerTo({ kind: 'Version', properties: { Application: 'thumbnails', Label: 'nowhere' } });
    expect(answer['Reason']).toContain(`newest first: ${label(999)}, ${label(998)}, `);
    expect(answer['Reason']).toContain(`, ${label(980)} and 980 more. Set beanstalk.version`);
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
    expect(waits).toEqual([]);
  });

  describe('before IAM has spread the rights that come with it', () => {
    test.each([
      ['elasticbeanstalk:DescribeApplicationVersions', 'AccessDenied'],
      ['s3:CopyObject', 'AccessDenied'],
      ['elasticbeanstalk:CreateApplicationVersion', 'AccessDenied'],
      ['elasticbeanstalk:CreateApplicationVersion', 'AccessDeniedException'],
      ['elasticbeanstalk:CreateApplicationVersion', 'InsufficientPrivilegesException'],
      ['elasticbeanstalk:CreateApplicationVersion', 'Forbidden bundle'],
    ] as const)('%s, refused with %s at first, is tried again, ever less often', async (call, refusal) => {
      api.account.early.set(call, { times: 4, refusal });
      expect(await answerTo({ kind: 'Version', properties: upload })).toMatchObject({ Status: 'SUCCESS' });
      expect(api.account.applications.get('thumbnails')).toHaveLength(1);
      expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
    });

    test('all calls together are given a minute, which the function has; then the refusal is said', async () => {
      api.account.early.set('s3:CopyObject', { times: 3, refusal: 'AccessDenied' });
      api.account.early.set('elasticbeanstalk:CreateApplicationVersion', { times: 99, refusal: 'AccessDenied' });
      expect(await answerTo({ kind: 'Version', properties: upload })).toMatchObject({
        Status: 'FAILED',
        Reason: expect.stringContaining('is not authorized to perform: elasticbeanstalk:CreateAppl') as string,
      });
      expect(waited()).toBe(60_000);
    });

    test('a list that is empty for lack of the right does not hide a version from earlier', async () => {
      await answerTo({ kind: 'Version', properties: upload });
      api.account.early.set('elasticbeanstalk:DescribeApplicationVersions', { times: 2, refusal: 'an empty list' });
      const { Application, Label } = upload;
      expect(await answerTo({ kind: 'Version', properties: { Application, Label } })).toMatchObject({
        Status: 'SUCCESS',
      });
      expect(waits).toEqual([1_000, 2_000]);
    });

    test('nor makes the same version twice', async () => {
      await answerTo({ kind: 'Version', properties: upload });
      api.account.early.set('elasticbeanstalk:DescribeApplicationVersions', { times: 1, refusal: 'an empty list' });
      expect(await answerTo({ kind: 'Version', properties: upload })).toMatchObject({ Status: 'SUCCESS' });
      expect(api.account.applications.get('thumbnails')).toHaveLength(1);
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
    expect(waits).toEqual([]);
  });

  test('stays what it is while managed updates look after it: no deployment takes it back, or further', async () => {
    running(arn('6.9.3'));
    expect(await answerTo({ type: 'Update', kind: 'Platform', properties })).toMatchObject({
      Data: { Arn: arn('6.9.3') },
    });
  });

  test('is the newest at each update where nothing else updates it', async () => {
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

  const others = (): void => {
    api.account.branches.set('Node.js 26 running on 64bit Amazon Linux 2023', 'supported');
    api.account.branches.set('Node.js 28 running on 64bit Amazon Linux 2023', 'supported');
    api.account.branches.set('Node.js 22 running on 64bit Amazon Linux 2023', 'deprecated');
    api.account.branches.set('Python 3.14 running on 64bit Amazon Linux 2023', 'supported');
  };
  const SUPPORTED =
    'Supported in its place: Node.js 28 running on 64bit Amazon Linux 2023; Node.js 26 running on 64bit Amazon Linux 2023. ';

  test.each([
    ['retired', 'is retired'],
    [undefined, 'is not available in this region'],
  ])('of a branch that is %s fails the deployment, naming those that are supported', async (state, said) => {
    api.account.branches.clear();
    if (state !== undefined) api.account.branches.set(NODE, state);
    others();
    expect(await answerTo({ kind: 'Platform', properties })).toMatchObject({
      Status: 'FAILED',
      Reason:
        `The platform branch "${NODE}" ${said}. ${SUPPORTED}` +
        'Declare one of them, or an exact platform version by its ARN (beanstalk.platformArn).',
    });
  });

  test.each(['true', 'false'])(
    'of a branch that is retired fails it where it runs too (managed updates: %s), and says how to stay',
    async (ManagedUpdates) => {
      running(arn('6.9.3'));
      api.account.branches.set(NODE, 'Retired');
      others();
      const asked = { type: 'Update', kind: 'Platform', properties: { ...properties, ManagedUpdates } } as const;
      expect(await answerTo(asked)).toMatchObject({
        Status: 'FAILED',
        Reason:
          `The platform branch "${NODE}" is retired. ${SUPPORTED}Declare one of them, or an exact platform version by ` +
          `its ARN; to stay: beanstalk.platformArn=${arn('6.9.3')}`,
      });
    },
  );

  describe('of a deployment that CloudFormation takes back', () => {
    const next = { ...properties, Revision: '2' };
    const status = (value: string): void => {
      const stack = api.account.stacks.get('compute-Beanstalk');
      if (stack) stack.status = value;
    };
    const newer = (): void => {
      api.account.platforms.push({ branch: NODE, version: '6.12.0', status: 'Ready' });
    };

    test.each(['true', 'false'])('is what ran before it, not the newest (managed updates: %s)', async (managed) => {
      const before = { ...properties, ManagedUpdates: managed };
      const after = { ...next, ManagedUpdates: managed };
      running(arn('6.9.3'));
      status('UPDATE_IN_PROGRESS');
      const made = await answerTo({ type: 'Update', kind: 'Platform', properties: after, oldProperties: before });
      expect(made).toMatchObject({ Data: { Arn: arn(managed === 'true' ? '6.9.3' : '6.10.0') } });
      const physicalId = made['PhysicalResourceId'] as string;
      expect(physicalId.length).toBeLessThan(1_024);

      // While it was deployed, one more came out.
      newer();
      running(arn('6.10.0'));
      status('UPDATE_ROLLBACK_IN_PROGRESS');
      expect(
        await answerTo({ type: 'Update', kind: 'Platform', properties: before, oldProperties: after, physicalId }),
      ).toMatchObject({ Status: 'SUCCESS', Data: { Arn: arn('6.9.3') } });
    });

    test('is that too under the physical id from before, and where the branch has retired since', async () => {
      const made = await answerTo({ kind: 'Platform', properties: { ...properties, ManagedUpdates: 'false' } });
      expect(made).toMatchObject({ Data: { Arn: arn('6.10.0') } });
      newer();
      running(arn('6.12.0'));
      api.account.branches.set(NODE, 'retired');
      status('UPDATE_ROLLBACK_IN_PROGRESS');
      expect(
        await answerTo({
          type: 'Update',
          kind: 'Platform',
          properties: { ...properties, ManagedUpdates: 'false' },
          oldProperties: next,
          physicalId: made['PhysicalResourceId'] as string,
        }),
      ).toMatchObject({ Data: { Arn: arn('6.10.0') } });
    });

    test('is the newest also where an earlier revision is deployed again', async () => {
      const before = { ...properties, ManagedUpdates: 'false' };
      const after = { ...next, ManagedUpdates: 'false' };
      running(arn('6.9.3'));
      const made = await answerTo({ type: 'Update', kind: 'Platform', properties: after, oldProperties: before });
      newer();
      status('UPDATE_IN_PROGRESS');
      const physicalId = made['PhysicalResourceId'] as string;
      expect(
        await answerTo({ type: 'Update', kind: 'Platform', properties: before, oldProperties: after, physicalId }),
      ).toMatchObject({ Data: { Arn: arn('6.12.0') } });
    });
  });

  test.each([
    ['elasticbeanstalk:ListPlatformBranches', 'an empty list'],
    ['elasticbeanstalk:ListPlatformVersions', 'an empty list'],
    ['elasticbeanstalk:ListPlatformBranches', 'AccessDenied'],
    ['elasticbeanstalk:ListPlatformVersions', 'AccessDenied'],
    ['cloudformation:DescribeStackResource', 'AccessDenied'],
  ] as const)('waits until IAM has spread the right to %s (%s until then)', async (call, refusal) => {
    api.account.early.set(call, { times: 3, refusal });
    expect(await answerTo({ kind: 'Platform', properties })).toMatchObject({
      Status: 'SUCCESS',
      Data: { Arn: arn('6.10.0') },
    });
    expect(waits).toEqual([1_000, 2_000, 4_000]);
  });

  test('takes no update back because it may not see the environment yet', async () => {
    running(arn('6.9.3'));
    api.account.early.set('elasticbeanstalk:DescribeEnvironments', { times: 2, refusal: 'an empty list' });
    expect(await answerTo({ type: 'Update', kind: 'Platform', properties })).toMatchObject({
      Data: { Arn: arn('6.9.3') },
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
    expect(waited()).toBe(60_000);
  });

  test('goes without a call', async () => {
    expect(await answerTo({ type: 'Delete', kind: 'Platform', properties, physicalId: 'Logical' })).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: 'Logical',
    });
    expect(api.calls).toEqual([]);
  });
});

describe('whether an environment can be changed', () => {
  const properties = { Application: 'thumbnails', Revision: 'b'.repeat(64) };
  const has = (name: string, status: 'Ready' | 'Updating' | 'Launching' | 'Terminated', application = 'thumbnails') =>
    api.account.environments.set(name, { name, application, status, health: 'Green', label: '1', platform: 'p' });
  const asked = (type: 'Create' | 'Update' = 'Update') =>
    answerTo({ type, kind: 'Ready', properties, oldProperties: { ...properties, Revision: 'a' } });
  const stackIs = (status: string) =>
    api.account.stacks.set('compute-Beanstalk', { outputs: {}, resources: {}, status });
  beforeEach(() => stackIs('UPDATE_IN_PROGRESS'));

  test('is so where all of its application are ready or on their way out', async () => {
    has('one', 'Ready');
    has('old', 'Terminated');
    has('other', 'Updating', 'another application');
    expect(await asked()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'Logical' });
  });

  test.each(['Updating', 'Launching'] as const)('is refused while one is %s, and says so', async (status) => {
    has('one', 'Ready');
    has('two', status);
    const { Status, Reason } = await asked();
    expect(Status).toBe('FAILED');
    expect(Reason).toContain(`can not be changed now: two is ${status}. It may be the weekly window`);
    expect(Reason).toContain('Nothing was changed. Deploy again when it is Ready');
    expect(api.calls.filter((call) => !call.split(':')[1]?.startsWith('Describe'))).toEqual([]);
  });

  test('is not asked where CloudFormation takes a deployment back: the environment is being changed by it', async () => {
    stackIs('UPDATE_ROLLBACK_IN_PROGRESS');
    has('one', 'Updating');
    expect(await asked()).toMatchObject({ Status: 'SUCCESS' });
  });

  test('is so at the first deployment, which has none, at once', async () => {
    expect(await asked('Create')).toMatchObject({ Status: 'SUCCESS' });
    expect(waits).toEqual([]);
  });

  test('is found out when the right to look comes late', async () => {
    has('one', 'Updating');
    api.account.early.set('elasticbeanstalk:DescribeEnvironments', { times: 2, refusal: 'an empty list' });
    expect(await asked()).toMatchObject({ Status: 'FAILED' });
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
    ).toMatchObject({
      Status: 'SUCCESS',
      Data: { Arn: 'arn:ours', DnsName: 'awseb-1-awsebloa.elb.amazonaws.com', HostedZoneId: 'ZONE-arn:ours' },
    });
  });

  test('that is not there fails the deployment', async () => {
    expect(await answerTo({ kind: 'LoadBalancer', properties: { DnsName: 'gone.elb.amazonaws.com' } })).toMatchObject({
      Status: 'FAILED',
      Reason: 'There is no load balancer at gone.elb.amazonaws.com.',
    });
  });
});

test.each([
  ['letters', 'x'.repeat(9_000)],
  ['letters of several bytes', 'é🙂'.repeat(2_000)],
  ['what JSON writes as more', '"\n\u0001'.repeat(2_000)],
])('a reason of very many %s is cut, for CloudFormation takes no answer over 4,096 bytes', async (_, text) => {
  const versions = [{ label: 'a', description: '', bundle: '', created: new Date(0) }];
  api.account.applications.set('thumbnails', versions);
  const { Reason, ...others } = await answerTo({
    kind: 'Version',
    properties: { Application: 'thumbnails', Label: text },
  });
  expect(Buffer.byteLength(JSON.stringify({ Reason, ...others }))).toBeLessThanOrEqual(4_096);
  const cut = String(Reason).slice('There is no application version '.length);
  expect(cut.endsWith('…')).toBe(true);
  expect(text.startsWith(cut.slice(0, -1))).toBe(true);
  expect(Buffer.from(cut).toString('utf8')).toBe(cut); // no half of a character
  expect(Buffer.byteLength(JSON.stringify(Reason))).toBeGreaterThan(2_990);
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
