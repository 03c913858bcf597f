import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { toRequest } from '../../../lambda/function-url';
import { NODE_MAJOR } from '../../../packaging/node-version';
import { createApp, type Info } from '../../../service/app';
import { platformFromEnvironment } from '../../../service/platform';
import { SHIFTS } from '../../../lib/lambda/gradual-deployment';
import { functionCode, vcpusAt } from '../../../lib/shared/function-limits';
import { productionTemplate, resources, template, type Statement } from '../../synthesis';
import { snapshotOf } from '../../template';

const sandbox = template('Lambda');
const production = productionTemplate('Lambda');
/** Every limit at its highest, and what is off by default on. */
const utmost = template('Lambda', {
  name: 'copy',
  'schedule.night': '22:30-06:15 Asia/Seoul',
  'lambda.memoryMiB': 10_240,
  'lambda.ephemeralMiB': 10_240,
  'lambda.timeoutSeconds': 900,
  'lambda.provisionedConcurrency': 3,
  'lambda.nightProvisionedConcurrency': 0,
  'lambda.keepWarmMinutes': 5,
  'lambda.pipelineWidths': '64,2048',
  'lambda.pipelineMemoryMiB': 3_008,
  'lambda.pipelineMaxMiB': 100,
  'lambda.pipelineConcurrency': 1000,
  'lambda.pipelineTimeoutSeconds': 900,
  'service.maxBodyMiB': 64,
});

describe('snapshots', () => {
  test('sandbox', () => expect(snapshotOf(sandbox.toJSON())).toMatchSnapshot());
  test('production', () => expect(snapshotOf(production.toJSON())).toMatchSnapshot());
});

test('the function runs on Graviton and on the Node.js that every compute option runs on', () => {
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

test('memory, /tmp and time are what the options say, and the CPU that comes with the memory is said', () => {
  utmost.hasResourceProperties('AWS::Lambda::Function', {
    Handler: 'lambda.handler',
    MemorySize: 10_240,
    EphemeralStorage: { Size: 10_240 },
    Timeout: 900,
    Description: 'Thumbnail service over HTTP (10240 MiB, 5.79 vCPU)',
  });
});

test.each([
  [128, 0.07],
  [1_769, 1],
  [10_240, 5.79],
])('%i MiB of memory give %d vCPU', (memoryMiB, vcpus) => expect(vcpusAt(memoryMiB)).toBe(vcpus));

test('a package that is larger than Lambda takes is refused at synth, by name', () => {
  const zip = { path: '/bundle/huge.zip', hash: 'a'.repeat(64), unzippedBytes: 262_144_001 };
  expect(() => functionCode(zip)).toThrow('/bundle/huge.zip has 262144001 bytes unzipped; Lambda takes 262144000');
});

/** The statements of the URL's policy, by their ids. */
const urlPolicy = (of: Template): Record<string, unknown> => {
  const [policy, ...others] = resources(of, 'AWS::Lambda::ResourcePolicy');
  expect(others).toEqual([]);
  const statements = (policy?.Properties?.['PolicyDocument'] as { Statement: { Sid: string }[] } | undefined)
    ?.Statement;
  return Object.fromEntries((statements ?? []).map(({ Sid, ...statement }) => [Sid, statement]));
};
const THE_ALIAS = { Ref: expect.stringMatching(/^Live/) as string };

describe('the function URL', () => {
  const CIDRS = ['198.51.100.0/24', '203.0.113.7/32', '2001:db8::/32'];
  const fromElsewhere = {
    Effect: 'Deny',
    Principal: '*',
    Action: 'lambda:InvokeFunctionUrl',
    Resource: THE_ALIAS,
    Condition: { NotIpAddress: { 'aws:SourceIp': CIDRS } },
  };

  test('is that of the alias, open to all, with both permissions that AWS asks for', () => {
    sandbox.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE', Qualifier: 'live' });
    sandbox.hasResourceProperties('AWS::Lambda::ResourcePolicy', {
      ResourceArn: { Ref: Match.stringLikeRegexp('^Live') },
    });
    expect(urlPolicy(sandbox)).toEqual({
      CallTheUrl: {
        Effect: 'Allow',
        Principal: '*',
        Action: 'lambda:InvokeFunctionUrl',
        Resource: THE_ALIAS,
        Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } },
      },
      InvokeByTheUrl: {
        Effect: 'Allow',
        Principal: '*',
        Action: 'lambda:InvokeFunction',
        Resource: THE_ALIAS,
        Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
      },
    });
  });

  test('answers only the allowed addresses, whoever calls: with and without credentials', () => {
    for (const [auth, AuthType, others] of [
      ['none', 'NONE', ['CallTheUrl', 'InvokeByTheUrl']],
      ['iam', 'AWS_IAM', []],
    ] as const) {
      const narrow = template('Lambda', { 'lambda.urlAuth': auth, 'access.allowedCidr': CIDRS.join() });
      narrow.hasResourceProperties('AWS::Lambda::Url', { AuthType });
      const { OnlyFromTheAllowedAddresses: denied, ...rest } = urlPolicy(narrow);
      expect(denied).toEqual(fromElsewhere);
      expect(Object.keys(rest)).toEqual(others);
    }
  });

  test('asks for credentials where it is to, and the template lets no one in', () => {
    const closed = template('Lambda', { 'lambda.urlAuth': 'iam' });
    closed.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
    expect(urlPolicy(closed)).toEqual({});
  });

  test('has no permission beside the policy, which would replace it or be replaced', () => {
    for (const of of [sandbox, production, utmost]) of.resourceCountIs('AWS::Lambda::Permission', 0);
  });
});

