import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  type Action,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import { overlap } from '../../tools/change/rules/subnets';
import { describeUnless } from '../left-out';
import { deployLambdaStack } from './deployment';
import { Ec2, type Network } from './ec2';
import { EmulatedStacks } from './emulated-stacks';
import { Fakecloud, missingFakecloud } from './fakecloud';
import { Ministack, missing } from '../../tools/emulator/ministack';
import { NOT_PLAYED_BY_FAKECLOUD, NOT_PLAYED_WITHOUT_ASSETS, NOT_SHOWN } from '../../tools/emulator/not-played';

// Options are changed on stacks that stand, and back: what AWS then has is read back each time.

const CERTIFICATE = 'arn:aws:acm:eu-central-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef';
const CREDENTIALS = { region: 'eu-central-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

/** What the stacks were deployed without: `ministack, Fargate: AWS::CloudWatch::Dashboard (why)`. */
const leftOut = new Set<string>();
const noteLeftOut = (emulator: string, lines: Iterable<string>): void => {
  for (const line of lines) leftOut.add(`  ${emulator}, ${line}`);
};

afterAll(() => {
  const lines = [
    'deployed without',
    ...[...leftOut].sort(),
    'what no emulator shows',
    ...NOT_SHOWN.map((each) => `  ${each}`),
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
});

/** The physical id of each resource of a stack. */
async function physicalIds(client: CloudFormationClient, StackName: string): Promise<ReadonlyMap<string, string>> {
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }));
  return new Map(
    StackResources.map(({ LogicalResourceId = '', PhysicalResourceId = '' }) => [
      LogicalResourceId,
      PhysicalResourceId,
    ]),
  );
}

/** What a load balancer answers on each port, and through which target groups. */
async function listenersOf(client: ElasticLoadBalancingV2Client, arn: string) {
  const described = await client.send(new DescribeListenersCommand({ LoadBalancerArn: arn }));
  const read = (described.Listeners ?? []).map(async ({ ListenerArn = '', Port = 0, DefaultActions = [] }) => {
    const { Rules = [] } = await client.send(new DescribeRulesCommand({ ListenerArn }));
    const actions = [...DefaultActions, ...Rules.flatMap(({ Actions = [] }) => Actions)];
    return [
      Port,
      {
        ListenerArn,
        redirects: [...new Set(actions.flatMap(redirectOf))],
        targetGroups: [...new Set(actions.flatMap(targetsOf))],
      },
    ] as const;
  });
  return new Map(await Promise.all(read));
}
const redirectOf = ({ RedirectConfig }: Action): string[] =>
  RedirectConfig ? [`${RedirectConfig.Protocol} ${RedirectConfig.Port}`] : [];
const targetsOf = ({ TargetGroupArn, ForwardConfig }: Action): string[] => [
  ...(TargetGroupArn === undefined ? [] : [TargetGroupArn]),
  ...(ForwardConfig?.TargetGroups ?? []).flatMap((group) => group.TargetGroupArn ?? []),
];

/** From HTTP to HTTPS and back, on a stack with a load balancer; what is read back after each step. */
async function toHttpsAndBack(
  stacks: EmulatedStacks,
  balancing: ElasticLoadBalancingV2Client,
  stackId: string,
  options: Readonly<Record<string, unknown>>,
  openPorts?: (group: string) => Promise<string[]>,
) {
  const read = async () => {
    const { LoadBalancers = [] } = await balancing.send(new DescribeLoadBalancersCommand());
    expect(LoadBalancers).toHaveLength(1);
    const [{ LoadBalancerArn = '', SecurityGroups: [group = ''] = [] } = {}] = LoadBalancers;
    return {
      LoadBalancerArn,
      group,
      open: await openPorts?.(group),
      listeners: await listenersOf(balancing, LoadBalancerArn),
    };
  };
  await stacks.deploy(stackId, options);
  const before = await read();
  await stacks.deploy(stackId, { ...options, 'access.certificateArn': CERTIFICATE });
  const secured = await read();
  await stacks.deploy(stackId, options);
  const after = await read();

  expect([...before.listeners.keys()]).toEqual([80]);
  const http = before.listeners.get(80);
  expect(http).toMatchObject({ redirects: [], targetGroups: [expect.stringContaining(':targetgroup/')] });
  // One listener on port 80 from the first day to the last, and one target group, now behind port 443.
  expect([...secured.listeners.keys()].sort()).toEqual([443, 80]);
  expect(secured.listeners.get(80)).toEqual({
    ListenerArn: http?.ListenerArn,
    redirects: ['HTTPS 443'],
    targetGroups: [],
  });
  expect(secured.listeners.get(443)).toMatchObject({ redirects: [], targetGroups: http?.targetGroups });
  expect(secured.LoadBalancerArn).toBe(before.LoadBalancerArn);
  expect(after).toEqual(before);
  return { before, secured };
}

