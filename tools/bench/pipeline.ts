import { PIPELINE_VARIABLES } from '../../lambda/pipeline-variables';
import { UPLOADS } from '../../lambda/upload';
import { OPTIONS } from '../../lib/app';
import { runtimeClient } from '../../contract/runtime/install';
import { LambdaFunction } from '../../contract/runtime/lambda-function';
import { eTagOf, LoopbackAws } from '../../contract/runtime/loopback-aws';
import { announcement } from '../bulk';
import {
  type FunctionFigures,
  MEMORY_MIB,
  measureFunctions,
  type Progress,
  type Start,
  type Subject,
} from './functions';

/** What was measured of the thumbnail pipeline's function. */
export interface PipelineFigures {
  /** A message that announces no picture: what S3 sends when the notification is set up. */
  readonly nothing: FunctionFigures;
  /** One uploaded picture. */
  readonly upload: FunctionFigures;
  /** Of each picture, in pixels. */
  readonly widths: readonly number[];
}

export interface PipelineBenchOptions {
  /** The unpacked package. */
  readonly code: string;
  readonly picture: Buffer;
  readonly coldStarts: number;
  readonly warmRequests: { readonly nothing: number; readonly upload: number };
  readonly progress: Progress;
}

const WIDTHS = OPTIONS['lambda.pipelineWidths'].default as readonly number[];
const BUCKET = 'pictures';
const KEY = `${UPLOADS}camera.jpg`;
const VERSION = 'version-1';

const batchOf = (body: string) => ({
  Records: [
    {
      messageId: 'message-1',
      receiptHandle: 'receipt',
      body,
      attributes: { ApproximateReceiveCount: '1' },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:uploads',
      awsRegion: 'eu-central-1',
    },
  ],
});

/** Measures the function of the thumbnail pipeline, as it works off batches of one message. */
export async function benchPipeline(options: PipelineBenchOptions): Promise<PipelineFigures> {
  const { code, picture, coldStarts, warmRequests, progress } = options;
  const aws = new LoopbackAws();
  await aws.start();
  aws.objects.set(KEY, { bytes: picture, version: VERSION });
  const make = (start: Start) =>
    new LambdaFunction({
      code,
      handler: 'pipeline.handler',
      client: runtimeClient(),
      memoryMiB: MEMORY_MIB,
      timeoutMs: 60_000,
      ...start,
      environment: {
        SERVICE_OPTION: 'lambda',
        SERVICE_MAX_BODY_BYTES: String(32 * 2 ** 20),
        ...aws.environment,
        POWERTOOLS_SERVICE_NAME: 'pipeline',
        POWERTOOLS_METRICS_NAMESPACE: 'bench',
        [PIPELINE_VARIABLES.bucket]: BUCKET,
        [PIPELINE_VARIABLES.deadLetterQueueUrl]: 'https://sqs.eu-central-1.amazonaws.com/123456789012/dead-letters',
        [PIPELINE_VARIABLES.idempotencyTable]: 'done',
        [PIPELINE_VARIABLES.widths]: WIDTHS.join(),
      },
    });
  const check = (thumbnails: number) => (payload: string) => {
    const { batchItemFailures } = JSON.parse(payload) as { batchItemFailures: unknown[] };
    const written = aws.written.splice(0).length;
    aws.records.clear(); // the next upload is another, though it has the same bytes
    if (batchItemFailures.length > 0) throw new Error('The message was not worked off');
    if (written !== thumbnails) throw new Error(`${written} thumbnails were written in place of ${thumbnails}`);
  };
  const subjects = {
    nothing: {
      make,
      event: batchOf(JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: BUCKET })),
      warmRequests: warmRequests.nothing,
      check: check(0),
    },
    upload: {
      make,
      event: batchOf(
        announcement(BUCKET, { key: KEY, versionId: VERSION, eTag: eTagOf(picture), size: picture.length }),
      ),
      warmRequests: warmRequests.upload,
      check: check(WIDTHS.length),
    },
  } satisfies Record<string, Subject>;
  try {
    return { ...(await measureFunctions(subjects, coldStarts, progress)), widths: WIDTHS };
  } finally {
    await aws.stop();
  }
}
