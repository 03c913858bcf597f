import { EnvironmentError } from '../service/environment';
import { widths } from '../service/thumbnail';

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

/** The variables by which it is told. */
export const PIPELINE_VARIABLES = {
  bucket: 'PICTURES_BUCKET',
  deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL',
  idempotencyTable: 'IDEMPOTENCY_TABLE',
  widths: 'THUMBNAIL_WIDTHS',
} as const satisfies Record<keyof PipelineEnvironment, string>;

/**
 * @throws EnvironmentError naming every variable that is missing or wrong
 */
export function readPipelineEnvironment(env: NodeJS.ProcessEnv): PipelineEnvironment {
  const faults: string[] = [];
  const read = (variable: string): string => {
    const value = env[variable] ?? '';
    if (value === '') faults.push(`${variable} is not set: the stack sets it.`);
    return value;
  };
  const { bucket, deadLetterQueueUrl, idempotencyTable } = PIPELINE_VARIABLES;
  const text = read(PIPELINE_VARIABLES.widths);
  const result = {
    bucket: read(bucket),
    deadLetterQueueUrl: read(deadLetterQueueUrl),
    idempotencyTable: read(idempotencyTable),
    widths: text.split(',').map(Number),
  };
  const isWidth = (width: number) => Number.isInteger(width) && width >= widths.minimum && width <= widths.maximum;
  if (text !== '' && !result.widths.every(isWidth)) {
    faults.push(
      `${PIPELINE_VARIABLES.widths} is ${JSON.stringify(text)}: it must be whole pixels from ${widths.minimum} to ` +
        `${widths.maximum}, separated by commas.`,
    );
  }
  if (faults.length > 0) throw new EnvironmentError(faults);
  return result;
}

/** The share of an invocation's time after which it begins no picture. An alarm sounds where one takes so long. */
export const LATEST_START = 0.75;