/** Changes the network and changes it back: what was there stays, what comes overlaps with nothing, and all of it goes. */
async function changeNetwork(stacks: EmulatedStacks, ec2: Ec2, options: Readonly<Record<string, unknown>>) {
  const read = async (): Promise<Network> => ec2.network((await stacks.outputs('compute-Network'))['VpcId'] ?? '');
  await stacks.deploy('Network', {});
  const before = await read();
  await stacks.deploy('Network', options);
  const changed = await read();
  await stacks.deploy('Network', {});
  expect(before.subnets).toHaveLength(2);
  const identities = ({ subnets }: Network) => subnets.map(({ id, block, zone }) => `${id} ${block} ${zone}`);
  expect(identities(changed)).toEqual(expect.arrayContaining(identities(before)));
  expect(overlapping(changed)).toEqual([]);
  expect(await read()).toEqual(before);
  return { before, changed };
}

const overlapping = ({ subnets }: Network): string[] =>
  subnets.flatMap(({ block }, n) =>
    subnets.slice(n + 1).flatMap((other) => (overlap(block, other.block) ? `${block} ${other.block}` : [])),
  );

describeUnless(missing(), 'options changed and changed back on ministack', () => {
  let emulator: Ministack;
  let stacks: EmulatedStacks;
  let client: { endpoint: string };

  beforeAll(async () => {
    emulator = await Ministack.start();
    const httpsAgent = new Agent({ ca: readFileSync(emulator.certificate) });
    client = { ...CREDENTIALS, endpoint: emulator.url, ...{ requestHandler: { httpsAgent } } };
    stacks = new EmulatedStacks(new CloudFormationClient(client), NOT_PLAYED_WITHOUT_ASSETS);
  });
  afterAll(async () => {
    noteLeftOut('ministack', stacks.leftOut);
    await emulator.stop();
  });

  test('a network gets a third zone, and gives it back', async () => {
    const { changed } = await changeNetwork(stacks, new Ec2(emulator.url, readFileSync(emulator.certificate, 'utf8')), {
      'network.zones': 3,
    });
    expect(new Set(changed.subnets.map(({ zone }) => zone)).size).toBe(3);
  });

  test('a service on Fargate goes from HTTP to HTTPS and back behind one listener on port 80', async () => {
    await toHttpsAndBack(stacks, new ElasticLoadBalancingV2Client(client), 'Fargate', {});
  });

  test('a function gets more memory as a new version behind the same alias and address, and the same way back', async () => {
    const lambda = new LambdaClient(client);
    const read = async () => {
      const ids = await physicalIds(new CloudFormationClient(client), 'compute-Lambda');
      const [, FunctionName = ''] = [...ids].find(([id]) => /^Service[0-9A-F]{8}$/.test(id)) ?? [];
      const { FunctionVersion } = await lambda.send(new GetAliasCommand({ FunctionName, Name: 'live' }));
      const { MemorySize } = await lambda.send(
        new GetFunctionConfigurationCommand({ FunctionName, Qualifier: 'live' }),
      );
      const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand());
      return {
        FunctionName,
        version: Number(FunctionVersion),
        MemorySize,
        atOnce: EventSourceMappings.map(({ ScalingConfig }) => ScalingConfig?.MaximumConcurrency),
        answers: await statusOf(lambda, FunctionName),
      };
    };
    const changed = { 'lambda.memoryMiB': 2_048, 'lambda.pipelineConcurrency': 7 };
    const first = await deployLambdaStack(emulator, {});
    const before = await read();
    const second = await deployLambdaStack(emulator, changed);
    const larger = await read();
    const third = await deployLambdaStack(emulator, {});
    const after = await read();
    noteLeftOut(
      'ministack',
      first.leftOut.map((line) => `Lambda: ${line}`),
    );

    expect(before).toMatchObject({ MemorySize: 1_024, atOnce: [2], answers: 200 });
    expect(larger).toEqual({ ...before, version: before.version + 1, MemorySize: 2_048, atOnce: [7] });
    expect(after).toEqual({ ...before, version: before.version + 2 });
    expect([second.outputs, third.outputs]).toEqual([first.outputs, first.outputs]);
  });
});

