// Apart from what reads them, so that the stack takes nothing of the service along.

/** What the stack tells the pipeline's function, beside the variables of the service and of Powertools. */
export interface PipelineEnvironment {
  /** Name of the bucket with the uploads and the thumbnails. */
  readonly bucket: string;
  readonly deadLetterQueueUrl: string;
  /** Name of the table that remembers which uploads are done. */
  readonly idempotencyTable: string;
  /** Widths of the thumbnails, in pixels. */
  readonly widths: readonly number[];
}

/** The environment variables that carry it. */
export const PIPELINE_VARIABLES = {
  bucket: 'PICTURES_BUCKET',
  deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL',
  idempotencyTable: 'IDEMPOTENCY_TABLE',
  widths: 'THUMBNAIL_WIDTHS',
} as const satisfies Record<keyof PipelineEnvironment, string>;

/** The share of an invocation's time after which it begins no picture. An alarm sounds where one takes so long. */
export const LATEST_START = 0.75;
