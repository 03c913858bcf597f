import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { answerCloudFormation, property, type CustomResource } from '../custom-resource';
import { build } from './build';
import { copyImage, Repository } from './repository';

// Brings an image into a repository, for CloudFormation: see lib/registry/repository-image.ts. It runs on what Lambda's
// runtime brings along, the AWS SDK included.

/**
 * Makes sure that an image is in a repository. A tag that is there stays as it is: a repository takes a tag only once, and
 * going back to an earlier commit finds the image of that commit.
 *
 * Properties: `Repository` and `Tag`; where the image comes from is `SourceRepository` and `SourceTag`, or `Project` with
 * the name of a CodeBuild project that pushes it, and the `DnsSuffix` of the partition.
 */
export const handler = (event: CloudFormationCustomResourceEvent): Promise<void> =>
  answerCloudFormation(event, pushOnce, sleep);

const pushOnce: CustomResource = async (request, patiently) => {
  const [repository, tag] = [new Repository(property(request, 'Repository')), property(request, 'Tag')];
  const answer = { PhysicalResourceId: request.RequestType === 'Create' ? tag : request.PhysicalResourceId };
  const reference = { imageTag: tag };
  if ((await patiently(() => repository.find(reference))) !== undefined) return answer;
  if (request.ResourceProperties['Project'] === undefined) {
    const source = new Repository(property(request, 'SourceRepository'));
    await copyImage(
      { source, reference: { imageTag: property(request, 'SourceTag') }, target: repository, tag },
      patiently,
    );
  } else {
    const [project, dnsSuffix] = [property(request, 'Project'), property(request, 'DnsSuffix')];
    await build({ project, dnsSuffix, token: request.RequestId }, patiently, sleep);
  }
  if ((await repository.find(reference)) === undefined)
    throw new Error(`${repository.name} has no image ${tag}, although the push reported no error. Deploy again.`);
  return answer;
};