describe('a service that answers, but with errors', () => {
  const [alarm] = Object.entries(sandbox.findResources('AWS::CloudWatch::Alarm')).filter(([id]) =>
    id.startsWith('AlarmsServerErrors'),
  );
  const { Metrics, ...properties } = (alarm?.[1] as { Properties: Record<string, unknown> }).Properties;

  test('sounds an alarm: by a share of its requests with a least count, and nothing made up for what is missing', () => {
    expect(properties).toMatchObject({
      Threshold: 5,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 2,
      TreatMissingData: 'notBreaching',
      AlarmActions: [{ Ref: expect.stringMatching(/^AlarmsTopic/) as string }],
    });
    const [expression, ...metrics] = Metrics as Record<string, unknown>[];
    expect(expression).toMatchObject({ Expression: 'IF(errors >= 2, 100 * errors / requests, 0)' });
    expect(
      metrics.map(({ MetricStat }) => {
        const { Metric, Period, Stat } = MetricStat as {
          Metric: Record<string, unknown>;
          Period: number;
          Stat: string;
        };
        return [Metric['Namespace'], Metric['MetricName'], Period, Stat];
      }),
    ).toEqual([
      ['AWS/Lambda', 'Url5xxCount', 60, 'Sum'],
      ['AWS/Lambda', 'UrlRequestCount', 60, 'Sum'],
    ]);
    expect(JSON.stringify(Metrics)).toContain(':live');
  });

  test.each([
    [10_000, 5, false, 'five errors among ten thousand requests a minute'],
    [10_000, 500, true, 'a canary of ten percent at half of it'],
    [30, 3, true, 'a canary of ten percent that fails, at 30 requests a minute'],
    [2, 2, true, 'nothing but errors'],
    [10, 1, false, 'one error alone'],
  ])('of %i requests a minute %i errors sound it: %s (%s)', (requests, errors, sounds) => {
    const share = errors >= 2 ? (100 * errors) / requests : 0;
    expect(share >= (properties['Threshold'] as number)).toBe(sounds);
  });
});

