import type { IRepository } from 'aws-cdk-lib/aws-ecr';

/** An image of the service, as the registry has it. */
export interface ServiceImage {
  readonly repository: IRepository;
  /** Names the content, so that a new image is a new task definition. */
  readonly tag: string;
}
