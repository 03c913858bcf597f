import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  type StackEvent,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import {
  GetFunctionConfigurationCommand,
  GetFunctionUrlConfigCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
} from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { FRAMEWORKS, packageState } from '../../packaging/framework-packages';
import type { Template } from '../../tools/change/template';
import { adaptAssembly, assetKeys } from '../../tools/emulator/assembly';
import { clientSettings } from '../../tools/emulator/aws';
import { cdk, runCdk } from '../../tools/emulator/cdk';
import { serveFunctionAddress } from '../../tools/emulator/function-address';
import { Ministack, missing } from '../../tools/emulator/ministack';
import { NOT_PLAYED_END_TO_END } from '../../tools/emulator/not-played';
import { DeployedPipeline, letBeEmptied } from '../../tools/emulator/pipeline';
import { describeUnless } from '../left-out';
import { appWith } from '../synthesis';
import { run } from './deployment';
import { Ec2 } from './ec2';

// What a person does with an account, from the first command to the last, by the CDK CLI itself on an emulator that really
// runs, rolls back and removes. What came of each command is read back by the API of the service, and not from its words.
// The tests are one story: each goes on where the one before it has ended.

// The CDK CLI runs in most of them, on a machine that may be busy.
jest.setTimeout(600_000);

const WIDTHS = [64, 128];
/** The frameworks whose packages are not built from the sources as they are. */
const NOT_BUILT = FRAMEWORKS.filter(({ name }) => 'stale' in packageState(name)).map(({ name }) => name);
const STACKS = ['Network', 'Registry', 'Lambda', ...(NOT_BUILT.length === 0 ? ['Frameworks'] : [])];
/** The emulator runs functions by the Node.js of this machine, and has no other runtime of Lambda. */
const RUN_HERE = FRAMEWORKS.filter(({ language }) => language === 'Node.js');
const PHOTOGRAPH = readFileSync(path.join(__dirname, '..', '..', 'contract', 'photographs', 'cat.jpg'));

/** A queue that no CloudFormation makes: the longest delay is 900 s. */
const withBrokenQueue = (template: Template): Template => ({
  ...template,
  Resources: {
    ...template.Resources,
    Broken: {
      Type: 'AWS::SQS::Queue',
      Properties: { DelaySeconds: 99_999 },
      // After all that changes: then there is something to roll back.
      DependsOn: Object.entries(template.Resources ?? {}).flatMap(([id, { Type }]) =>
        /^AWS::Lambda::(Function|EventSourceMapping|Alias)$/.test(Type) ? [id] : [],
      ),
    },
  },
});

