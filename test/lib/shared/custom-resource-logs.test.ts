import { App, Aspects, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { CustomResourceLogs } from '../../../lib/shared/custom-resource-logs';

const LOGS = { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY };

/** A stack with what a user of the app may add to it, with and without the aspect. */
function template(isBounded: boolean): Template {
  const app = new App({ context: { 'aws:cdk:disable-asset-staging': true } });
  const stack = new Stack(app, 'Stack');
  const vpc = new Vpc(stack, 'Vpc', { maxAzs: 1, natGateways: 0 });
  new LogGroup(stack, 'Kept', { retention: RetentionDays.TEN_YEARS, removalPolicy: RemovalPolicy.RETAIN });
  new LambdaFunction(stack, 'Function', {
    code: Code.fromInline('exports.handler = async () => undefined'),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
    vpc,
    allowPublicSubnet: true,
    timeout: Duration.seconds(3),
  });
  new Bucket(stack, 'Bucket', { autoDeleteObjects: true, removalPolicy: RemovalPolicy.DESTROY });
  const call = { service: 'sts', action: 'GetCallerIdentity', physicalResourceId: PhysicalResourceId.of('call') };
  new AwsCustomResource(stack, 'Call', {
    onCreate: call,
    policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: AwsCustomResourcePolicy.ANY_RESOURCE }),
    installLatestAwsSdk: false,
  });
  if (isBounded) Aspects.of(app).add(new CustomResourceLogs(LOGS));
  return Template.fromStack(stack);
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}
const resourcesOf = (of: Template): Record<string, Resource> =>
  (of.toJSON() as { Resources: Record<string, Resource> }).Resources;

const [plain, bounded] = [resourcesOf(template(false)), resourcesOf(template(true))];

test('a function, its role and a log group of a user stay as the user declared them', () => {
  const own = Object.keys(plain).filter((id) => /^(Kept|Function|Vpc|Bucket)/.test(id));
  expect(own.length).toBeGreaterThan(8);
  for (const id of own) expect([id, bounded[id]]).toEqual([id, plain[id]]);
});

test('each function that CDK brings writes to a log group of the stack, and can make none', () => {
  const functions = Object.entries(bounded).filter(
    ([id, { Type }]) => Type === 'AWS::Lambda::Function' && !id.startsWith('Function'),
  );
  expect(functions).toHaveLength(2);
  for (const [, { Properties }] of functions) expect(Properties?.['LoggingConfig']).toHaveProperty('LogGroup.Ref');
  const roles = Object.entries(bounded).filter(
    ([id, { Type }]) => Type === 'AWS::IAM::Role' && !id.startsWith('Function'),
  );
  expect(roles).toHaveLength(2);
  for (const [, role] of roles) {
    expect(role.Properties ?? {}).not.toHaveProperty('ManagedPolicyArns');
    expect(JSON.stringify(role)).not.toContain('logs:CreateLogGroup');
  }
});

test('the log groups that it adds are kept as long as it is set to, and go with the stack', () => {
  const added = Object.entries(bounded).filter(([id, { Type }]) => Type === 'AWS::Logs::LogGroup' && !(id in plain));
  expect(added).toHaveLength(2);
  for (const [, group] of added)
    expect(group).toMatchObject({ Properties: { RetentionInDays: 7 }, DeletionPolicy: 'Delete' });
});
