import { Match } from 'aws-cdk-lib/assertions';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NODE_MAJOR } from '../../../lib/node-version';
import { productionTemplate, resources, statements, template } from '../../synthesis';
import { snapshotOf } from '../../template';

const sandbox = template('Lambda');
const production = productionTemplate('Lambda');

describe('snapshots', () => {
  test('sandbox', () => expect(snapshotOf(sandbox.toJSON())).toMatchSnapshot());
  test('production', () => expect(snapshotOf(production.toJSON())).toMatchSnapshot());
});

test('the function runs on Graviton and on the Node.js that every home runs on', () => {
  sandbox.hasResourceProperties('AWS::Lambda::Function', {
    Architectures: ['arm64'],
    Runtime: `nodejs${String(NODE_MAJOR)}.x`,
    Handler: 'lambda.handler',
  });
});

test('that Node.js is the newest that Lambda has, as far as this CDK knows', () => {
  const newest = Runtime.ALL.filter((runtime) => /^nodejs\d+\.x$/.test(runtime.name))
    .map((runtime) => Number(/\d+/.exec(runtime.name)?.[0]))
    .reduce((a, b) => Math.max(a, b));
  expect(NODE_MAJOR).toBe(newest);
});

test('memory and time are what the options say', () => {
  template('Lambda', { 'lambda.memoryMiB': 1769, 'lambda.timeoutSeconds': 900 }).hasResourceProperties(
    'AWS::Lambda::Function',
    { MemorySize: 1769, Timeout: 900 },
  );
});

test('the URL is that of the alias, open to all, with both permissions that AWS asks for', () => {
  sandbox.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE', Qualifier: 'live' });
  sandbox.hasResourceProperties('AWS::Lambda::Permission', {
    Action: 'lambda:InvokeFunctionUrl',
    Principal: '*',
    FunctionUrlAuthType: 'NONE',
  });
  sandbox.hasResourceProperties('AWS::Lambda::Permission', {
    Action: 'lambda:InvokeFunction',
    Principal: '*',
    InvokedViaFunctionUrl: true,
  });
});

test.each([{ 'lambda.urlAuth': 'iam' }, { 'access.allowedCidr': '198.51.100.0/24' }])(
  'with %p callers have to sign, and nobody is let in by the template',
  (options) => {
    const closed = template('Lambda', options);
    closed.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
    closed.resourceCountIs('AWS::Lambda::Permission', 0);
  },
);

test('provisioned concurrency is on the alias, and only when asked for', () => {
  sandbox.hasResourceProperties('AWS::Lambda::Alias', { ProvisionedConcurrencyConfig: Match.absent() });
  template('Lambda', { 'lambda.provisionedConcurrency': 2 }).hasResourceProperties('AWS::Lambda::Alias', {
    ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
  });
});

test('the function may write to its own log group and trace, and nothing else', () => {
  const [logGroup = ''] = Object.keys(sandbox.findResources('AWS::Logs::LogGroup'));
  expect(statements(sandbox).filter(({ Effect, Action }) => Effect === 'Allow' && Action !== 'sns:Publish')).toEqual(
    [
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: { 'Fn::GetAtt': [logGroup, 'Arn'] },
      },
      { Effect: 'Allow', Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], Resource: '*' },
    ].filter(({ Action }) => Action !== 'sts:AssumeRole'),
  );
  expect(resources(sandbox, 'AWS::IAM::Role').every((role) => !role.Properties?.['ManagedPolicyArns'])).toBe(true);
});

test('logs are JSON, in a group of the stack that goes with it, kept as long as the option says', () => {
  sandbox.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 7 }, DeletionPolicy: 'Delete' });
  production.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 90 }, DeletionPolicy: 'Retain' });
  sandbox.hasResourceProperties('AWS::Lambda::Function', { LoggingConfig: { LogFormat: 'JSON' } });
});

test('each request is traced', () => {
  sandbox.hasResourceProperties('AWS::Lambda::Function', { TracingConfig: { Mode: 'Active' } });
});

test.each([
  ['Errors', 1],
  ['Throttles', 1],
  ['Duration', 12_000],
])('an alarm on %s of the alias tells the topic, from %i on', (MetricName, Threshold) => {
  sandbox.hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName,
    Threshold,
    Dimensions: Match.arrayWith([Match.objectLike({ Name: 'Resource' })]),
    AlarmActions: [{ Ref: Match.stringLikeRegexp('^AlarmsTopic') }],
  });
});

test('the body limit is never more than fits into 6 MB of base64', () => {
  template('Lambda', { 'service.maxBodyMiB': 64 }).hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ SERVICE_MAX_BODY_BYTES: String(4 * 1024 * 1024) }) },
  });
  template('Lambda', { 'service.maxBodyMiB': 2 }).hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ SERVICE_MAX_BODY_BYTES: String(2 * 1024 * 1024) }) },
  });
});

test('the address of the service is an output', () => {
  sandbox.hasOutput('Url', { Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('^LiveFunctionUrl'), 'FunctionUrl'] } });
});
