import { EnvironmentError } from '../service/environment';
import { widths } from '../service/thumbnail';
import { PIPELINE_VARIABLES, type PipelineEnvironment } from './pipeline-variables';

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
