import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { PIPELINE_VARIABLES } from '../../lambda/pipeline-environment';
import { UPLOADS } from '../../lambda/upload';
import { OPTIONS } from '../../lib/config';
import { runtimeClient } from '../../test/lambda-runtime/install';
import { LambdaFunction } from '../../test/lambda-runtime/lambda-function';
import { type FunctionFigures, measureFunctions, type Progress, type Subject } from './functions';

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
const E_TAG = '0123456789abcdef0123456789abcdef';
const VERSION = 'version-1';

/**
 * As much of S3 and DynamoDB as the function speaks to, on loopback: a bucket with that picture under every key, and a
 * table that remembers no upload. Each answers at once, so that what is measured is the function.
 */
class LoopbackAws {
  #written = 0;
  readonly #server: http.Server;

  private constructor(picture: Buffer) {
    this.#server = http.createServer((request, response) => {
      request.resume().once('end', () => {
        this.#answer(picture, request, response);
      });
    });
  }

  static async start(picture: Buffer): Promise<LoopbackAws> {
    const aws = new LoopbackAws(picture);
    await once(aws.#server.listen(0, '127.0.0.1'), 'listening');
    return aws;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many thumbnails were written since this was last asked. */
  takeWritten(): number {
    const written = this.#written;
    this.#written = 0;
    return written;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(picture: Buffer, { method, headers }: http.IncomingMessage, response: http.ServerResponse): void {
    const target = headers['x-amz-target'];
    if (typeof target === 'string' && /^DynamoDB_\d+\.(Put|Update)Item$/.test(target)) {
      response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0' }).end('{}');
    } else if (target === undefined && (method === 'GET' || method === 'HEAD')) {
      response.writeHead(200, {
        'Content-Length': picture.length,
        'Content-Type': 'image/jpeg',
        ETag: `"${E_TAG}"`,
        'x-amz-version-id': VERSION,
      });
      response.end(method === 'GET' ? picture : undefined);
    } else if (target === undefined && method === 'PUT') {
      this.#written += 1;
      response.writeHead(200, { ETag: `"${E_TAG}"` }).end();
    } else {
      response.writeHead(501).end();
    }
  }
}

const batchOf = (body: string) => ({
  Records: [
    {
      messageId: 'message-1',
      receiptHandle: 'receipt',
      body,
      attributes: {},
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:uploads',
      awsRegion: 'eu-central-1',
    },
  ],
});

/** What S3 announces of the picture, as far as it is read. */
const announcement = ({ length: size }: Buffer) => ({
  Records: [
    {
      eventName: 'ObjectCreated:Put',
      s3: {
        bucket: { name: BUCKET },
        object: { key: `${UPLOADS}camera.jpg`, versionId: VERSION, eTag: E_TAG, size },
      },
    },
  ],
});

/** Measures the function of the thumbnail pipeline, as it works off batches of one message. */
export async function benchPipeline(options: PipelineBenchOptions): Promise<PipelineFigures> {
  const { code, picture, coldStarts, warmRequests, progress } = options;
  const aws = await LoopbackAws.start(picture);
  const make = () =>
    new LambdaFunction({
      code,
      handler: 'pipeline.handler',
      client: runtimeClient(),
      memoryMiB: 1024,
      timeoutMs: 60_000,
      environment: {
        SERVICE_OPTION: 'lambda',
        SERVICE_MAX_BODY_BYTES: String(32 * 2 ** 20),
        AWS_ENDPOINT_URL: aws.url,
        AWS_ACCESS_KEY_ID: 'bench',
        AWS_SECRET_ACCESS_KEY: 'bench',
        POWERTOOLS_SERVICE_NAME: 'pipeline',
        POWERTOOLS_METRICS_NAMESPACE: 'bench',
        [PIPELINE_VARIABLES.bucket]: BUCKET,
        [PIPELINE_VARIABLES.deadLetterQueueUrl]: `${aws.url}/123456789012/dead-letters`,
        [PIPELINE_VARIABLES.idempotencyTable]: 'done',
        [PIPELINE_VARIABLES.widths]: WIDTHS.join(),
      },
    });
  const check = (thumbnails: number) => (payload: string) => {
    const { batchItemFailures } = JSON.parse(payload) as { batchItemFailures: unknown[] };
    const written = aws.takeWritten();
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
      event: batchOf(JSON.stringify(announcement(picture))),
      warmRequests: warmRequests.upload,
      check: check(WIDTHS.length),
    },
  } satisfies Record<string, Subject>;
  try {
    return { ...(await measureFunctions(subjects, coldStarts, progress)), widths: WIDTHS };
  } finally {
    aws.stop();
  }
}
