import { CfnOutput, Duration, RemovalPolicy, Stack, TimeZone, Validations, type StackProps } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Dashboard, GraphWidget, Row, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Alias, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { THUMBNAILS, UPLOADS } from '../../lambda/upload';
import { serviceBundle } from '../../packaging/bundle';
import { isOpenToAll, type Config } from '../options/config';
import { Alarms } from '../shared/alarms';
import { ColdStarts } from '../shared/cold-starts';
import { KeepWarm } from './keep-warm';
import { ServiceFunction } from '../shared/service-function';
import { ThumbnailPipeline } from './thumbnail-pipeline';
import { functionCode } from '../shared/function-limits';
import { nightWindow } from '../shared/night';
import { lambdaServiceEnvironment } from '../shared/service-environment';

export interface LambdaStackProps extends StackProps {
  readonly config: Config;
}

/** From how long on an initialisation is slow, in milliseconds: twice what each function's package should take. */
const SLOW_START_MS = { service: 1_000, pipeline: 2_000 };

/** The lines that the service logs of requests that waited for an initialisation: docs/contract.md, `start`. */
const COLD_REQUESTS = FilterPattern.all(
  FilterPattern.stringValue('$.message', '=', 'request'),
  FilterPattern.stringValue('$.start', '=', 'cold'),
);

/**
 * The service as functions: one behind a function URL, where nothing runs and nothing is billed until somebody asks;
 * one that makes thumbnails of what is uploaded to a bucket.
 */
export class LambdaStack extends Stack {
  private readonly config: Config;
  private readonly alarms: Alarms;

  constructor(scope: Construct, id: string, props: LambdaStackProps) {
    super(scope, id, props);
    this.config = props.config;
    this.alarms = new Alarms(this, 'Alarms', { email: this.config.alarms.email });

    const service = new ServiceFunction(this, 'Service', {
      config: this.config,
      description: 'Thumbnail service over HTTP',
      code: functionCode(serviceBundle('arm64')),
      handler: 'lambda.handler',
      timeout: Duration.seconds(this.config.lambda.timeoutSeconds),
      environment: { ...lambdaServiceEnvironment('lambda', this.config), NODE_OPTIONS: '--enable-source-maps' },
      // Else a deployment deletes the version before, and there is nothing to roll back to. Lambda deletes all of them
      // with their function, so that nothing stays of the sandbox.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
    Validations.of(service).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason:
        'A function URL waits for its answer and sees the failure itself; a dead-letter queue is for asynchronous events.',
    });
    const live = this.alias(service);
    // Nobody can narrow a function URL by address: with access.allowedCidr set, callers have to sign instead.
    const open = this.config.lambda.urlAuth === 'none' && isOpenToAll(this.config);
    const url = live.addFunctionUrl({ authType: open ? FunctionUrlAuthType.NONE : FunctionUrlAuthType.AWS_IAM });
    this.keepWarm(live);
    this.alarm(live);

    const pipeline = new ThumbnailPipeline(this, 'Pipeline', { config: this.config, alarms: this.alarms });

    const invocations = (of: Alias | ServiceFunction) => of.metricInvocations();
    const starts = {
      service: new ColdStarts(this, 'ServiceStarts', {
        logGroup: service.logGroup,
        invocations: invocations(live),
        coldLines: COLD_REQUESTS,
      }),
      pipeline: new ColdStarts(this, 'PipelineStarts', {
        logGroup: pipeline.function.logGroup,
        invocations: invocations(pipeline.function),
      }),
    };
    starts.service.alarmWhenSlow(this.alarms, SLOW_START_MS.service, 'lambda.memoryMiB');
    starts.service.alarmWhenMany(this.alarms);
    starts.pipeline.alarmWhenSlow(this.alarms, SLOW_START_MS.pipeline, 'lambda.pipelineMemoryMiB');
    this.dashboard(service, live, pipeline, starts);

    new CfnOutput(this, 'Url', { value: url.url, description: 'Where the service answers' });
    new CfnOutput(this, 'FunctionName', { value: service.functionName });
    new CfnOutput(this, 'UploadTo', {
      value: `s3://${pipeline.bucket.bucketName}/${UPLOADS}`,
      description: `Put pictures here, and find their thumbnails beside it in ${THUMBNAILS}`,
    });
    new CfnOutput(this, 'DeadLetterQueueUrl', { value: pipeline.deadLetters.queueUrl });
    new CfnOutput(this, 'Redrive', {
      // With its destination: of what the function itself has put there, SQS can't tell where it came from.
      value:
        `aws sqs start-message-move-task --region ${this.region} --source-arn ${pipeline.deadLetters.queueArn} ` +
        `--destination-arn ${pipeline.uploads.queueArn}`,
      description: 'Tries again what is in the dead-letter queue',
    });
  }