describeUnless(missing(), 'from bootstrap to destroy by the CDK CLI, on an emulator', () => {
  let emulator: Ministack;
  let cloudFormation: CloudFormationClient;
  let lambda: LambdaClient;
  let s3: S3Client;
  let sqs: SQSClient;
  let dynamodb: DynamoDBClient;
  let ecr: ECRClient;
  let folder: string;
  const leftOut = new Set<string>();
  const counts: Record<string, number> = {};
  const count = (what: string, by: number): void => void (counts[what] = (counts[what] ?? 0) + by);

  beforeAll(async () => {
    emulator = await Ministack.start();
    folder = mkdtempSync(path.join(tmpdir(), 'end-to-end-'));
    const settings = clientSettings(emulator);
    cloudFormation = new CloudFormationClient(settings);
    lambda = new LambdaClient(settings);
    s3 = new S3Client({ ...settings, forcePathStyle: true });
    sqs = new SQSClient(settings);
    dynamodb = new DynamoDBClient(settings);
    ecr = new ECRClient(settings);
  });
  afterAll(async () => {
    for (const client of [cloudFormation, lambda, s3, sqs, dynamodb, ecr]) client.destroy();
    rmSync(folder, { recursive: true, force: true });
    await emulator.stop();
    const lines = [
      `end to end on ministack: ${Object.entries(counts)
        .map(([what, n]) => `${n} ${what}`)
        .join(', ')}`,
      'deployed without',
      ...[...leftOut].sort().map((line) => `  ministack, ${line}`),
    ];
    process.stderr.write(`${lines.join('\n')}\n`);
  });

  /** An assembly as the app synthesises it, and as the emulator plays it. */
  function assembly(
    options: Readonly<Record<string, unknown>>,
    change?: (template: Template, stackId: string) => Template,
  ): string {
    const { directory } = appWith({ 'lambda.pipelineWidths': WIDTHS, ...options }, undefined, { staged: true }).synth();
    const without = adaptAssembly(directory, { notPlayed: NOT_PLAYED_END_TO_END, ...(change && { change }) });
    for (const id of STACKS) for (const line of without[id] ?? []) leftOut.add(`${id}: ${line}`);
    return directory;
  }
  const deploy = (directory: string, stacks: readonly string[]) =>
    runCdk(emulator, [
      ...['deploy', ...stacks, '--app', directory, '--exclusively'],
      ...['--require-approval', 'never', '--concurrency', '3'],
    ]);

  async function stacks(): Promise<Record<string, string>> {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand());
    return Object.fromEntries(Stacks.map(({ StackName = '', StackStatus = '' }) => [StackName, StackStatus]));
  }
  async function resources(StackName: string): Promise<Record<string, { id: string; type: string }>> {
    const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName }));
    return Object.fromEntries(
      StackResources.map(({ LogicalResourceId = '', PhysicalResourceId: id = '', ResourceType: type = '' }) => [
        LogicalResourceId,
        { id, type },
      ]),
    );
  }
  const idsOf = async (StackName: string, type: string): Promise<string[]> =>
    Object.values(await resources(StackName)).flatMap((each) => (each.type === type ? [each.id] : []));
  async function outputs(StackName: string): Promise<Record<string, string>> {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    return Object.fromEntries(
      (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  }
  /** What has happened to a stack and its resources so far. */
  async function events(StackName: string): Promise<StackEvent[]> {
    const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
    return StackEvents;
  }
  async function templateOf(StackName: string): Promise<NonNullable<Template['Resources']>> {
    const { TemplateBody = '{}' } = await cloudFormation.send(new GetTemplateCommand({ StackName }));
    return (JSON.parse(TemplateBody) as Template).Resources ?? {};
  }
  const bucketsNow = async (): Promise<string[]> => {
    const { Buckets = [] } = await s3.send(new ListBucketsCommand());
    return Buckets.map(({ Name = '' }) => Name);
  };
  const functionsNow = async (): Promise<string[]> => {
    const { Functions = [] } = await lambda.send(new ListFunctionsCommand());
    return Functions.map(({ FunctionName = '' }) => FunctionName);
  };
  async function pipelineOf(StackName: string): Promise<DeployedPipeline> {
    const { UploadTo = '', DeadLetterQueueUrl = '' } = await outputs(StackName);
    return new DeployedPipeline(emulator, /^s3:\/\/([^/]+)\//.exec(UploadTo)?.[1] ?? '', DeadLetterQueueUrl, WIDTHS);
  }

  /** The service's function and the pipeline's, as they are now. */
  async function settingsNow(StackName: string) {
    const { FunctionName = '' } = await outputs(StackName);
    const { MemorySize } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: 'live' }));
    const { Versions = [] } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }));
    const mappings = await idsOf(StackName, 'AWS::Lambda::EventSourceMapping');
    const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand());
    const own = EventSourceMappings.filter(({ UUID = '' }) => mappings.includes(UUID));
    return {
      MemorySize,
      versions: Versions.length,
      atOnce: own.map(({ ScalingConfig }) => ScalingConfig?.MaximumConcurrency),
    };
  }

  let first: string;

  test('bootstraps an account that has nothing', async () => {
    expect(await bucketsNow()).toEqual([]);
    first = assembly({});
    await cdk(emulator, ['bootstrap', '--app', first]);
    expect(await stacks()).toEqual({ CDKToolkit: 'CREATE_COMPLETE' });
    const [staging = ''] = await idsOf('CDKToolkit', 'AWS::S3::Bucket');
    expect(await bucketsNow()).toEqual([staging]);
  });

  test('deploys, and every resource of the templates is there by the API of its service', async () => {
    const { status, output } = await deploy(first, STACKS);
    expect(`${status}\n${status === 0 ? '' : output}`).toBe('0\n');
    expect(await stacks()).toEqual(
      Object.fromEntries([
        ...STACKS.map((id) => [`compute-${id}`, 'CREATE_COMPLETE']),
        ['CDKToolkit', 'CREATE_COMPLETE'],
      ]),
    );
    for (const id of STACKS) {
      const template = JSON.parse(readFileSync(path.join(first, `${id}.template.json`), 'utf8')) as Template;
      const made = await resources(`compute-${id}`);
      expect(Object.keys(made).sort()).toEqual(Object.keys(template.Resources ?? {}).sort());
      count('resources by CloudFormation', Object.keys(made).length);
    }
    const all = (type: string) =>
      Promise.all(STACKS.map((id) => idsOf(`compute-${id}`, type))).then((ids) => ids.flat());
    const [staging = ''] = await idsOf('CDKToolkit', 'AWS::S3::Bucket');
    const readBack = {
      functions: [await functionsNow(), await all('AWS::Lambda::Function')],
      buckets: [(await bucketsNow()).filter((name) => name !== staging), await all('AWS::S3::Bucket')],
      queues: [(await sqs.send(new ListQueuesCommand())).QueueUrls ?? [], await all('AWS::SQS::Queue')],
      tables: [
        (await dynamodb.send(new ListTablesCommand())).TableNames ?? [],
        await all('AWS::DynamoDB::GlobalTable'),
      ],
      repositories: [
        ((await ecr.send(new DescribeRepositoriesCommand())).repositories ?? [])
          .map(({ repositoryName = '' }) => repositoryName)
          .filter((name) => !name.startsWith('cdk-')),
        await all('AWS::ECR::Repository'),
      ],
    };
    for (const [what, [found = [], meant = []]] of Object.entries(readBack)) {
      expect([what, found.toSorted()]).toEqual([what, meant.toSorted()]);
      count(`${what} read back`, found.length);
    }
    const network = await new Ec2(emulator.url, readFileSync(emulator.certificate, 'utf8')).network(
      (await outputs('compute-Network'))['VpcId'] ?? '',
    );
    expect(network.subnets).toHaveLength((await all('AWS::EC2::Subnet')).length);
    count('subnets read back', network.subnets.length);
  });

  /** How many tests of the contract a function URL passes; all of them, or this throws. */
  async function keptContract(FunctionName: string): Promise<number> {
    const { FunctionUrl = '' } = await lambda.send(
      new GetFunctionUrlConfigCommand({ FunctionName, Qualifier: 'live' }),
    );
    const address = await serveFunctionAddress(emulator, FunctionUrl);
    try {
      const { status, output } = await run(
        ['--import', 'tsx', path.join('tools', 'contract.ts'), address.byAddress, '--timeout', '60'],
        {},
      );
      const [, passed] = /^Tests: +(\d+) passed/m.exec(output) ?? [];
      expect(`${status}\n${status === 0 ? '' : output}`).toBe('0\n');
      count('tests of the contract', Number(passed));
      return Number(passed);
    } finally {
      address.close();
    }
  }

  test('keeps the contract at its function URL', async () => {
    const { FunctionName = '' } = await outputs('compute-Lambda');
    expect(await keptContract(FunctionName)).toBeGreaterThan(100);
  });

  describeUnless(
    NOT_BUILT.length > 0 ? `not built: ${NOT_BUILT.join(', ')}; npm run frameworks` : undefined,
    'the web frameworks',
    () => {
      test('on Node.js keep the contract, thumbnails included', async () => {
        const made = await resources('compute-Frameworks');
        for (const { title } of RUN_HERE) {
          const [, { id = '' } = {}] =
            Object.entries(made).find(
              ([name, { type }]) => type === 'AWS::Lambda::Function' && name.startsWith(title),
            ) ?? [];
          expect(await keptContract(id)).toBeGreaterThan(50);
        }
      });
    },
  );

  test('makes thumbnails of an upload', async () => {
    const pipeline = await pipelineOf('compute-Lambda');
    const { thumbnails } = await pipeline.make(PHOTOGRAPH, new AbortController().signal);
    expect(thumbnails.map(({ width, type }) => [width, type])).toEqual(WIDTHS.map((width) => [width, 'image/webp']));
    count('thumbnails', thumbnails.length);
    pipeline.close();
  });

  test('an update of one option changes that property of one resource, and replaces none', async () => {
    const before = { resources: await resources('compute-Lambda'), template: await templateOf('compute-Lambda') };
    const { versions } = await settingsNow('compute-Lambda');
    const second = assembly({ 'lambda.pipelineConcurrency': 7 });
    // Under the keys of the first, CloudFormation would get the template of before.
    const keys = assetKeys(first)['Lambda'] ?? [];
    expect(assetKeys(second)['Lambda']?.filter((key) => !keys.includes(key))).toHaveLength(1);
    expect((await deploy(second, ['Lambda'])).status).toBe(0);
    const after = await templateOf('compute-Lambda');
    const changed = Object.entries(after).filter(
      ([id, resource]) => JSON.stringify(resource) !== JSON.stringify(before.template[id]),
    );
    expect(changed.map(([, { Type }]) => Type)).toEqual(['AWS::Lambda::EventSourceMapping']);
    expect(await resources('compute-Lambda')).toEqual(before.resources);
    expect(await settingsNow('compute-Lambda')).toEqual({ MemorySize: 1_024, versions, atOnce: [7] });
  });

  test('an update that fails rolls back to the values of before', async () => {
    const before = await settingsNow('compute-Lambda');
    const happened = new Set((await events('compute-Lambda')).map(({ EventId }) => EventId));
    const broken = assembly({ 'lambda.memoryMiB': 2_048, 'lambda.pipelineConcurrency': 3 }, (template, id) =>
      id === 'Lambda' ? withBrokenQueue(template) : template,
    );
    const { status, output } = await deploy(broken, ['Lambda']);
    expect(status).not.toBe(0);
    expect(output).toContain('Broken');
    const changed = (await events('compute-Lambda')).filter(
      ({ EventId, ResourceStatus, ResourceType }) =>
        !happened.has(EventId) && ResourceStatus === 'UPDATE_COMPLETE' && ResourceType === 'AWS::Lambda::Function',
    );
    // It was changed before it was changed back.
    expect(changed.length).toBeGreaterThan(0);
    expect((await stacks())['compute-Lambda']).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await settingsNow('compute-Lambda')).toEqual(before);
    expect(Object.keys(await resources('compute-Lambda'))).not.toContain('Broken');
    expect((await sqs.send(new ListQueuesCommand())).QueueUrls?.filter((url) => url.includes('Broken')) ?? []).toEqual(
      [],
    );
  });

  test('a second copy of the app stands beside the first, shares nothing with it, and goes without it', async () => {
    const other = assembly({ name: 'other' });
    expect((await deploy(other, ['Lambda'])).status).toBe(0);
    const [own, others] = await Promise.all(
      ['compute-Lambda', 'other-Lambda'].map(async (name) => Object.values(await resources(name)).map(({ id }) => id)),
    );
    expect(others?.filter((id) => own?.includes(id))).toEqual([]);
    expect(others?.length).toBe(own?.length);
    const pipeline = await pipelineOf('other-Lambda');
    const { thumbnails } = await pipeline.make(PHOTOGRAPH, new AbortController().signal);
    expect(thumbnails).toHaveLength(WIDTHS.length);
    pipeline.close();
    await destroy(other, ['Lambda'], ['other-Lambda']);
    expect(Object.keys(await stacks())).not.toContain('other-Lambda');
    expect((await stacks())['compute-Lambda']).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect((await functionsNow()).filter((name) => name.startsWith('other-'))).toEqual([]);
    const still = await pipelineOf('compute-Lambda');
    expect((await still.make(PHOTOGRAPH, new AbortController().signal)).thumbnails).toHaveLength(WIDTHS.length);
    still.close();
  });

  /** The emulator drops the tags of buckets, without which CDK's function empties none. */
  async function destroy(directory: string, ids: readonly string[], names: readonly string[]): Promise<void> {
    for (const name of names) for (const bucket of await idsOf(name, 'AWS::S3::Bucket')) await letBeEmptied(s3, bucket);
    await cdk(emulator, ['destroy', ...ids, '--force', '--exclusively', '--app', directory]);
  }

  test('destroy leaves nothing but the bootstrap stack', async () => {
    await destroy(
      first,
      STACKS,
      STACKS.map((id) => `compute-${id}`),
    );
    expect(await stacks()).toEqual({ CDKToolkit: 'CREATE_COMPLETE' });
    expect(await bucketsNow()).toEqual(await idsOf('CDKToolkit', 'AWS::S3::Bucket'));
    expect(await functionsNow()).toEqual([]);
    expect((await sqs.send(new ListQueuesCommand())).QueueUrls ?? []).toEqual([]);
    expect((await dynamodb.send(new ListTablesCommand())).TableNames).toEqual([]);
    const { repositories = [] } = await ecr.send(new DescribeRepositoriesCommand());
    expect(repositories.map(({ repositoryName = '' }) => repositoryName)).toEqual(
      await idsOf('CDKToolkit', 'AWS::ECR::Repository'),
    );
    const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand());
    expect(EventSourceMappings).toEqual([]);
  });
});
