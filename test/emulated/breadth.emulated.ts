import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { DescribeEnvironmentsCommand, ElasticBeanstalkClient } from '@aws-sdk/client-elastic-beanstalk';
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Template } from '../../tools/change/template';
import { adaptAssembly } from '../../tools/emulator/assembly';
import { clientSettings } from '../../tools/emulator/aws';
import { cdk } from '../../tools/emulator/cdk';
import { type Endpoint, environmentFor } from '../../tools/emulator/environment';
import { NOT_PLAYED_BY_FAKECLOUD } from '../../tools/emulator/not-played';
import { describeUnless } from '../left-out';
import { appWith } from '../synthesis';
import { Ec2 } from './ec2';
import { Fakecloud, missingFakecloud } from './fakecloud';

// The options that ministack has no types for, deployed and destroyed by the CDK CLI on fakecloud. It says yes to nearly
// everything, so that what counts is what the API of each service reads back.

jest.setTimeout(600_000);

const BASE = ['Network', 'Registry'];
const OPTIONS = ['Ec2', 'Beanstalk', 'Fargate', 'EcsEc2', 'ManagedInstances'];

type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A template with the outputs of other stacks as values: fakecloud leaves `Fn::GetStackOutput` as it is. */
function withOutputs(template: Template, outputs: Outputs): Template {
  const read = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(read);
    if (typeof value !== 'object' || value === null) return value;
    const { 'Fn::GetStackOutput': from } = value as {
      readonly 'Fn::GetStackOutput'?: { readonly StackName: string; readonly OutputName: string };
    };
    if (from !== undefined) return outputs[from.StackName]?.[from.OutputName] ?? value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, read(inner)]));
  };
  return read(template) as Template;
}

