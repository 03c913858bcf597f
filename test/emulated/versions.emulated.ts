import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourceCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { GetAliasCommand, LambdaClient, ListVersionsByFunctionCommand } from '@aws-sdk/client-lambda';
import { describeUnless } from '../left-out';
import { resources, template } from '../synthesis';
import { Ministack, missing } from '../../tools/emulator/ministack';

// A function, a version of it and an alias, as the stack Lambda has them, on an emulator that really rolls back. It does
// not refuse to publish the same code twice, as AWS does: what is shown is that nothing is left that AWS would trip over.
describeUnless(missing(), 'a deployment that fails after it has published a version', () => {
  let emulator: Ministack;
  let cloudFormation: CloudFormationClient;
  let lambda: LambdaClient;

  beforeAll(async () => {
    emulator = await Ministack.start();
    const client = {
      endpoint: emulator.url,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      requestHandler: { httpsAgent: new Agent({ ca: readFileSync(emulator.certificate) }) },
    };
    cloudFormation = new CloudFormationClient(client);
    lambda = new LambdaClient(client);
  });
  afterAll(async () => {
    cloudFormation.destroy();
    lambda.destroy();
    await emulator.stop();
  });

  const [ours] = resources(template('Lambda'), 'AWS::Lambda::Version');
  const POLICIES = { DeletionPolicy: ours?.DeletionPolicy, UpdateReplacePolicy: 'Retain' };

  const templateWith = (code: string, policies: object, isBroken: boolean): string =>
    JSON.stringify({
      Resources: {
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            AssumeRolePolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
              ],
            },
          },
        },
        Service: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Runtime: 'nodejs24.x',
            Handler: 'index.handler',
            Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
            Code: { ZipFile: `exports.handler = async () => '${code}'` },
          },
        },
        // CDK names it by the hash of code and settings.
        [`Version${code}`]: {
          Type: 'AWS::Lambda::Version',
          ...policies,
          Properties: { FunctionName: { Ref: 'Service' } },
        },
        Live: {
          Type: 'AWS::Lambda::Alias',
          Properties: {
            Name: 'live',
            FunctionName: { Ref: 'Service' },
            FunctionVersion: { 'Fn::GetAtt': [`Version${code}`, 'Version'] },
          },
        },
        ...(isBroken && {
          Broken: { Type: 'AWS::SQS::Queue', DependsOn: 'Live', Properties: { DelaySeconds: 99_999 } },
        }),
      },
    });

  async function settled(StackName: string): Promise<string> {
    for (;;) {
      const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      const status = Stacks?.[0]?.StackStatus ?? 'none';
      if (!status.endsWith('_IN_PROGRESS')) return status;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Deploys, fails, deploys the same again; the hashes of the published versions after each, and where the alias is. */
  async function sequence(StackName: string, policies: object) {
    const look = async (status: string) => {
      const { StackResourceDetail } = await cloudFormation.send(
        new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'Service' }),
      );
      const FunctionName = StackResourceDetail?.PhysicalResourceId ?? '';
      const { Versions = [] } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }));
      const published = Versions.filter(({ Version }) => Version !== '$LATEST');
      const { FunctionVersion } = await lambda.send(new GetAliasCommand({ FunctionName, Name: 'live' }));
      return { status, hashes: published.map(({ CodeSha256 }) => CodeSha256), live: FunctionVersion, published };
    };
    const Capabilities = ['CAPABILITY_IAM' as const];
    await cloudFormation.send(
      new CreateStackCommand({ StackName, Capabilities, TemplateBody: templateWith('A', policies, false) }),
    );
    const first = await look(await settled(StackName));
    const deploy = async (isBroken: boolean) => {
      const TemplateBody = templateWith('B', policies, isBroken);
      await cloudFormation.send(new UpdateStackCommand({ StackName, Capabilities, TemplateBody }));
      return look(await settled(StackName));
    };
    return { first, failed: await deploy(true), again: await deploy(false) };
  }

  test('leaves no version behind, and the same code is published and live the next time', async () => {
    const { first, failed, again } = await sequence('ours', POLICIES);
    expect([first.status, failed.status, again.status]).toEqual([
      'CREATE_COMPLETE',
      'UPDATE_ROLLBACK_COMPLETE',
      'UPDATE_COMPLETE',
    ]);
    expect(failed).toMatchObject({ hashes: first.hashes, live: first.live });
    expect(again.hashes).toHaveLength(2);
    expect(new Set(again.hashes).size).toBe(2);
    expect(again.live).toBe(again.published.at(-1)?.Version);
  });

  test('would leave one with a plain Retain, which AWS answers with "already exists"', async () => {
    const { first, failed } = await sequence('plain', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(failed.hashes).toHaveLength(first.hashes.length + 1);
  });
});