  /** On a published version: what provisioned concurrency needs, and what a roll back points elsewhere. */
  private alias(service: ServiceFunction): Alias {
    const { provisionedConcurrency: day, nightProvisionedConcurrency: night } = this.config.lambda;
    const isFixed = day === night;
    const live = new Alias(this, 'Live', {
      aliasName: 'live',
      version: service.currentVersion,
      ...(isFixed && day > 0 ? { provisionedConcurrentExecutions: day } : {}),
    });
    const window = nightWindow(this.config.ecs.night);
    if (isFixed || window === undefined) return live;

    // Not in the alias itself: each deployment would then set it back to what the template says.
    const concurrency = live.addAutoScaling({ minCapacity: day, maxCapacity: day });
    const timeZone = TimeZone.of(window.timeZone);
    const fixed = (environments: number) => ({ timeZone, minCapacity: environments, maxCapacity: environments });
    concurrency.scaleOnSchedule('Day', { schedule: Schedule.cron(window.to), ...fixed(day) });
    concurrency.scaleOnSchedule('Night', { schedule: Schedule.cron(window.from), ...fixed(night) });
    return live;
  }

  private keepWarm(live: Alias): void {
    const { keepWarmMinutes } = this.config.lambda;
    if (keepWarmMinutes > 0) new KeepWarm(this, 'KeepWarm', { alias: live, every: Duration.minutes(keepWarmMinutes) });
  }

  private alarm(live: Alias): void {
    const period = Duration.minutes(5);
    this.alarms.add('Errors', {
      metric: live.metricErrors({ period }),
      threshold: 1,
      periods: 1,
      description: 'An invocation crashed or timed out; the service itself answers every bad picture. Look at its log.',
    });
    this.alarms.add('Throttles', {
      metric: live.metricThrottles({ period }),
      threshold: 1,
      periods: 1,
      description:
        'More requests at once than the account has concurrency for (10 in a new account): ask for a higher quota.',
    });
    this.alarms.add('NearTimeout', {
      metric: live.metricDuration({ period, statistic: 'Maximum' }),
      threshold: this.config.lambda.timeoutSeconds * 1000 * 0.8,
      periods: 1,
      description: 'An invocation took over 80 % of lambda.timeoutSeconds: raise it, or lambda.memoryMiB for more CPU.',
    });
  }

  private dashboard(
    service: ServiceFunction,
    live: Alias,
    pipeline: ThumbnailPipeline,
    starts: Record<'service' | 'pipeline', ColdStarts>,
  ): void {
    const period = Duration.minutes(5);
    const graph = (title: string, left: IMetric[], right: IMetric[] = []): GraphWidget =>
      new GraphWidget({ title, left, right, width: 8, leftYAxis: { min: 0 }, rightYAxis: { min: 0 } });
    const startsOf = (name: string, of: ColdStarts): GraphWidget =>
      graph(`${name}: cold starts`, [of.duration('p50', period), of.duration('p95', period)], [of.share(period)]);
    const pictures = ['Made', 'Known', 'Superseded', 'Gone', 'Refused', 'PutOff', 'Failed'];
    new Dashboard(this, 'Dashboard').addWidgets(
      new Row(
        startsOf('Service', starts.service),
        graph('Service: duration, ms', [
          live.metricDuration({ period, statistic: 'p50' }),
          live.metricDuration({ period, statistic: 'p99' }),
        ]),
        graph(
          'Service: invocations',
          [live.metricInvocations({ period }), live.metricErrors({ period }), live.metricThrottles({ period })],
          [service.metric('ConcurrentExecutions', { period, statistic: 'Maximum' })],
        ),
      ),
      new Row(
        startsOf('Pipeline', starts.pipeline),
        graph(
          'Pipeline: pictures',
          pictures.map((end) => pipeline.metricPictures(`Pictures${end}`, period)),
        ),
        graph(
          'Pipeline: waiting',
          [
            pipeline.uploads.metricApproximateNumberOfMessagesVisible({ period }),
            pipeline.uploads.metricApproximateNumberOfMessagesNotVisible({ period }),
            pipeline.deadLetters.metricApproximateNumberOfMessagesVisible({ period, label: 'dead letters' }),
          ],
          [pipeline.uploads.metricApproximateAgeOfOldestMessage({ period })],
        ),
      ),
    );
  }
}
