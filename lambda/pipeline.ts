// Loaded while Lambda initialises the function, where it has more of a CPU than afterwards: hardly a batch goes without.
import 'sharp';
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { Gate } from '../service/gate';
import { platformFromEnvironment } from '../service/platform';
import { createThumbnailsMaker } from '../service/thumbnail';
import { PictureBucket } from './picture-bucket';
import { readPipelineEnvironment } from './pipeline-environment';
import { LATEST_START } from './pipeline-variables';
import { Refusal, uploadsIn, type Upload } from './upload';
import { createUploadProcessor, PutOff, type Identity, type Once } from './upload-processor';

/**
 * Pictures that are held at once: while one is downloaded, another is made smaller. More would not be quicker, since
 * that takes the processor.
 */
const PICTURES_AT_ONCE = 4;

/** Longer than any message lives: four days in the queue, then fourteen in the dead-letter queue. */
const REMEMBERED_SECONDS = 18 * 24 * 60 * 60;

// Service name and namespace of the metrics are in the environment, where Powertools look for them.
const logger = new Logger();
const metrics = new Metrics();
const tracer = new Tracer();

const { bucket, deadLetterQueueUrl, idempotencyTable, widths } = readPipelineEnvironment(process.env);
const platform = platformFromEnvironment(process.env, {
  memoryMiB: Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']),
});
const sqs = tracer.captureAWSv3Client(new SQSClient());

/** What the AWS SDK and Powertools take beyond the service alone, in MiB: 111 with a first picture made, not 85. */
const SDK_MIB = 32;

// As in createApp: a sixth of the memory for pictures as they were sent, but never less than two of the largest.
const heldBytes = Math.max((platform.memoryMiB * 2 ** 20) / 6, 2 * platform.limits.maxBodyBytes);

const config = new IdempotencyConfig({
  expiresAfterSeconds: REMEMBERED_SECONDS,
  hashFunction: 'sha256',
});
const persistenceStore = new DynamoDBPersistenceLayer({
  tableName: idempotencyTable,
  awsSdkV3Client: tracer.captureAWSv3Client(new DynamoDBClient()),
});

/** Powertools give the result of the first time again; whether it was this time, only the work itself can tell. */
const workOnce: Once = async (identity, work) => {
  let isDone = false;
  const remembered = makeIdempotent(
    async (_identity: Identity) => {
      await work();
      isDone = true;
      return { at: new Date().toISOString() };
    },
    { persistenceStore, config, keyPrefix: 'thumbnails' },
  );
  await remembered(identity).catch((error: unknown) => {
    // It may be in the same batch twice. The first has not succeeded yet, so that this one can't be called done.
    throw error instanceof IdempotencyAlreadyInProgressError ? new PutOff('under-way') : error;
  });
  return isDone;
};

/** The invocation under way: there is never more than one. */
let invocation: { readonly context: Context; readonly givenMs: number } | undefined;

/** No picture is begun in the last quarter of an invocation: a timeout would lose the others that are being made. */
function hasTime(): boolean {
  if (invocation === undefined) return true;
  return invocation.context.getRemainingTimeInMillis() > invocation.givenMs * (1 - LATEST_START);
}

const processUpload = createUploadProcessor({
  bucket,
  pictures: new PictureBucket(tracer.captureAWSv3Client(new S3Client()), bucket),
  makeThumbnails: createThumbnailsMaker({ ...platform, memoryMiB: platform.memoryMiB - SDK_MIB }, heldBytes),
  widths,
  format: 'webp',
  maxBytes: platform.limits.maxBodyBytes,
  room: new Gate(heldBytes, PICTURES_AT_ONCE, Infinity),
  once: workOnce,
  hasTime,
});

/** Makes the thumbnails of what a message announces, or hands it to the dead-letter queue with the reason. */
async function processMessage(message: SQSRecord): Promise<void> {
  try {
    const isRetry = Number(message.attributes.ApproximateReceiveCount) > 1;
    for (const upload of uploadsIn(message.body)) await processOne(upload, isRetry);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await bury(error, message.body);
  }
}

async function processOne(upload: Upload, isRetry: boolean): Promise<void> {
  const about = { key: upload.key, version: upload.version, bytesIn: upload.size };
  const began = performance.now();
  try {
    const outcome = await processUpload(upload, isRetry);
    logger.info('upload', { ...about, outcome, durationMs: Math.round(performance.now() - began) });
    metrics.addMetric(METRICS[outcome], MetricUnit.Count, 1);
  } catch (error) {
    if (error instanceof Refusal) {
      // With this record alone: others in the message are none of its business.
      await bury(error, JSON.stringify({ Records: [upload.record] }), about);
      return;
    }
    if (error instanceof PutOff) {
      logger.info('upload put off, to be tried again', { ...about, why: error.why });
      metrics.addMetric('PicturesPutOff', MetricUnit.Count, 1);
      throw error;
    }
    // Back to the queue, and after some tries to the dead-letter queue.
    logger.warn('upload failed, to be tried again', {
      ...about,
      error: error instanceof Error ? error : String(error),
    });
    metrics.addMetric('PicturesFailed', MetricUnit.Count, 1);
    throw error;
  }
}

const METRICS = {
  made: 'PicturesMade',
  known: 'PicturesKnown',
  gone: 'PicturesGone',
  superseded: 'PicturesSuperseded',
  folder: 'FoldersIgnored',
} as const;

/** Puts what can't be worked off where a person looks at it: sent by us, since SQS itself would try it some times more. */
async function bury({ reason, message }: Refusal, body: string, about: Record<string, unknown> = {}): Promise<void> {
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: deadLetterQueueUrl,
      MessageBody: body,
      MessageAttributes: {
        reason: { DataType: 'String', StringValue: reason },
        detail: { DataType: 'String', StringValue: message },
      },
    }),
  );
  logger.warn('refused, and put into the dead-letter queue', { ...about, reason, detail: message });
  metrics.addMetric('PicturesRefused', MetricUnit.Count, 1);
}

const processor = new BatchProcessor(EventType.SQS);

/**
 * Works off a batch of the queue's messages. What could not be done is answered by its id, and comes again; the rest of
 * the batch does not.
 */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  invocation = { context, givenMs: context.getRemainingTimeInMillis() };
  logger.addContext(context);
  config.registerLambdaContext(context);
  const segment = tracer.getSegment();
  const subsegment = segment?.addNewSubsegment('## pipeline');
  if (subsegment !== undefined) tracer.setSegment(subsegment);
  tracer.annotateColdStart();
  tracer.addServiceNameAnnotation();
  try {
    return await processPartialResponse(event, processMessage, processor, {
      context,
      // Each failure is logged and counted; an invocation that failed is one that crashed or timed out.
      throwOnFullBatchFailure: false,
    });
  } finally {
    subsegment?.close();
    if (segment !== undefined) tracer.setSegment(segment);
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  }
}