describe('a gradual deployment', () => {
  test('moves the alias in production by CodeDeploy, which goes back where the errors of the URL sound', () => {
    production.hasResource('AWS::Lambda::Alias', {
      Properties: { Name: 'live', FunctionName: { Ref: Match.stringLikeRegexp('^Service') } },
      UpdatePolicy: {
        CodeDeployLambdaAliasUpdate: {
          ApplicationName: { Ref: Match.stringLikeRegexp('^DeploymentGroupApplication') },
          DeploymentGroupName: { Ref: Match.stringLikeRegexp('^DeploymentGroup') },
        },
      },
    });
    production.hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
      DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent10Minutes',
      AlarmConfiguration: { Enabled: true, Alarms: [{ Name: { Ref: Match.stringLikeRegexp('^AlarmsServerErrors') } }] },
      AutoRollbackConfiguration: {
        Enabled: true,
        Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM'],
      },
    });
    template('Lambda', { 'lambda.deployment': 'linear' }).hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
      DeploymentConfigName: 'CodeDeployDefault.LambdaLinear10PercentEvery2Minutes',
    });
  });

  test('is not there where the new version takes over at once', () => {
    for (const of of [sandbox, template('Lambda', { 'lambda.deployment': 'all-at-once' })]) {
      of.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 0);
      expect(resources(of, 'AWS::Lambda::Alias').map((alias) => 'UpdatePolicy' in alias)).toEqual([false, false]);
    }
  });

  // CloudWatch's metrics of Lambda come within a minute or two.
  test.each(Object.entries(SHIFTS))('by %s lasts longer than its alarm needs to see an error', (_, { lasts }) => {
    const { AlarmConfiguration } = resources(production, 'AWS::CodeDeploy::DeploymentGroup')[0]?.Properties as {
      AlarmConfiguration: { Alarms: { Name: { Ref: string } }[] };
    };
    const alarms = AlarmConfiguration.Alarms.map(
      ({ Name }) => production.findResources('AWS::CloudWatch::Alarm')[Name.Ref]?.['Properties'] as object,
    );
    expect(alarms).not.toEqual([]);
    for (const alarm of alarms) {
      const { EvaluationPeriods } = alarm as { EvaluationPeriods: number };
      expect(lasts.toMinutes()).toBeGreaterThan(EvaluationPeriods + 2);
    }
  });
});

test('has as many alarms as the page says', () => {
  const alarms = resources(sandbox, 'AWS::CloudWatch::Alarm');
  const counting = alarms.filter(({ Properties }) => Properties?.['Metrics'] !== undefined);
  const words = [
    'no',
    'one',
    'two',
    'three',
    'four',
    'five',
    'six',
    'seven',
    'eight',
    'nine',
    'ten',
    'eleven',
    'twelve',
  ];
  const page = readFileSync(path.join(__dirname, '..', '..', '..', 'docs', 'lambda.md'), 'utf8');
  expect(page).toContain(
    `${words[alarms.length]} alarms of some 0.10 USD each, ${words[counting.length]} of which count two metrics each`,
  );
});

test('executions of the service are bounded where asked for, so that the pipeline keeps its own', () => {
  const bounded = template('Lambda', { 'lambda.reservedConcurrency': 50 });
  bounded.hasResourceProperties('AWS::Lambda::Function', {
    Handler: 'lambda.handler',
    ReservedConcurrentExecutions: 50,
  });
  for (const of of [sandbox, production])
    of.allResourcesProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: Match.absent() });
});

test('provisioned concurrency by day and none by night is scheduled by the window that ECS has, and not set back by a deployment', () => {
  utmost.hasResourceProperties('AWS::Lambda::Alias', { ProvisionedConcurrencyConfig: Match.absent() });
  const action = (environments: number) => ({ MinCapacity: environments, MaxCapacity: environments });
  utmost.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
    ...action(3),
    ScalableDimension: 'lambda:function:ProvisionedConcurrency',
    ScheduledActions: [
      {
        ScheduledActionName: 'Day',
        Schedule: 'cron(15 6 * * ? *)',
        Timezone: 'Asia/Seoul',
        ScalableTargetAction: action(3),
      },
      {
        ScheduledActionName: 'Night',
        Schedule: 'cron(30 22 * * ? *)',
        Timezone: 'Asia/Seoul',
        ScalableTargetAction: action(0),
      },
    ],
  });
  sandbox.resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 0);
});

