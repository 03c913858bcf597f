import { CfnOutput, Stack, Validations, type Duration, type StackProps } from 'aws-cdk-lib';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { THUMBNAILS, UPLOADS } from '../../lambda/upload';
import { serviceBundle } from '../../packaging/bundle';
import { Alarms } from '../shared/alarms';
import { ColdStarts } from '../shared/cold-starts';
import { addFunctionAlarms } from '../shared/function-alarms';
import { functionCode } from '../shared/function-limits';
import type { LogSettings } from '../shared/log-settings';
import type { NightWindow } from '../shared/night';
import { KEPT_VERSIONS, ServiceFunction } from '../shared/service-function';
import { ServiceUrl, type UrlAccess } from '../shared/service-url';
import { LambdaDashboard } from './dashboard';
import { GradualDeployment, type LambdaDeploymentName } from './gradual-deployment';
import { KeepWarm } from './keep-warm';
import { ProvisionedConcurrency } from './provisioned-concurrency';
import { ThumbnailPipeline, type PipelineSettings, type ThumbnailPipelineProps } from './thumbnail-pipeline';

/** From how long on an initialisation is slow, in milliseconds: twice what each function's package should take. */
const SLOW_START_MS = { service: 1_000, pipeline: 2_000 };

/** The lines that the service logs of requests that waited for an initialisation: docs/contract.md, `start`. */
const COLD_REQUESTS = FilterPattern.all(
  FilterPattern.stringValue('$.message', '=', 'request'),
  FilterPattern.stringValue('$.start', '=', 'cold'),
);

export interface LambdaStackProps extends StackProps, Pick<ThumbnailPipelineProps, 'removalPolicy'> {
  /** Memory of the service's function, in MiB, and CPU in proportion to it. */
  readonly memoryMiB: number;
  /** Size of /tmp of the service's function, in MiB. */
  readonly ephemeralMiB: number;
  /** Longest run of one invocation over HTTP. */
  readonly timeout: Duration;
  /** Environment variables of the service. */
  readonly environment: Readonly<Record<string, string>>;
  /** Who may call the function URL, and from where. */
  readonly access: UrlAccess;
  /** How a new version takes over from the one before. */
  readonly deployment: LambdaDeploymentName;
  /**
   * Executions of the service at once, taken from those of the account: no more, and for nothing else.
   * @default - as many as the account has left
   */
  readonly reservedConcurrency?: number | undefined;
  /** Execution environments that are kept initialised, billed by the hour. */
  readonly provisionedConcurrency: number;
  /**
   * When there are others.
   * @default - day and night are alike
   */
  readonly night?: { readonly window: NightWindow; readonly provisionedConcurrency: number } | undefined;
  /**
   * How often a schedule asks the function for its health, which keeps one execution environment warm.
   * @default - never
   */
  readonly keepWarmEvery?: Duration | undefined;
  readonly pipeline: PipelineSettings;
  readonly logs: LogSettings;
  /**
   * Address that alarms are mailed to.
   * @default - none
   */
  readonly alarmEmail?: string | undefined;
}

/**
 * The service as functions: one behind a function URL, where nothing runs and nothing is billed until a request comes;
 * one that makes thumbnails of what is uploaded to a bucket.
 */
export class LambdaStack extends Stack implements IGrantable {
  /** What the service's function may do. The pipeline's function is `pipeline.function`. */
  readonly grantPrincipal: IPrincipal;
  readonly pipeline: ThumbnailPipeline;

  constructor(scope: Construct, id: string, props: LambdaStackProps) {
    super(scope, id, props);
    const { logs, memoryMiB, ephemeralMiB, timeout } = props;
    const alarms = new Alarms(this, 'Alarms', { email: props.alarmEmail });

    const service = new ServiceFunction(this, 'Service', {
      logs,
      description: 'Thumbnail service over HTTP',
      code: functionCode(serviceBundle('arm64')),
      handler: 'lambda.handler',
      memoryMiB,
      ephemeralMiB,
      timeout,
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      reservedConcurrency: props.reservedConcurrency,
      currentVersionOptions: KEPT_VERSIONS,
    });
    Validations.of(service).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason:
        'A function URL waits for its answer and sees the failure itself; a dead-letter queue is for asynchronous events.',
    });
    // On a published version: what provisioned concurrency needs, and what a roll back points elsewhere.
    const live = new Alias(this, 'Live', { aliasName: 'live', version: service.currentVersion });
    this.provision(live, props);
    const url = new ServiceUrl(this, 'ServiceUrl', { alias: live, ...props.access });
    const failing = url.alarmWhenFailing(alarms, 'ServerErrors', 'The service');
    if (props.deployment !== 'all-at-once')
      new GradualDeployment(this, 'Deployment', { alias: live, shift: props.deployment, alarms: [failing] });
    if (props.keepWarmEvery) new KeepWarm(this, 'KeepWarm', { alias: live, every: props.keepWarmEvery });
    addFunctionAlarms(alarms, { target: live, timeout, memoryOption: 'lambda.memoryMiB' });

    this.grantPrincipal = service.role;
    const pipeline = new ThumbnailPipeline(this, 'Pipeline', {
      ...props.pipeline,
      logs,
      alarms,
      removalPolicy: props.removalPolicy,
    });

    this.pipeline = pipeline;

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
    starts.service.alarmWhenSlow(alarms, SLOW_START_MS.service, 'lambda.memoryMiB');
    starts.service.alarmWhenMany(alarms);
    starts.pipeline.alarmWhenSlow(alarms, SLOW_START_MS.pipeline, 'lambda.pipelineMemoryMiB');
    new LambdaDashboard(this, 'Dashboard', { service, live, url, pipeline, starts });

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

  private provision(alias: Alias, { provisionedConcurrency: day, night }: LambdaStackProps): void {
    if (day === 0 && night === undefined) return;
    new ProvisionedConcurrency(this, 'ProvisionedConcurrency', {
      alias,
      day,
      night: night && { window: night.window, environments: night.provisionedConcurrency },
    });
  }
}
