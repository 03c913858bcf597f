import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeImagesCommand, ECRClient, ImageNotFoundException } from '@aws-sdk/client-ecr';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { answerCloudFormation, property, type Answer, type Request } from '../custom-resource';
import { patience, type Patiently } from '../patience';

// In front of a library's function that pushes an image: see lib/registry/push-once.ts. It runs on what Lambda's runtime
// brings along, the AWS SDK included.

/**
 * Answers at once where the tag is in the repository, or where it is to be deleted; else has the library's function do
 * what CloudFormation asks, and answer it.
 *
 * Properties: `Repository`, `Tag`, `PushFunction`, and those of the library's own.
 */
export async function handler(event: CloudFormationCustomResourceEvent): Promise<void> {
  const left = event.RequestType === 'Delete' ? Promise.resolve(false) : leftToTheLibrary(event, patience(sleep));
  if (await left.catch(() => false)) return;
  const answer = async (request: Request): Promise<Answer> => {
    await left; // what went wrong, if anything did, is what is answered
    return {
      PhysicalResourceId: request.RequestType === 'Create' ? property(request, 'Tag') : request.PhysicalResourceId,
    };
  };
  await answerCloudFormation(event, answer, sleep);
}

async function leftToTheLibrary(request: Request, patiently: Patiently): Promise<boolean> {
  if (await patiently(() => hasTag(property(request, 'Repository'), property(request, 'Tag')))) return false;
  const FunctionName = property(request, 'PushFunction');
  const Payload = JSON.stringify(request);
  await patiently(() => new LambdaClient().send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload })));
  return true;
}

async function hasTag(repositoryName: string, imageTag: string): Promise<boolean> {
  try {
    await new ECRClient().send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] }));
    return true;
  } catch (error) {
    if (error instanceof ImageNotFoundException) return false;
    throw error;
  }
}