describe('provisioned concurrency that is dropped from the options', () => {
  const fixed = template('Lambda', { 'lambda.provisionedConcurrency': 2 });
  const offOf = (of: Template) =>
    Object.entries(of.findResources('Custom::AWS')).map(([id, { Properties }]) => {
      const { Create, Update, Delete } = Properties as Record<string, unknown>;
      return { id, Create, Update, Delete: JSON.stringify(Delete) };
    });

  test('is turned off with what turned it on, since a schedule sets it behind the back of the template', () => {
    const [off, ...others] = offOf(utmost);
    expect(others).toEqual([]);
    expect(off).toMatchObject({ Create: undefined, Update: undefined });
    expect(off?.Delete).toContain('"action\\":\\"DeleteProvisionedConcurrencyConfig');
    expect(off?.Delete).toContain('"Qualifier\\":\\"live');
    expect(allowed(utmost, 'AWS679f53fac002430cb0da5b7982bd2287ServiceRole')).toMatchObject({
      'lambda:DeleteProvisionedConcurrencyConfig': [THE_ALIAS],
    });
  });

  test('is turned off once the schedule, which could turn it on again, is gone', () => {
    const [target] = resources(utmost, 'AWS::ApplicationAutoScaling::ScalableTarget');
    expect(target?.DependsOn).toContainEqual(offOf(utmost)[0]?.id);
  });

  test('stays where a number takes the place of the schedule, by the same resource', () => {
    expect(offOf(fixed)).toEqual(offOf(utmost));
    expect(offOf(sandbox)).toEqual([]);
  });
});

test('a schedule keeps one environment warm when asked to, by the health check, which is not counted', async () => {
  sandbox.resourceCountIs('AWS::Scheduler::Schedule', 0);
  utmost.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'rate(5 minutes)',
    Target: { Arn: { Ref: Match.stringLikeRegexp('^Live') }, RetryPolicy: { MaximumRetryAttempts: 0 } },
  });
  expect(allowed(utmost, 'KeepWarmRole')).toEqual({
    'lambda:InvokeFunction': [{ Ref: expect.stringMatching(/^Live/) as string }],
  });

  const [schedule] = resources(utmost, 'AWS::Scheduler::Schedule');
  const { Input } = schedule?.Properties?.['Target'] as { Input: string };
  const request = toRequest(JSON.parse(Input) as LambdaFunctionURLEvent);
  const app = createApp(platformFromEnvironment({}, { log: () => undefined }));
  expect((await app.fetch(request)).status).toBe(200);
  const info = (await (await app.request('http://localhost/info')).json()) as Info;
  expect(info).toMatchObject({ requests: 1 });
});

test('provisioned concurrency is on the alias, and only when asked for', () => {
  sandbox.hasResourceProperties('AWS::Lambda::Alias', { ProvisionedConcurrencyConfig: Match.absent() });
  template('Lambda', { 'lambda.provisionedConcurrency': 2 }).hasResourceProperties('AWS::Lambda::Alias', {
    ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
  });
});

const allowed = (of: Template, role: string): Record<string, unknown[]> => {
  const policies = resources(of, 'AWS::IAM::Policy').filter(({ Properties }) =>
    (Properties?.['Roles'] as { Ref: string }[]).some(({ Ref }) => Ref.startsWith(role)),
  );
  const found = policies.flatMap(
    ({ Properties }) => (Properties?.['PolicyDocument'] as { Statement: Statement[] }).Statement,
  );
  return Object.fromEntries(
    found.map(({ Action, Resource }) => [[Action].flat().join(' '), readable(Resource)] as const),
  );
};

/** A resource of a statement as a person would write it. */
function readable(resource: unknown): unknown[] {
  const named = JSON.stringify(resource).replace(
    /\{"Fn::(?:GetAtt|Join)":(?:\["(\w+?)[0-9A-F]{8}\w*","Arn"\]|\["",\[\{"Fn::GetAtt":\["(\w+?)[0-9A-F]{8}\w*","Arn"\]\},"([^"]*)"\]\])\}/g,
    (_, one?: string, other?: string, rest?: string) => JSON.stringify(`${one ?? other ?? ''}${rest ?? ''}`),
  );
  return [JSON.parse(named) as unknown].flat();
}

test('the function may write to its own log group and trace, and nothing else', () => {
  expect(allowed(sandbox, 'ServiceRole')).toEqual({
    'logs:CreateLogStream logs:PutLogEvents': ['ServiceLogs'],
    'xray:PutTelemetryRecords xray:PutTraceSegments': ['*'],
  });
  const ours = Object.entries(sandbox.findResources('AWS::IAM::Role')).filter(([id]) => !id.startsWith('Custom'));
  expect(ours.map(([, { Properties }]) => (Properties as Record<string, unknown>)['ManagedPolicyArns'])).toEqual(
    ours.map(() => undefined),
  );
});

test('logs are JSON, in a group of the stack that goes with it, kept as long as the option says', () => {
  sandbox.allResources('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 7 }, DeletionPolicy: 'Delete' });
  production.allResources('AWS::Logs::LogGroup', {
    Properties: { RetentionInDays: 90 },
    DeletionPolicy: 'RetainExceptOnCreate',
  });
  for (const Handler of ['lambda.handler', 'pipeline.handler'])
    sandbox.hasResourceProperties('AWS::Lambda::Function', { Handler, LoggingConfig: { LogFormat: 'JSON' } });
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
  utmost.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ SERVICE_MAX_BODY_BYTES: String(4 * 1024 * 1024) }) },
  });
  template('Lambda', { 'service.maxBodyMiB': 2 }).hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ SERVICE_MAX_BODY_BYTES: String(2 * 1024 * 1024) }) },
  });
});

