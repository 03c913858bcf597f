import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CodeBucket } from '../../../lib/web-function/code-bucket';
import { WebFunctionStack } from '../../../lib/web-function/stack';
import { errorsOf, problems, productionTemplate, resources, statements, template } from '../../synthesis';
import { snapshotOf, type CloudFormationTemplate } from '../../template';

const sandbox = template('WebFunction');
const production = productionTemplate('WebFunction');
const [REVISION, ENDPOINT] = ['AWS::Lambda::WebFunctionRevision', 'AWS::Lambda::WebFunctionEndpoint'];
const idOf = (of: Template, type: string, properties: object = {}): string =>
  Object.keys(of.findResources(type, { Properties: properties }))[0] ?? '';

describe('snapshots', () => {
  test('sandbox', () => expect(snapshotOf(sandbox.toJSON())).toMatchSnapshot());
  test('production', () => expect(snapshotOf(production.toJSON())).toMatchSnapshot());
});

test('the server of the bundle runs as it is, on the port that Lambda names', () => {
  sandbox.hasResourceProperties(REVISION, {
    BuildConfig: { RuntimeConfig: { Runtime: 'nodejs24.x' } },
    ServiceConfig: {
      EnvironmentVariables: Match.objectLike({
        AWS_LAMBDA_NODEJS_ENTRYPOINT: 'server.mjs',
        SERVICE_OPTION: 'web-function',
      }),
      TimeoutSeconds: 30,
      MaxConcurrencyPerEnvironment: 8,
    },
  });
});

test('a server that gets SIGTERM stops within the second that Lambda gives it', () => {
  sandbox.hasResourceProperties(REVISION, {
    ServiceConfig: { EnvironmentVariables: Match.objectLike({ SERVICE_DRAIN_SECONDS: '1' }) },
  });
});

test('the endpoint has the limits that the options give', () => {
  const of = template('WebFunction', {
    'webFunction.rateLimit': '2000',
    'webFunction.maxEnvironments': 7,
    'webFunction.timeoutSeconds': 900,
    'webFunction.maxConcurrencyPerEnvironment': 128,
  });
  of.hasResourceProperties(ENDPOINT, {
    EndpointName: 'live',
    ThrottleConfig: { RateLimit: 2_000 },
    ScalingConfig: { MaxEnvironments: 7 },
  });
  of.hasResourceProperties(REVISION, { ServiceConfig: { TimeoutSeconds: 900, MaxConcurrencyPerEnvironment: 128 } });
});

test('both endpoints have the function by its name: by its ARN their domain names may not be read', () => {
  const name = { 'Fn::Join': ['', ['compute-WebFunction-', { Ref: 'AWS::Region' }]] };
  sandbox.allResourcesProperties(ENDPOINT, { FunctionName: name });
  sandbox.resourceCountIs(ENDPOINT, 2);
});

test.each([0, 100, 1_000, 2_000, 10_000])('a rate limit of %i is taken', (rate) =>
  expect(problems({ 'webFunction.rateLimit': rate })).toEqual([]),
);
test.each([1, 99, 150, 1_100, 1_500, 11_000, -100])('a rate limit of %i is refused, since Lambda refuses it', (rate) =>
  expect(problems({ 'webFunction.rateLimit': rate })).toEqual([
    expect.stringContaining('0, 100 to 1,000 in hundreds, or 2,000 to 10,000 in thousands'),
  ]),
);

test('everybody may call the endpoint by default', () => {
  sandbox.hasResourceProperties(ENDPOINT, { EndpointName: 'live', AuthType: 'ApplicationManaged' });
});

test.each([{ 'webFunction.auth': 'iam' }, { 'access.allowedCidr': '198.51.100.0/24' }])(
  'with %p callers sign their requests',
  (options) => {
    template('WebFunction', options).hasResourceProperties(ENDPOINT, { EndpointName: 'live', AuthType: 'IamAuth' });
  },
);

test('a public endpoint with narrowed addresses is refused: Lambda can not narrow it', () => {
  const options = { 'webFunction.auth': 'none', 'access.allowedCidr': '198.51.100.0/24' };
  expect(errorsOf('WebFunction', options)).toEqual([expect.stringContaining("can't be narrowed by address")]);
  expect(errorsOf('Lambda', options)).toEqual([]);
});

describe('a new revision', () => {
  test('has answered at an endpoint of its own before the endpoint of callers goes to it', () => {
    const candidate = idOf(sandbox, ENDPOINT, { EndpointName: 'candidate' });
    const answer = idOf(sandbox, 'Custom::FirstAnswer');
    sandbox.hasResourceProperties('Custom::FirstAnswer', {
      Url: { 'Fn::Join': ['', ['https://', { 'Fn::GetAtt': [candidate, 'DomainName'] }, '/health']] },
      RevisionId: { 'Fn::GetAtt': [idOf(sandbox, REVISION), 'RevisionId'] },
    });
    const { Resources } = sandbox.toJSON() as CloudFormationTemplate;
    const live = idOf(sandbox, ENDPOINT, { EndpointName: 'live' });
    expect(Resources[live]?.DependsOn).toContain(answer);
    expect(Resources[candidate]?.DependsOn).not.toContain(answer);
  });

  test('is asked by signed requests, which that endpoint alone is opened for', () => {
    const candidate = idOf(sandbox, ENDPOINT, { EndpointName: 'candidate' });
    sandbox.hasResourceProperties(ENDPOINT, { EndpointName: 'candidate', AuthType: 'IamAuth' });
    expect(
      statements(sandbox)
        .filter(({ Action }) => Action === 'lambda:InvokeWebFunctionEndpoint')
        .map(({ Resource }) => Resource),
    ).toEqual([{ 'Fn::GetAtt': [candidate, 'EndpointArn'] }]);
  });

  test('answers all requests, unless an earlier one is to answer some of them', () => {
    const newest = { 'Fn::GetAtt': [idOf(sandbox, REVISION), 'RevisionId'] };
    const weights = (percent: number): unknown => {
      const of = template(
        'WebFunction',
        percent === 0 ? {} : { 'webFunction.earlierRevision': 'before', 'webFunction.earlierPercent': percent },
      );
      return resources(of, ENDPOINT).find(({ Properties }) => Properties?.['EndpointName'] === 'live')?.Properties?.[
        'RevisionWeights'
      ] as unknown;
    };
    expect(weights(0)).toEqual([{ RevisionId: newest, Weight: 100 }]);
    expect(weights(90)).toEqual([
      { RevisionId: newest, Weight: 10 },
      { RevisionId: 'before', Weight: 90 },
    ]);
    expect(weights(100)).toEqual([{ RevisionId: 'before', Weight: 100 }]);
  });

  test('leaves the one before in place, with its code and the right to read it', () => {
    for (const type of [REVISION, 'Custom::S3ObjectCopy', 'AWS::S3::BucketPolicy'])
      sandbox.hasResource(type, { UpdateReplacePolicy: 'Retain' });
  });
});

