import { CfnOutput, Duration, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  Architecture,
  Code,
  Function as LambdaFunction,
  FunctionUrlAuthType,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { serviceBundle } from '../bundle';
import { isOpenToAll, type Config } from '../config';
import { Alarms } from '../constructs/alarms';
import { ServiceLogGroup } from '../constructs/service-log-group';
import { lambdaServiceEnvironment } from '../service-environment';

export interface LambdaStackProps extends StackProps {
  readonly config: Config;
}

/** The service as a function behind a function URL: nothing runs, and nothing is billed, until somebody asks. */
export class LambdaStack extends Stack {
  constructor(scope: Construct, id: string, props: LambdaStackProps) {
    super(scope, id, props);
    const { config } = props;
    const timeout = Duration.seconds(config.lambda.timeoutSeconds);

    const logGroup = new ServiceLogGroup(this, 'Logs', { config });
    // In place of the managed policy, which would let the function make log groups of any name.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);

    const { path, hash } = serviceBundle('arm64');
    const service = new LambdaFunction(this, 'Service', {
      description: 'Thumbnail service over HTTP',
      code: Code.fromAsset(path, { assetHash: hash }),
      handler: 'lambda.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: config.lambda.memoryMiB,
      timeout,
      environment: { ...lambdaServiceEnvironment('lambda', config), NODE_OPTIONS: '--enable-source-maps' },
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'PutTraceSegments and PutTelemetryRecords of X-Ray support no resource-level permission.',
    });
    Validations.of(service).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason:
        'A function URL waits for its answer and sees the failure itself; a dead-letter queue is for asynchronous events.',
    });

    // An alias on a published version: what provisioned concurrency needs, and what a roll back points elsewhere.
    const live = new Alias(this, 'Live', {
      aliasName: 'live',
      version: service.currentVersion,
      ...(config.lambda.provisionedConcurrency > 0
        ? { provisionedConcurrentExecutions: config.lambda.provisionedConcurrency }
        : {}),
    });
    // Nobody can narrow a function URL by address: with access.allowedCidr set, callers have to sign instead.
    const open = config.lambda.urlAuth === 'none' && isOpenToAll(config);
    const url = live.addFunctionUrl({ authType: open ? FunctionUrlAuthType.NONE : FunctionUrlAuthType.AWS_IAM });

    const alarms = new Alarms(this, 'Alarms', { email: config.alarms.email });
    const period = Duration.minutes(5);
    alarms.add('Errors', {
      metric: live.metricErrors({ period }),
      threshold: 1,
      periods: 1,
      description: 'An invocation crashed or timed out; the service itself answers every bad picture. Look at its log.',
    });
    alarms.add('Throttles', {
      metric: live.metricThrottles({ period }),
      threshold: 1,
      periods: 1,
      description:
        'More requests at once than the account has concurrency for (10 in a new account): ask for a higher quota.',
    });
    alarms.add('NearTimeout', {
      metric: live.metricDuration({ period, statistic: 'Maximum' }),
      threshold: timeout.toMilliseconds() * 0.8,
      periods: 1,
      description: 'An invocation took over 80 % of lambda.timeoutSeconds: raise it, or lambda.memoryMiB for more CPU.',
    });

    new CfnOutput(this, 'Url', { value: url.url, description: 'Where the service answers' });
    new CfnOutput(this, 'FunctionName', { value: service.functionName });
  }
}
