import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeApplicationsCommand,
  DescribeApplicationVersionsCommand,
  DescribeConfigurationSettingsCommand,
  DescribeEnvironmentsCommand,
  ElasticBeanstalkClient,
} from '@aws-sdk/client-elastic-beanstalk';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { zipSync } from 'fflate';
import { freePort } from '../../contract/runtime/free-port';
import { version } from '../../lambda/beanstalk/version';
import { ownSourceBundle } from '../../lib/beanstalk/source-bundle';
import { main } from '../../tools/beanstalk';
import { appWith } from '../synthesis';
import type { CloudFormationTemplate } from '../template';
import { describeUnless } from '../left-out';

// The stack itself, deployed to an emulator by CloudFormation's API and read back by the SDK, from the first version to
// the last resource. What an emulator takes that AWS refuses is tried against strict-api.ts.

const FAKECLOUD = process.env['FAKECLOUD'] ?? path.join(__dirname, '..', '..', '..', 'shared', 'tools', 'fakecloud');
const missing = existsSync(FAKECLOUD) ? undefined : 'fakecloud is not here; FAKECLOUD says where it is';

const NETWORK = 'compute-Network';
const BEANSTALK = 'compute-Beanstalk';
/** Where `cdk deploy` uploads to, in the emulator's account. */
const ASSETS = 'cdk-hnb659fds-assets-123456789012-eu-central-1';

describeUnless(missing, 'Elastic Beanstalk on an emulator', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'beanstalk-emulated-'));
  let emulator: ChildProcess;

  beforeAll(async () => {
    const port = await freePort();
    emulator = spawn(FAKECLOUD, { env: { ...process.env, FAKECLOUD_ADDR: `127.0.0.1:${port}` }, stdio: 'ignore' });
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
    await answering(`http://127.0.0.1:${port}`);
    await new S3Client().send(new CreateBucketCommand({ Bucket: ASSETS }));
  }, 30_000);

  afterAll(async () => {
    const ended = new Promise((resolve) => emulator.once('exit', resolve));
    emulator.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  });

  /** The options that deploy this program. */
  const program = (text: string): Record<string, string> => {
    const file = path.join(folder, 'app.zip');
    writeFileSync(file, zipSync({ 'application.go': Buffer.from(text) }, { mtime: new Date(2020, 0, 1) }));
    return { 'beanstalk.platform': 'go', 'beanstalk.bundle': file };
  };
  const labelOf = (options: Record<string, string>): string =>
    ownSourceBundle(options['beanstalk.bundle'] ?? '', 'go', 'arm64').versionLabel;

  test('a version is deployed, followed by another, rolled back to, declared, and nothing is left at the end', async () => {
    const first = labelOf(program('package main // 1'));
    const declared = await deploy(program('package main // 1'));
    const { EnvironmentName = '', ...environment } = await onlyEnvironment();
    expect(environment).toMatchObject({ Status: 'Ready', VersionLabel: first, Tier: { Name: 'WebServer' } });

    // Everything that the template says arrived, and every reference as a value.
    const read = await settingsOf(environment.ApplicationName, EnvironmentName);
    for (const { Namespace, OptionName, Value } of declaredSettings(declared)) {
      const value = read.get(`${Namespace} ${OptionName}`);
      expect([OptionName, value]).toEqual([OptionName, typeof Value === 'string' ? Value : expect.stringMatching(ID)]);
    }
    expect(await lifecycle()).toMatchObject({ Enabled: true, MaxCount: 20, DeleteSourceFromS3: true });
    expect(await versions()).toEqual([first]);

    const second = labelOf(program('package main // 2'));
    await deploy(program('package main // 2'));
    expect((await onlyEnvironment()).VersionLabel).toBe(second);
    expect((await versions()).sort()).toEqual([first, second].sort());

    // In a hurry: Elastic Beanstalk runs the first, CloudFormation still says the second.
    expect(await beanstalk('rollback', first, '--yes')).toContain(`from ${second} to ${first}`);
    expect((await onlyEnvironment()).VersionLabel).toBe(first);
    expect(await beanstalk('versions')).toMatch(new RegExp(`${first}.* runs\n|${first}.* runs$`, 'm'));

    // And declared: both say the first, in the same environment, and no version was added or lost.
    await deploy({ 'beanstalk.platform': 'go', 'beanstalk.version': first });
    expect(await onlyEnvironment()).toMatchObject({ EnvironmentName, VersionLabel: first });
    expect(await beanstalk('versions')).toMatch(new RegExp(`${first}.* runs, in CloudFormation`));
    expect((await versions()).sort()).toEqual([first, second].sort());

    await destroy();
    const client = new ElasticBeanstalkClient();
    expect((await client.send(new DescribeApplicationsCommand())).Applications).toEqual([]);
    expect((await client.send(new DescribeEnvironmentsCommand())).Environments ?? []).toEqual([]);
    expect(await versions()).toEqual([]);
  }, 30_000);
});

