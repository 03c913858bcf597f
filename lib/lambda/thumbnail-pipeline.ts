import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Policy, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { LATEST_START, PIPELINE_VARIABLES, type PipelineEnvironment } from '../../lambda/pipeline-variables';
import { THUMBNAILS, UPLOADS } from '../../lambda/upload';
import { pipelineBundle } from '../../packaging/bundle';
import { functionCode } from '../shared/function-limits';
import type { Alarms } from '../shared/alarms';
import type { LogSettings } from '../shared/log-settings';
import { KEPT_VERSIONS, ServiceFunction } from '../shared/service-function';

/** What the pipeline makes, and what it may use for that. */
export interface PipelineSettings {
  /** Widths of the thumbnails of each upload, in pixels. */
  readonly widths: readonly number[];
  /** Memory of the function, in MiB. */
  readonly memoryMiB: number;
  /** Size of /tmp of the function, in MiB. */
  readonly ephemeralMiB: number;
  /** Longest run of one invocation, which handles up to ten uploads. */
  readonly timeout: Duration;
  /** Executions at once, 2 at least. */
  readonly concurrency: number;
  /** Environment variables of the service's own code. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ThumbnailPipelineProps extends PipelineSettings {
  readonly alarms: Alarms;
  readonly logs: LogSettings;
  /** What becomes of the pictures when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
}

/** Uploads that one invocation handles: the most that needs no waiting until there are so many. */
const BATCH_SIZE = 10;

/** Tries before an upload that fails for a passing reason is given up: the least that AWS recommends. */
const MAX_TRIES = 5;

/**
 * A picture that is uploaded below `uploads/` becomes thumbnails below `thumbnails/`: S3 tells a queue, and the queue a
 * function, which tries again what fails, and puts into the dead-letter queue what never will do.
 */
export class ThumbnailPipeline extends Construct {
  readonly function: ServiceFunction;
  /** What the queue invokes: the version of the last deployment, code and configuration as one. */
  readonly live: Alias;
  readonly bucket: Bucket;
  readonly uploads: Queue;
  readonly deadLetters: Queue;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ThumbnailPipelineProps,
  ) {
    super(scope, id);
    const { timeout, widths } = props;

    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'Serverless-SQSRedrivePolicy',
      reason: 'It is the dead-letter queue; from here on a person decides.',
    });
    this.uploads = new Queue(this, 'Uploads', {
      encryption: QueueEncryption.SQS_MANAGED, // one of the kinds that S3 can write to without a key of ours
      enforceSSL: true,
      // Lambda Developer Guide, "Creating and configuring an Amazon SQS event source mapping": six times, and 5 tries.
      visibilityTimeout: Duration.seconds(6 * timeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_TRIES },
    });
    this.bucket = this.createBucket();
    const done = this.createTable();

    this.function = new ServiceFunction(this, 'Function', {
      logs: props.logs,
      description: 'Thumbnails of uploads',
      code: functionCode(pipelineBundle('arm64')),
      handler: 'pipeline.handler',
      memoryMiB: props.memoryMiB,
      ephemeralMiB: props.ephemeralMiB,
      timeout,
      currentVersionOptions: KEPT_VERSIONS,
      environment: {
        ...props.environment,
        ...variables({
          bucket: this.bucket.bucketName,
          deadLetterQueueUrl: this.deadLetters.queueUrl,
          idempotencyTable: done.tableName,
          widths: widths.join(),
        }),
        POWERTOOLS_SERVICE_NAME: 'pipeline',
        POWERTOOLS_METRICS_NAMESPACE: Stack.of(this).stackName,
        NODE_OPTIONS: '--enable-source-maps',
      },
    });
    Validations.of(this.function).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason: 'The function is invoked by its queue, which has the dead-letter queue.',
    });
    const policy = this.grant(done);
    this.live = new Alias(this, 'Live', { aliasName: 'live', version: this.function.currentVersion });
    const source = new EventSourceMapping(this, 'Source', {
      target: this.live,
      eventSourceArn: this.uploads.queueArn,
      batchSize: BATCH_SIZE,
      reportBatchItemFailures: true,
      maxConcurrency: props.concurrency,
    });
    source.node.addDependency(policy); // Lambda looks whether the function may read the queue
    Validations.of(source).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'For a queue as the source, Lambda has no destination on failure: the queue has its dead-letter queue.',
    });

    this.addAlarms();
  }

  /** The bucket, which announces what is uploaded to it. */
  private createBucket(): Bucket {
    const { removalPolicy } = this.props;
    const bucket = new Bucket(this, 'Pictures', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      // What tells two uploads under one key apart, whatever their bytes.
      versioned: true,
      lifecycleRules: [
        {
          noncurrentVersionExpiration: Duration.days(30),
          expiredObjectDeleteMarker: true,
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy,
      autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'The function logs each picture that it reads and writes. Who needs every access turns on data events of ' +
        'CloudTrail, which AWS recommends above server access logs.',
    });
    // Declared here and not by addEventNotification, which brings a function that may change the notifications of any
    // bucket. Since S3 tries at once whether it may write, the policy comes before the bucket, and can't name it: it
    // lets in the buckets of this account, and the function refuses what is not in its own.
    (bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
      queueConfigurations: [
        {
          event: 's3:ObjectCreated:*',
          queue: this.uploads.queueArn,
          filter: { s3Key: { rules: [{ name: 'prefix', value: UPLOADS }] } },
        },
      ],
    };
    const { account, partition } = Stack.of(this);
    const policy = this.uploads.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.uploads.queueArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': `arn:${partition}:s3:::*` },
        },
      }),
    );
    if (policy.policyDependable) bucket.node.addDependency(policy.policyDependable);
    return bucket;
  }

  /**
   * The table that remembers which uploads are done, as Powertools want it. It forgets them after 18 days, and a thumbnail
   * that is made twice is the same thumbnail: neither restored nor kept.
   */
  private createTable(): TableV2 {
    return new TableV2(this, 'Done', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      timeToLiveAttribute: 'expiration',
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** Exactly what the code calls, on exactly the two prefixes. */
  private grant(done: TableV2): Policy {
    const policy = new Policy(this, 'Policy', {
      statements: [
        new PolicyStatement({ actions: ['s3:GetObject'], resources: [this.bucket.arnForObjects(`${UPLOADS}*`)] }),
        new PolicyStatement({ actions: ['s3:PutObject'], resources: [this.bucket.arnForObjects(`${THUMBNAILS}*`)] }),
        // Without it, S3 says "forbidden" of what has been deleted, and not "not found" (S3 API Reference, GetObject).
        new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] }),
        new PolicyStatement({
          actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
          resources: [this.uploads.queueArn],
        }),
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.deadLetters.queueArn] }),
        // Powertools for AWS Lambda, "Idempotency", Required resources.
        new PolicyStatement({
          actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
          resources: [done.tableArn],
        }),
      ],
    });
    policy.attachToRole(this.function.role);
    const bucket = Stack.of(this).getLogicalId(this.bucket.node.defaultChild as CfnBucket);
    for (const prefix of [UPLOADS, THUMBNAILS])
      Validations.of(policy).acknowledge({
        id: `AwsSolutions-IAM5[Resource::<${bucket}.Arn>/${prefix}*]`,
        reason: 'The names of uploads are not known beforehand; other prefixes and buckets stay out of reach.',
      });
    return policy;
  }

  private addAlarms(): void {
    const { alarms, timeout } = this.props;
    alarms.add('DeadLetters', {
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1) }),
      threshold: 1,
      evaluationPeriods: 1,
      alarmDescription:
        'An upload has become no thumbnail. The message in the dead-letter queue has the attributes "reason" and ' +
        '"detail"; without them it has failed five times, and the log of the function says why. Then see the output Redrive.',
    });
    alarms.add('Backlog', {
      metric: this.uploads.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(5) }),
      threshold: Duration.hours(1).toSeconds(),
      evaluationPeriods: 1,
      alarmDescription: 'Uploads wait for more than an hour: raise lambda.pipelineConcurrency.',
    });
    const period = Duration.minutes(5);
    alarms.add('PipelineErrors', {
      metric: this.function.metricErrors({ period }),
      threshold: 1,
      evaluationPeriods: 1,
      alarmDescription:
        'An invocation of the pipeline crashed or timed out; what it had not done is tried again. Look at its log: a ' +
        'crash may want more lambda.pipelineMemoryMiB, a timeout more lambda.pipelineTimeoutSeconds.',
    });
    alarms.add('PipelineNearTimeout', {
      metric: this.function.metricDuration({ period, statistic: 'Maximum' }),
      threshold: timeout.toMilliseconds() * LATEST_START,
      evaluationPeriods: 1,
      alarmDescription:
        `An invocation of the pipeline took over ${LATEST_START * 100} % of lambda.pipelineTimeoutSeconds, and may have put pictures off: ` +
        'raise it, or lambda.pipelineMemoryMiB for more CPU.',
    });
  }

  /** How many pictures came to that end: `PicturesMade`, `PicturesRefused`, and so on as the function counts them. */
  metricPictures(metricName: string, period: Duration): Metric {
    return new Metric({
      namespace: Stack.of(this).stackName,
      metricName,
      dimensionsMap: { service: 'pipeline' },
      statistic: 'Sum',
      period,
    });
  }
}

const variables = (values: Record<keyof PipelineEnvironment, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [PIPELINE_VARIABLES[name as keyof PipelineEnvironment], value]),
  );
