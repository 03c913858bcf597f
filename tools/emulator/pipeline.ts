import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { GetObjectCommand, PutBucketTaggingCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { THUMBNAILS, UPLOADS } from '../../lambda/upload';
import { clientSettings } from './aws';
import type { Endpoint } from './environment';

/** Marks a bucket for CDK's function that empties it: an emulator may drop the tags of the template. */
export async function letBeEmptied(s3: S3Client, Bucket: string): Promise<void> {
  const TagSet = [{ Key: 'aws-cdk:auto-delete-objects', Value: 'true' }];
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
}

/** A thumbnail that the pipeline has written. */
export interface PipelineThumbnail {
  readonly width: number;
  readonly type: string;
  readonly base64: string;
  readonly bytes: number;
}

const LOOK_AGAIN_MS = 50;
const WITHIN_MS = 60_000;

/** The deployed pipeline of the stack Lambda, from the outside: a picture is put to its bucket, thumbnails appear. */
export class DeployedPipeline {
  private readonly s3: S3Client;
  private readonly sqs: SQSClient;

  /** @param widths of the thumbnails that it makes of each upload */
  constructor(
    endpoint: Endpoint,
    private readonly bucket: string,
    private readonly deadLetterQueueUrl: string,
    private readonly widths: readonly number[],
  ) {
    // By path: an emulator has no host names for its buckets.
    this.s3 = new S3Client({ ...clientSettings(endpoint), forcePathStyle: true });
    this.sqs = new SQSClient(clientSettings(endpoint));
  }

  /** Marks the bucket for the function that empties it when the stack goes. */
  letBeEmptied(): Promise<void> {
    return letBeEmptied(this.s3, this.bucket);
  }

  /**
   * Uploads a picture, and waits for its thumbnails.
   *
   * @returns all of them, and the milliseconds from the upload until the last was there
   * @throws Error with the pipeline's reason where it has put the picture into its dead-letter queue, or with the time limit
   */
  async make(
    picture: Buffer,
    signal: AbortSignal,
  ): Promise<{ readonly ms: number; readonly thumbnails: readonly PipelineThumbnail[] }> {
    const key = `sandbox-${randomUUID()}`;
    const began = performance.now();
    await this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: `${UPLOADS}${key}`, Body: picture }), {
      abortSignal: signal,
    });
    for (;;) {
      const found = await Promise.all(this.widths.map((width) => this.thumbnail(key, width, signal)));
      const ms = performance.now() - began;
      const thumbnails = found.flatMap((each) => each ?? []);
      if (thumbnails.length === this.widths.length) return { ms, thumbnails };
      const reason = await this.refusal(key, signal);
      if (reason !== undefined) throw new Error(`the pipeline put it into its dead-letter queue: ${reason}`);
      if (ms > WITHIN_MS)
        throw new Error(
          `the pipeline has made ${thumbnails.length} of ${this.widths.length} thumbnails within ${WITHIN_MS / 1000} s`,
        );
      await setTimeout(LOOK_AGAIN_MS, undefined, { signal });
    }
  }

  close(): void {
    this.s3.destroy();
    this.sqs.destroy();
  }

  private async thumbnail(key: string, width: number, signal: AbortSignal): Promise<PipelineThumbnail | undefined> {
    const get = new GetObjectCommand({ Bucket: this.bucket, Key: `${THUMBNAILS}${key}/${width}.webp` });
    try {
      const { Body, ContentType = '' } = await this.s3.send(get, { abortSignal: signal });
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
      return { width, type: ContentType, base64: bytes.toString('base64'), bytes: bytes.length };
    } catch (error) {
      if ((error as Error).name === 'NoSuchKey') return undefined;
      throw error;
    }
  }

  /** Why the pipeline has refused this upload; undefined where it has not, so far. */
  private async refusal(key: string, signal: AbortSignal): Promise<string | undefined> {
    const receive = new ReceiveMessageCommand({
      ...{ QueueUrl: this.deadLetterQueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 },
      MessageAttributeNames: ['All'],
    });
    const { Messages = [] } = await this.sqs.send(receive, { abortSignal: signal });
    let found: string | undefined;
    for (const { Body = '', MessageAttributes = {}, ReceiptHandle } of Messages) {
      // Another's comes back to the queue by itself.
      if (!Body.includes(key)) continue;
      found = MessageAttributes['reason']?.StringValue ?? 'it failed again and again';
      await this.sqs.send(new DeleteMessageCommand({ QueueUrl: this.deadLetterQueueUrl, ReceiptHandle }));
    }
    return found;
  }
}