describeUnless(missingFakecloud, 'every option on instances and in containers by the CDK CLI, on fakecloud', () => {
  let emulator: Fakecloud;
  let endpoint: Endpoint;
  let folder: string;
  let cloudFormation: CloudFormationClient;
  let balancing: ElasticLoadBalancingV2Client;
  let beanstalk: ElasticBeanstalkClient;
  let ecr: ECRClient;
  const leftOut = new Set<string>();

  beforeAll(async () => {
    emulator = await Fakecloud.start();
    folder = mkdtempSync(path.join(tmpdir(), 'breadth-'));
    endpoint = { url: emulator.url, environment: environmentFor(emulator.url, folder) };
    const settings = clientSettings(endpoint);
    cloudFormation = new CloudFormationClient(settings);
    balancing = new ElasticLoadBalancingV2Client(settings);
    beanstalk = new ElasticBeanstalkClient(settings);
    ecr = new ECRClient(settings);
  });
  afterAll(async () => {
    for (const client of [cloudFormation, balancing, beanstalk, ecr]) client.destroy();
    rmSync(folder, { recursive: true, force: true });
    await emulator.stop();
    process.stderr.write(`deployed without\n${[...leftOut].sort().join('\n')}\n`);
  });

  function assembly(outputs: Outputs = {}): string {
    const { directory } = appWith({}, undefined, { staged: true }).synth();
    const change = (template: Template): Template => withOutputs(template, outputs);
    const without = adaptAssembly(directory, { notPlayed: NOT_PLAYED_BY_FAKECLOUD, change });
    for (const id of [...BASE, ...OPTIONS])
      for (const line of without[id] ?? []) leftOut.add(`  fakecloud, ${id}: ${line}`);
    return directory;
  }
  async function stacks() {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand());
    return Stacks.filter(
      ({ StackName, StackStatus }) => StackName !== 'CDKToolkit' && StackStatus !== 'DELETE_COMPLETE',
    );
  }
  async function outputsNow(): Promise<Outputs> {
    return Object.fromEntries(
      (await stacks()).map(({ StackName = '', Outputs = [] }) => [
        StackName,
        Object.fromEntries(Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue])),
      ]),
    );
  }
  const deploy = (directory: string, ids: readonly string[]): Promise<string> =>
    cdk(endpoint, [
      ...['deploy', ...ids, '--app', directory, '--exclusively'],
      ...['--require-approval', 'never', '--concurrency', '3'],
    ]);
  const idsOf = async (StackName: string, type: string): Promise<string[]> => {
    const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName }));
    return StackResources.filter(({ ResourceType }) => ResourceType === type).map(
      ({ PhysicalResourceId = '' }) => PhysicalResourceId,
    );
  };
  /** What the services themselves have, whatever CloudFormation says. */
  async function readBack() {
    const { LoadBalancers = [] } = await balancing.send(new DescribeLoadBalancersCommand());
    const { TargetGroups = [] } = await balancing.send(new DescribeTargetGroupsCommand());
    const { Environments = [] } = await beanstalk.send(new DescribeEnvironmentsCommand());
    const { repositories = [] } = await ecr.send(new DescribeRepositoriesCommand());
    return {
      instances: await new Ec2(emulator.url).instances(),
      loadBalancers: LoadBalancers.map(({ LoadBalancerArn = '' }) => LoadBalancerArn).sort(),
      vpcs: [...new Set(LoadBalancers.map(({ VpcId }) => VpcId))],
      targetGroups: TargetGroups.map(({ TargetGroupArn = '' }) => TargetGroupArn).sort(),
      environments: Environments.filter(({ Status }) => Status !== 'Terminated').map(
        ({ EnvironmentName = '' }) => EnvironmentName,
      ),
      repositories: repositories
        .map(({ repositoryName = '' }) => repositoryName)
        .filter((name) => !name.startsWith('cdk-')),
    };
  }

  let deployed: string;
  let vpcId: string;

  test('deploys them into the network of the app, and each service has what the templates say', async () => {
    const base = assembly();
    await cdk(endpoint, ['bootstrap', '--app', base]);
    await deploy(base, BASE);
    const outputs = await outputsNow();
    vpcId = outputs['compute-Network']?.['VpcId'] ?? '';
    deployed = assembly(outputs);
    await deploy(deployed, OPTIONS);

    expect(Object.fromEntries((await stacks()).map(({ StackName, StackStatus }) => [StackName, StackStatus]))).toEqual(
      Object.fromEntries([...BASE, ...OPTIONS].map((id) => [`compute-${id}`, 'CREATE_COMPLETE'])),
    );
    const all = async (type: string): Promise<string[]> =>
      (await Promise.all([...BASE, ...OPTIONS].map((id) => idsOf(`compute-${id}`, type)))).flat().sort();
    const found = await readBack();
    expect(found.instances).toEqual(expect.arrayContaining(await all('AWS::EC2::Instance')));
    expect(await all('AWS::EC2::Instance')).toHaveLength(1);
    expect(found.loadBalancers).toEqual(await all('AWS::ElasticLoadBalancingV2::LoadBalancer'));
    expect(found.loadBalancers).toHaveLength(3);
    expect(found.vpcs).toEqual([vpcId]);
    expect(found.targetGroups).toEqual(await all('AWS::ElasticLoadBalancingV2::TargetGroup'));
    expect(found.environments).toEqual(await all('AWS::ElasticBeanstalk::Environment'));
    expect(found.environments).toHaveLength(1);
    expect(found.repositories).toEqual(await all('AWS::ECR::Repository'));
    expect((await new Ec2(emulator.url).network(vpcId)).subnets.map(({ id }) => id).sort()).toEqual(
      await all('AWS::EC2::Subnet'),
    );
  });

  test('destroy leaves nothing of them', async () => {
    await cdk(endpoint, ['destroy', ...OPTIONS, ...BASE, '--force', '--exclusively', '--app', deployed]);
    expect(await stacks()).toEqual([]);
    expect(await readBack()).toEqual({
      instances: [],
      loadBalancers: [],
      vpcs: [],
      targetGroups: [],
      environments: [],
      repositories: [],
    });
    expect((await new Ec2(emulator.url).network(vpcId)).subnets).toEqual([]);
  });
});