const ID = /^[^{}$]+$/;

async function answering(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The templates as CDK makes them, without the check of its bootstrap stack, which has no part in this. */
function templatesOf(options: Record<string, string>): Record<string, CloudFormationTemplate> {
  const stacks = appWith(options).node.children.filter(Stack.isStack);
  return Object.fromEntries(
    stacks
      .filter(({ stackName }) => [NETWORK, BEANSTALK].includes(stackName))
      .map((stack) => {
        const { Rules: _rules, Parameters: _parameters, ...template } = Template.fromStack(stack).toJSON();
        return [stack.stackName, template as CloudFormationTemplate];
      }),
  );
}

/**
 * Creates or updates both stacks, and does for their version what CloudFormation has our function do.
 *
 * @returns the template of the environment
 */
async function deploy(options: Record<string, string>): Promise<CloudFormationTemplate | undefined> {
  const cloudFormation = new CloudFormationClient();
  const templates = templatesOf(options);
  // What the functions are made of counts for nothing here: the emulator runs none.
  for (const [Key] of JSON.stringify(templates).matchAll(/[0-9a-f]{64}\.zip/g))
    await new S3Client().send(new PutObjectCommand({ Bucket: ASSETS, Key, Body: zipSync({}) }));
  for (const StackName of [NETWORK, BEANSTALK]) {
    const stack = {
      StackName,
      TemplateBody: JSON.stringify(templates[StackName]),
      Capabilities: ['CAPABILITY_IAM' as const],
    };
    const exists = await cloudFormation.send(new DescribeStacksCommand({ StackName })).then(
      () => true,
      () => false,
    );
    await cloudFormation.send(exists ? new UpdateStackCommand(stack) : new CreateStackCommand(stack));
    expect([await settled(StackName), await failuresOf(StackName)]).toEqual([
      expect.stringMatching(/^(CREATE|UPDATE)_COMPLETE$/),
      [],
    ]);
  }
  // The emulator passes custom resources over, having no way to run a function.
  await runVersion(templates[BEANSTALK]);
  return templates[BEANSTALK];
}

/** Status of a stack once nothing is under way; undefined when it is gone. */
async function settled(StackName: string): Promise<string | undefined> {
  for (;;) {
    const stacks = await new CloudFormationClient().send(new DescribeStacksCommand({ StackName })).then(
      ({ Stacks = [] }) => Stacks,
      () => [],
    );
    const status = stacks[0]?.StackStatus;
    if (!status?.endsWith('_IN_PROGRESS')) return status;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function failuresOf(StackName: string): Promise<(string | undefined)[]> {
  const { StackEvents = [] } = await new CloudFormationClient().send(new DescribeStackEventsCommand({ StackName }));
  return StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED')).map(
    ({ LogicalResourceId = '', ResourceStatusReason = '' }) => `${LogicalResourceId}: ${ResourceStatusReason}`,
  );
}

async function runVersion(template: CloudFormationTemplate | undefined): Promise<void> {
  const { StackResources = [] } = await new CloudFormationClient().send(
    new DescribeStackResourcesCommand({ StackName: BEANSTALK }),
  );
  const physical = new Map(
    StackResources.map(({ LogicalResourceId, PhysicalResourceId }) => [LogicalResourceId, PhysicalResourceId]),
  );
  const resource = Object.values(template?.Resources ?? {}).find(({ Type }) => Type === 'Custom::BeanstalkVersion');
  const properties = Object.fromEntries(
    Object.entries(resource?.Properties ?? {}).map(([name, value]: [string, unknown]): [string, string | undefined] => [
      name,
      typeof value === 'string' ? value : physical.get((value as { Ref?: string }).Ref ?? ''),
    ]),
  );
  if ('SourceBucket' in properties) properties['SourceBucket'] = ASSETS; // the name is put together of account and region
  const request = { ResourceType: 'Custom::BeanstalkVersion', ResourceProperties: properties };
  await version(request as unknown as Parameters<typeof version>[0], (act) => act());
}

async function destroy(): Promise<void> {
  const cloudFormation = new CloudFormationClient();
  for (const StackName of [BEANSTALK, NETWORK]) {
    await cloudFormation.send(new DeleteStackCommand({ StackName }));
    expect([undefined, 'DELETE_COMPLETE']).toContain(await settled(StackName));
  }
}

async function onlyEnvironment() {
  const { Environments = [] } = await new ElasticBeanstalkClient().send(new DescribeEnvironmentsCommand());
  expect(Environments).toHaveLength(1);
  return Environments[0] ?? {};
}

async function settingsOf(ApplicationName: string | undefined, EnvironmentName: string): Promise<Map<string, string>> {
  const { ConfigurationSettings = [] } = await new ElasticBeanstalkClient().send(
    new DescribeConfigurationSettingsCommand({ ApplicationName, EnvironmentName }),
  );
  const settings = ConfigurationSettings[0]?.OptionSettings ?? [];
  return new Map(
    settings.map(({ Namespace = '', OptionName = '', Value = '' }) => [`${Namespace} ${OptionName}`, Value]),
  );
}

function declaredSettings(template: CloudFormationTemplate | undefined) {
  const environment = Object.values(template?.Resources ?? {}).find(
    ({ Type }) => Type === 'AWS::ElasticBeanstalk::Environment',
  );
  return environment?.Properties?.['OptionSettings'] as { Namespace: string; OptionName: string; Value: unknown }[];
}

async function lifecycle(): Promise<unknown> {
  const { Applications = [] } = await new ElasticBeanstalkClient().send(new DescribeApplicationsCommand());
  return Applications[0]?.ResourceLifecycleConfig?.VersionLifecycleConfig?.MaxCountRule;
}

async function versions(): Promise<(string | undefined)[]> {
  const { ApplicationVersions = [] } = await new ElasticBeanstalkClient().send(
    new DescribeApplicationVersionsCommand(),
  );
  // Whose bundle is there: the bucket of the application has it by its label.
  for (const { SourceBundle, VersionLabel = '' } of ApplicationVersions) {
    const { Contents = [] } = await new S3Client().send(new ListObjectsV2Command({ Bucket: SourceBundle?.S3Bucket }));
    expect(Contents.map(({ Key }) => Key)).toContain(`${VersionLabel}.zip`);
  }
  return ApplicationVersions.map(({ VersionLabel }) => VersionLabel);
}

/** What `npm run beanstalk` prints. */
async function beanstalk(...args: string[]): Promise<string> {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  expect(await main(args, { print, ask: () => Promise.resolve(undefined), pollMs: 0 })).toBe(0);
  return lines.join('\n');
}