test('the address of the service is an output', () => {
  sandbox.hasOutput('Url', { Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('^LiveFunctionUrl'), 'FunctionUrl'] } });
});

test('the version of each deployment stays, to point the alias back at; of one that fails, and with the function, it goes', () => {
  for (const of of [sandbox, production]) {
    of.resourceCountIs('AWS::Lambda::Version', 2);
    of.allResources('AWS::Lambda::Version', { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  }
  sandbox.allResources('AWS::Lambda::Function', { DeletionPolicy: Match.absent() });
});

describe('the pipeline', () => {
  const is = (of: Template, type: string, pattern: RegExp): Record<string, unknown> => {
    const [found] = Object.entries(of.findResources(type)).filter(([id]) => pattern.test(id));
    return (found?.[1] as { Properties: Record<string, unknown> }).Properties;
  };

  test('an upload below uploads/ is announced to the queue; a thumbnail is not, so that there is no loop', () => {
    sandbox.hasResourceProperties('AWS::S3::Bucket', {
      NotificationConfiguration: {
        QueueConfigurations: [
          {
            Event: 's3:ObjectCreated:*',
            Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'uploads/' }] } },
            Queue: { 'Fn::GetAtt': [Match.stringLikeRegexp('^PipelineUploads'), 'Arn'] },
          },
        ],
      },
    });
  });

  test('the function works off batches, answers for each message, and never runs more often at once than it may', () => {
    const source = {
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^PipelineUploads'), 'Arn'] },
    };
    sandbox.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      ...source,
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    utmost.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      ...source,
      ScalingConfig: { MaximumConcurrency: 1000 },
    });
  });

  test.each([
    ['sandbox', sandbox, 60],
    ['the utmost', utmost, 900],
  ])(
    'in %s, messages are hidden for six times as long as the function may take, and tried five times',
    (_, of, seconds) => {
      of.hasResourceProperties('AWS::Lambda::Function', { Handler: 'pipeline.handler', Timeout: seconds });
      expect(is(of, 'AWS::SQS::Queue', /Uploads/)).toMatchObject({
        VisibilityTimeout: 6 * seconds,
        RedrivePolicy: {
          maxReceiveCount: 5,
          deadLetterTargetArn: { 'Fn::GetAtt': [expect.stringMatching(/^PipelineDeadLetters/), 'Arn'] },
        },
      });
    },
  );

  test('dead letters wait for a person for the 14 days that SQS keeps a message at most', () => {
    expect(is(sandbox, 'AWS::SQS::Queue', /DeadLetters/)).toMatchObject({ MessageRetentionPeriod: 14 * 24 * 3600 });
  });

  test('only buckets of this account announce uploads', () => {
    const { PolicyDocument } = is(sandbox, 'AWS::SQS::QueuePolicy', /Uploads/) as {
      PolicyDocument: { Statement: (Statement & { Principal: unknown })[] };
    };
    expect(PolicyDocument.Statement.filter(({ Effect }) => Effect === 'Allow')).toEqual([
      expect.objectContaining({
        Action: 'sqs:SendMessage',
        Principal: { Service: 's3.amazonaws.com' },
        Condition: {
          StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
          ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::*']] } },
        },
      }),
    ]);
  });

  test('pictures that were deleted or replaced, and uploads that were given up, go', () => {
    sandbox.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: [
          {
            NoncurrentVersionExpiration: { NoncurrentDays: 30 },
            ExpiredObjectDeleteMarker: true,
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
            Status: 'Enabled',
          },
        ],
      },
    });
  });

  test('the function may read uploads, write thumbnails, and do what its queues and its memory ask for', () => {
    expect(allowed(sandbox, 'PipelineFunctionRole')).toEqual({
      'logs:CreateLogStream logs:PutLogEvents': ['PipelineFunctionLogs'],
      'xray:PutTelemetryRecords xray:PutTraceSegments': ['*'],
      's3:GetObject': ['PipelinePictures/uploads/*'],
      's3:PutObject': ['PipelinePictures/thumbnails/*'],
      's3:ListBucket': ['PipelinePictures'],
      'sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage': ['PipelineUploads'],
      'sqs:SendMessage': ['PipelineDeadLetters'],
      'dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem': ['PipelineDone'],
    });
  });

  test('bucket, queues and table are encrypted, and reached by TLS only; the bucket is not public and keeps versions', () => {
    sandbox.allResourcesProperties('AWS::S3::Bucket', {
      BucketEncryption: Match.anyValue(),
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: 'Enabled' },
    });
    sandbox.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
    for (const [type, count] of [
      ['AWS::S3::BucketPolicy', 1],
      ['AWS::SQS::QueuePolicy', 2],
    ] as const) {
      const insecure = { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
      sandbox.resourcePropertiesCountIs(
        type,
        { PolicyDocument: { Statement: Match.arrayWith([Match.objectLike(insecure)]) } },
        count,
      );
    }
  });

  test('what remembers the uploads forgets them in time, and is neither kept nor in the way of the next deployment', () => {
    for (const of of [sandbox, production]) {
      of.hasResource('AWS::DynamoDB::GlobalTable', {
        Properties: {
          TimeToLiveSpecification: { AttributeName: 'expiration', Enabled: true },
          BillingMode: 'PAY_PER_REQUEST',
        },
        DeletionPolicy: 'Delete',
      });
      const [table] = resources(of, 'AWS::DynamoDB::GlobalTable');
      const [replica] = table?.Properties?.['Replicas'] as Record<string, unknown>[];
      expect(replica?.['DeletionProtectionEnabled'] ?? false).toBe(false);
      expect(replica).not.toHaveProperty('PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled', true);
    }
  });

  test('the sandbox leaves no picture behind; production keeps them, unless the creation fails', () => {
    sandbox.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
    production.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
    sandbox.resourceCountIs('Custom::S3AutoDeleteObjects', 1);
    production.resourceCountIs('Custom::S3AutoDeleteObjects', 0);
  });

  test('the queue invokes a version by its alias, so that code and settings change in one step', () => {
    for (const of of [sandbox, production]) {
      const [source] = resources(of, 'AWS::Lambda::EventSourceMapping');
      expect(JSON.stringify(source?.Properties?.['FunctionName'])).toMatch(/"Ref":"PipelineLive/);
      of.hasResourceProperties('AWS::Lambda::Alias', {
        FunctionName: { Ref: Match.stringLikeRegexp('^PipelineFunction') },
        FunctionVersion: { 'Fn::GetAtt': [Match.stringLikeRegexp('^PipelineFunctionCurrentVersion'), 'Version'] },
      });
    }
  });

  test('limits and widths reach the function, which has memory of its own and is not bound to 6 MB', () => {
    utmost.hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'pipeline.handler',
      MemorySize: 3_008,
      Environment: {
        Variables: Match.objectLike({
          THUMBNAIL_WIDTHS: '64,2048',
          SERVICE_MAX_BODY_BYTES: String(100 * 1024 * 1024),
          SERVICE_MAX_PIXELS: '50000000',
        }),
      },
    });
  });

  test.each([
    ['Errors', 1],
    ['Duration', 45_000],
  ])('an alarm on %s of its function tells the topic, from %i on', (MetricName, Threshold) => {
    sandbox.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName,
      Threshold,
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: Match.stringLikeRegexp('^PipelineFunction') } }],
      AlarmActions: [{ Ref: Match.stringLikeRegexp('^AlarmsTopic') }],
    });
  });

  test.each([
    ['ApproximateNumberOfMessagesVisible', /^PipelineDeadLetters/, 1],
    ['ApproximateAgeOfOldestMessage', /^PipelineUploads/, 3600],
  ])('an alarm on %s of %p tells the topic, from %i on', (MetricName, queue, Threshold) => {
    sandbox.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName,
      Threshold,
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [Match.stringLikeRegexp(queue.source), 'QueueName'] } }],
      AlarmActions: [{ Ref: Match.stringLikeRegexp('^AlarmsTopic') }],
    });
  });

  test('where to upload, and how to try again what failed, are outputs', () => {
    sandbox.hasOutput('UploadTo', { Value: { 'Fn::Join': ['', ['s3://', Match.anyValue(), '/uploads/']] } });
    const [{ Value }] = Object.values(sandbox.findOutputs('Redrive')) as [
      { Value: { 'Fn::Join': [string, unknown[]] } },
    ];
    expect(Value['Fn::Join'][0]).toBe('');
    expect(Value['Fn::Join'][1]).toEqual([
      'aws sqs start-message-move-task --region ',
      { Ref: 'AWS::Region' },
      ' --source-arn ',
      { 'Fn::GetAtt': [expect.stringMatching(/^PipelineDeadLetters/), 'Arn'] },
      ' --destination-arn ',
      { 'Fn::GetAtt': [expect.stringMatching(/^PipelineUploads/), 'Arn'] },
    ]);
  });
});