/** What the version that is live answers to a request for its health. */
async function statusOf(lambda: LambdaClient, FunctionName: string): Promise<unknown> {
  const request = {
    version: '2.0',
    rawPath: '/health',
    rawQueryString: '',
    headers: {},
    requestContext: { http: { method: 'GET', path: '/health' } },
  };
  const { Payload } = await lambda.send(
    new InvokeCommand({ FunctionName, Qualifier: 'live', Payload: JSON.stringify(request) }),
  );
  return (JSON.parse(Buffer.from(Payload ?? []).toString()) as { statusCode?: unknown }).statusCode;
}

describeUnless(missingFakecloud, 'options changed and changed back on fakecloud', () => {
  let emulator: Fakecloud;
  let stacks: EmulatedStacks;
  let client: { endpoint: string };
  let ec2: Ec2;

  beforeEach(async () => {
    emulator = await Fakecloud.start();
    client = { ...CREDENTIALS, endpoint: emulator.url };
    stacks = new EmulatedStacks(new CloudFormationClient(client), NOT_PLAYED_BY_FAKECLOUD);
    ec2 = new Ec2(emulator.url);
  });
  afterEach(async () => {
    noteLeftOut('fakecloud', stacks.leftOut);
    await emulator.stop();
  });

  test('a network gets a NAT gateway with private subnets, and gives them back with the address', async () => {
    const { before, changed } = await changeNetwork(stacks, ec2, { 'network.natGateways': 1 });
    expect(before).toMatchObject({ natGatewaysIn: [], addresses: 0, waysThroughNat: 0 });
    expect(changed.subnets).toHaveLength(4);
    expect(changed).toMatchObject({ addresses: 1, waysThroughNat: 2 });
    expect(before.subnets.map(({ id }) => id)).toContain(changed.natGatewaysIn[0]);
  });

  test.each([
    [{ 'network.zones': 3 }, 3],
    [{ 'network.zones': 3, 'network.natGateways': 3 }, 6],
    [{ preset: 'production', 'access.certificateArn': CERTIFICATE }, 4],
  ])('a network is changed to %o and back, and every subnet that stays is the same', async (options, subnets) => {
    const { changed } = await changeNetwork(stacks, ec2, options);
    expect(changed.subnets).toHaveLength(subnets);
  });

  test('several instances go from HTTP to HTTPS and back: port 443 opens and closes, port 80 is one listener', async () => {
    const balancing = new ElasticLoadBalancingV2Client(client);
    const openPorts = (group: string): Promise<string[]> => ec2.openPorts(group);
    const { before, secured } = await toHttpsAndBack(stacks, balancing, 'Ec2', { 'ec2.instances': 2 }, openPorts);
    expect(before.open).toEqual(['80 0.0.0.0/0']);
    expect(secured).toMatchObject({ group: before.group, open: ['443 0.0.0.0/0', '80 0.0.0.0/0'] });
  });
});