test.each([
  [{ 'webFunction.earlierPercent': 5 }, 'set webFunction.earlierRevision'],
  [{ 'webFunction.earlierRevision': 'before' }, 'set webFunction.earlierPercent'],
])('%p alone is refused', (options, advice) =>
  expect(errorsOf('WebFunction', options)).toEqual([expect.stringContaining(advice)]),
);

test('the name of the function has the region in it, since it is unique over all of them', () => {
  sandbox.hasResourceProperties('AWS::Lambda::WebFunction', {
    FunctionName: { 'Fn::Join': ['', ['compute-WebFunction-', { Ref: 'AWS::Region' }]] },
  });
});

test('the longest name in the region with the longest name is one that Lambda takes', () => {
  const stack = new WebFunctionStack(new App(), 'WebFunction', {
    stackName: `${'n'.repeat(31)}-WebFunction`,
    env: { region: 'ap-southeast-10', account: '111122223333' },
    timeout: Duration.seconds(30),
    maxConcurrencyPerEnvironment: 1,
    maxEnvironments: 2,
    rateLimit: 0,
    environment: {},
    isPublic: false,
    logs: { retention: RetentionDays.ONE_DAY, removalPolicy: RemovalPolicy.DESTROY },
  });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::WebFunction', {
    FunctionName: Match.stringLikeRegexp('^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}[a-zA-Z0-9]$'),
  });
});

test('destroy leaves nothing: every log group and the bucket with its objects are of the stack', () => {
  for (const { DeletionPolicy } of resources(sandbox, 'AWS::Logs::LogGroup')) expect(DeletionPolicy).toBe('Delete');
  sandbox.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
  sandbox.resourceCountIs('Custom::S3AutoDeleteObjects', 1);
  const groups = resources(sandbox, 'AWS::Lambda::Function').map(
    ({ Properties }) => (Properties?.['LoggingConfig'] as { LogGroup?: { Ref?: string } } | undefined)?.LogGroup?.Ref,
  );
  const { Resources } = sandbox.toJSON() as CloudFormationTemplate;
  for (const group of groups) expect(Resources[group ?? '']?.Type).toBe('AWS::Logs::LogGroup');
});

test('code travels encrypted only', () => {
  sandbox.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    },
  });
});

test('the log group that Lambda would make beside ours is ours too', () => {
  const logs = idOf(sandbox, 'AWS::Logs::LogGroup', { LogGroupName: Match.absent() });
  sandbox.hasResourceProperties('AWS::Logs::LogGroup', {
    LogGroupName: { 'Fn::Join': ['', [{ Ref: logs }, '.local']] },
    RetentionInDays: 7,
  });
  sandbox.hasResourceProperties(REVISION, {
    ServiceConfig: { TelemetryConfig: { LoggingConfig: { LogGroup: { Ref: logs } } } },
  });
});

test('no role may make a log group, and none has a managed policy', () => {
  expect(JSON.stringify(statements(sandbox))).not.toContain('logs:CreateLogGroup');
  for (const { Properties } of resources(sandbox, 'AWS::IAM::Role'))
    expect(Properties?.['ManagedPolicyArns'] ?? []).toEqual([]);
});

test('alarms watch the answers of the endpoint of callers, and environments that do not start', () => {
  sandbox.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'AWS/Lambda/Web',
    MetricName: 'HTTPResponseStatusClass5XX',
    Dimensions: [
      { Name: 'EndpointName', Value: 'live' },
      { Name: 'FunctionName', Value: { 'Fn::Join': ['', ['compute-WebFunction-', { Ref: 'AWS::Region' }]] } },
    ],
    TreatMissingData: 'notBreaching',
  });
  sandbox.hasResourceProperties('AWS::Logs::MetricFilter', {
    FilterPattern: '{ ($.type = "platform.initReport") && ($.record.status = "failure") }',
  });
});

test('a package that is larger than Lambda takes is refused at synth, by name', () => {
  const bucket = new CodeBucket(new Stack(), 'Code', {
    retention: RetentionDays.ONE_DAY,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  expect(() => bucket.code({ path: '/bundle/huge.zip', hash: 'a'.repeat(64), unzippedBytes: 536_870_913 })).toThrow(
    '/bundle/huge.zip has 536870913 bytes unzipped; a Web Function takes 536870912 at most',
  );
});