describe('cold starts', () => {
  test('their duration is read from the reports of both functions, in a namespace of the stack', () => {
    for (const [MetricName, logGroup] of [
      ['ServiceStartsInitDuration', '^ServiceLogs'],
      ['PipelineStartsInitDuration', '^PipelineFunctionLogs'],
    ] as const)
      utmost.hasResourceProperties('AWS::Logs::MetricFilter', {
        LogGroupName: { Ref: Match.stringLikeRegexp(logGroup) },
        FilterPattern: '{ ($.type = "platform.report") && ($.record.metrics.initDurationMs >= 0) }',
        MetricTransformations: [
          {
            MetricName,
            MetricNamespace: 'copy-Lambda',
            MetricValue: '$.record.metrics.initDurationMs',
            Unit: 'Milliseconds',
          },
        ],
      });
  });

  test('those of the service are counted by what it says itself, since a report is alike where no caller waited', async () => {
    utmost.hasResourceProperties('AWS::Logs::MetricFilter', {
      LogGroupName: { Ref: Match.stringLikeRegexp('^ServiceLogs') },
      FilterPattern: '{ ($.message = "request") && ($.start = "cold") }',
      MetricTransformations: [{ MetricName: 'ServiceStartsCold', MetricNamespace: 'copy-Lambda', MetricValue: '1' }],
    });
    const log: object[] = [];
    const app = createApp(platformFromEnvironment({}, { log: (entry) => log.push(entry) }));
    for (const path of ['/health', '/info', '/info']) await app.request(`http://localhost${path}`);
    expect(log).toMatchObject([
      { message: 'request', start: 'cold' },
      { message: 'request', start: 'warm' },
    ]);
  });

  test('an alarm is raised when they are slow, and where callers wait, when they are many', () => {
    for (const [MetricName, Threshold] of [
      ['ServiceStartsInitDuration', 1_000],
      ['PipelineStartsInitDuration', 2_000],
    ] as const)
      sandbox.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName, Threshold, Namespace: 'compute-Lambda' });
    const share = { Expression: 'IF(invocations >= 20, 100 * cold / invocations, 0)', ReturnData: true };
    const cold = { MetricStat: Match.objectLike({ Metric: Match.objectLike({ MetricName: 'ServiceStartsCold' }) }) };
    sandbox.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Threshold: 20,
      Metrics: Match.arrayWith([Match.objectLike(share), Match.objectLike(cold)]),
    });
  });

  test('no alarm is on an expression that makes up missing data', () => {
    for (const of of [sandbox, production, utmost])
      expect(JSON.stringify(resources(of, 'AWS::CloudWatch::Alarm'))).not.toContain('FILL(');
  });

  test('a dashboard shows duration and share of both', () => {
    const [dashboard] = resources(sandbox, 'AWS::CloudWatch::Dashboard');
    const body = JSON.stringify(dashboard?.Properties?.['DashboardBody']);
    for (const shown of ['Service: cold starts', 'Pipeline: cold starts', 'p95', '100 * FILL(cold, 0) / invocations'])
      expect(body).toContain(shown);
  });
});
