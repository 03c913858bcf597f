import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { LambdaClient, ListEventSourceMappingsCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import {
  GetResourcesCommand,
  ResourceGroupsTaggingAPIClient,
  type ResourceTagMapping,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { CreateBucketCommand, ListBucketsCommand, PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { contributedReports, deploymentsSection } from '../../tools/deploy/contributed';
import { deploymentReport, type DeploymentReport } from '../../tools/deploy/report';
import { clientSettings } from '../../tools/emulator/aws';
import { cdk } from '../../tools/emulator/cdk';
import { withoutAws } from '../../tools/emulator/environment';
import { Ministack, missing } from '../../tools/emulator/ministack';
import { letBeEmptied } from '../../tools/emulator/pipeline';
import { describeUnless } from '../left-out';
import { run } from './deployment';

// `npm run deploy` and `npm run destroy` as a person runs them, from the checks to the look for what is left, on an emulator
// that really makes what it is asked for. Its app is test/emulated/app.ts: the app, less what the emulator has no type for.
// The tests are one story: each goes on where the one before it has ended.

jest.setTimeout(300_000);

const STACKS = ['Network', 'Lambda'];

describeUnless(missing(), 'the commands for an account, on an emulator', () => {
  let emulator: Ministack;
  let cloudFormation: CloudFormationClient;
  let lambda: LambdaClient;
  let s3: S3Client;
  let tagging: ResourceGroupsTaggingAPIClient;
  let out: string;

  beforeAll(async () => {
    emulator = await Ministack.start();
    out = mkdtempSync(path.join(tmpdir(), 'deployed-'));
    const settings = clientSettings(emulator);
    cloudFormation = new CloudFormationClient(settings);
    lambda = new LambdaClient(settings);
    s3 = new S3Client({ ...settings, forcePathStyle: true });
    tagging = new ResourceGroupsTaggingAPIClient(settings);
  });
  afterAll(async () => {
    for (const client of [cloudFormation, lambda, s3, tagging]) client.destroy();
    rmSync(out, { recursive: true, force: true });
    await emulator.stop();
  });

  /** Runs a command to its end, without a terminal. */
  const command = (
    name: 'deploy' | 'destroy',
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): ReturnType<typeof run> =>
    run(['--import', 'tsx', path.join('tools', `${name}.ts`), ...args, '--out', out], {
      // Set to nothing, a variable of a person's own account is none.
      ...Object.fromEntries(Object.keys(process.env).flatMap((each) => (each in withoutAws() ? [] : [[each, '']]))),
      ...emulator.environment,
      CDK_APP: 'node --import tsx test/emulated/app.ts',
      CDK_VALIDATION: 'false',
      ...env,
    });
  const reports = (): DeploymentReport[] =>
    readdirSync(out)
      .filter((name) => name.startsWith('deployment-'))
      .sort()
      .map((name) => deploymentReport.parse(JSON.parse(readFileSync(path.join(out, name), 'utf8'))));
  async function stacks(): Promise<Record<string, { status: string; outputs: Record<string, string> }>> {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand());
    return Object.fromEntries(
      Stacks.filter(({ StackName }) => StackName !== 'CDKToolkit').map(
        ({ StackName = '', StackStatus: status = '', Outputs = [] }) => [
          StackName,
          {
            status,
            outputs: Object.fromEntries(
              Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
            ),
          },
        ],
      ),
    );
  }
  async function pipelineConcurrency(): Promise<(number | undefined)[]> {
    const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand());
    return EventSourceMappings.map(({ ScalingConfig }) => ScalingConfig?.MaximumConcurrency);
  }
  async function tagged(): Promise<ResourceTagMapping[]> {
    const filter = { Key: 'compute-options:name', Values: ['compute'] };
    const { ResourceTagMappingList = [] } = await tagging.send(new GetResourcesCommand({ TagFilters: [filter] }));
    return ResourceTagMappingList;
  }

  test('an account that is not bootstrapped is refused, with the command that bootstraps it', async () => {
    const { status, output } = await command('deploy', [...STACKS, '--yes']);
    expect(output).toContain(
      'bootstrap = none in 000000000000/eu-central-1: 6 or newer is needed; run npx cdk bootstrap aws://000000000000/eu-central-1',
    );
    expect(status).toBe(1);
    expect(await stacks()).toEqual({});
    await cdk(emulator, ['bootstrap', 'aws://000000000000/eu-central-1']);
  });

  test('stacks are checked, deployed with progress, and held to the contract at their function URL', async () => {
    const { status, output } = await command('deploy', [...STACKS, '--yes']);
    expect(`${status}\n${status === 0 ? '' : output}`).toBe('0\n');

    // Before it
    expect(output).toContain('To account 000000000000 in eu-central-1, as arn:aws:iam::000000000000:root');
    expect(output).toMatch(/Network \(compute-Network\): new, \d+ resources/);
    expect(output).toMatch(/Lambda \(compute-Lambda\): new, \d+ resources/);
    expect(output).toMatch(/They delete themselves from \S+Z on/);
    // The emulator has no Service Quotas: that is said, and stops nothing.
    expect(output).toMatch(/VPCs per Region \(quota L-F678F1CE of vpc\) could not be read \([^)]+\): Network needs 1/);
    // Meanwhile
    expect(output).toMatch(/compute-Lambda \| +\d+\/\d+ \| .* CREATE_COMPLETE +\| AWS::Lambda::Function/);
    // After it
    expect(output).toMatch(/^Lambda: contract \d+ kept, 0 broken$/m);
    expect(output).toContain('To remove: npm run destroy -- Network Lambda');

    const standing = await stacks();
    expect(Object.entries(standing).map(([name, each]) => [name, each.status])).toEqual(
      expect.arrayContaining(STACKS.map((id) => [`compute-${id}`, 'CREATE_COMPLETE'])),
    );
    expect(JSON.parse(readFileSync(path.join(out, 'outputs.json'), 'utf8'))).toEqual(
      Object.fromEntries(Object.entries(standing).map(([name, { outputs }]) => [name, outputs])),
    );

    const [report, ...more] = reports();
    expect(more).toEqual([]);
    expect(report).toMatchObject({
      region: 'eu-central-1',
      against: 'emulator',
      options: {},
      stacks: STACKS.map((id) => ({ id, was: 'new' })),
      succeeded: true,
      minutesToRollBack: null,
      endpoints: [{ name: 'Lambda', contract: { failed: 0 } }],
      minutesToDestroy: null,
      left: null,
    });
    expect(report?.endpoints[0]?.contract?.passed).toBeGreaterThan(100);
    expect(report?.minutesToDeploy).toBeGreaterThan(0);
    expect(JSON.stringify(report)).not.toContain('000000000000');
  });

  test('a second deployment says which property of which resource it changes, and changes that one', async () => {
    expect(await pipelineConcurrency()).toEqual([2]);
    const { status, output } = await command('deploy', ['Lambda', '--yes', '-c', 'lambda.pipelineConcurrency=7']);
    expect(`${status}\n${status === 0 ? '' : output}`).toBe('0\n');
    const planned = output.slice(output.indexOf('To account'), output.indexOf('USD '));
    // The other one is that the stack deletes itself later, since it is deployed again.
    expect(planned).toContain(
      'Lambda (compute-Lambda): 2 updated in place; to those who use the service: no interruption',
    );
    expect(planned).toMatch(
      /^ +PipelineSource\w+ \(AWS::Lambda::EventSourceMapping\) updated in place: ScalingConfig$/m,
    );
    expect(planned).toMatch(/^ +ExpirySchedule\w* \(AWS::Scheduler::Schedule\) updated in place: StartDate$/m);
    expect(reports().at(-1)).toMatchObject({
      options: { 'lambda.pipelineConcurrency': '7' },
      stacks: [{ id: 'Lambda', was: 'changed' }],
      succeeded: true,
      endpoints: [{ name: 'Lambda', contract: { failed: 0 } }],
    });
    expect(await pipelineConcurrency()).toEqual([7]);
  });

  test('destroy takes the stacks away, finds nothing left, and completes the report', async () => {
    expect((await tagged()).length).toBeGreaterThan(0);
    const { Buckets = [] } = await s3.send(new ListBucketsCommand());
    // The emulator drops the tags of buckets, without which CDK's function empties none.
    for (const { Name = '' } of Buckets) if (!Name.startsWith('cdk-')) await letBeEmptied(s3, Name);

    const { status, output } = await command('destroy', [...STACKS, '--yes']);
    expect(`${status}\n${status === 0 ? '' : output}`).toBe('0\n');
    expect(output).toContain('Nothing is left that has their tags.');
    expect(await stacks()).toEqual({});
    expect((await lambda.send(new ListFunctionsCommand())).Functions).toEqual([]);
    expect(reports().at(-1)).toMatchObject({ left: [] });
    expect(reports().at(-1)?.minutesToDestroy).toBeGreaterThan(0);
  });

  test('docs/figures.md takes such a report of an account, and none of an emulator', () => {
    const folder = mkdtempSync(path.join(out, 'contributed-'));
    const report = reports().at(-1);
    const write = (against: string): void =>
      writeFileSync(path.join(folder, 'deployment.json'), JSON.stringify({ ...report, against }));
    write('emulator');
    expect(() => contributedReports(folder)).toThrow('is of an emulator, whose times say nothing of AWS');
    write('aws');
    expect(deploymentsSection(contributedReports(folder))).toMatch(
      /^\| \d{4}-\d\d-\d\d +\| eu-central-1 +\| Lambda \(changed\) +\| .*lambda\.pipelineConcurrency=7.* nothing +\|$/m,
    );
  });

  test('what is left of a stack is named, with the command that removes it, and is no success', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'left-behind' }));
    const TagSet = [
      { Key: 'compute-options:name', Value: 'compute' },
      { Key: 'compute-options:stack', Value: 'Lambda' },
    ];
    await s3.send(new PutBucketTaggingCommand({ Bucket: 'left-behind', Tagging: { TagSet } }));
    const { status, output } = await command('destroy', ['Lambda', '--yes']);
    expect(output).toContain('none of compute-Lambda stands in eu-central-1');
    expect(output).toContain('aws s3 rb s3://left-behind --force --region eu-central-1');
    expect(status).toBe(1);
  });
});
