import {
  CreateApplicationVersionCommand,
  DescribeApplicationVersionsCommand,
  ElasticBeanstalkClient,
} from '@aws-sdk/client-elastic-beanstalk';
import { CopyObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { property, type Answer, type Request } from '../custom-resource';
import type { Patiently } from '../patience';

/**
 * An application version by its label. With a source bundle, it is made unless it is there: the label names the content.
 * Without, it has to be there already.
 *
 * Properties: `Application`, `Label`; for a source bundle `SourceBucket` and `SourceKey`, where it was uploaded,
 * `Bucket`, where it is kept, and `Description`.
 *
 * Nothing is ever deleted here: earlier versions are what a rollback goes to. They go with the application, or when its
 * lifecycle says so.
 *
 * @throws Error where there is no such version, naming those there are
 */
export async function version(request: Request, patiently: Patiently): Promise<Answer> {
  const PhysicalResourceId = property(request, 'Label');
  const beanstalk = new ElasticBeanstalkClient();
  const ApplicationName = property(request, 'Application');
  const isUpload = request.ResourceProperties['SourceKey'] !== undefined;
  const labels = await patiently(
    () => labelsOf(beanstalk, ApplicationName),
    // Before the first upload there is none; a version from earlier is among some.
    (found) => isUpload || found.length > 0,
  );
  if (labels.includes(PhysicalResourceId)) return { PhysicalResourceId };
  if (!isUpload) {
    throw new Error(
      `There is no application version ${PhysicalResourceId}. ${labels.length === 0 ? 'There is none yet' : `There are, newest first: ${listed(labels)}`}. ` +
        `Set beanstalk.version to one of them, or leave it out to deploy what is in the repository.`,
    );
  }
  await makeVersion(beanstalk, request, ApplicationName, PhysicalResourceId, patiently);
  return { PhysicalResourceId };
}

// An application can have 1,000, and an answer to CloudFormation 4,096 bytes.
const NAMED = 20;
const listed = (labels: readonly string[]): string =>
  labels.slice(0, NAMED).join(', ') + (labels.length > NAMED ? ` and ${labels.length - NAMED} more` : '');

/** Labels of an application's versions, newest first. */
async function labelsOf(beanstalk: ElasticBeanstalkClient, ApplicationName: string): Promise<string[]> {
  const { ApplicationVersions = [] } = await beanstalk.send(
    new DescribeApplicationVersionsCommand({ ApplicationName }),
  );
  return ApplicationVersions.sort((one, other) => Number(other.DateCreated ?? 0) - Number(one.DateCreated ?? 0)).map(
    ({ VersionLabel = '' }) => VersionLabel,
  );
}

async function makeVersion(
  beanstalk: ElasticBeanstalkClient,
  request: Request,
  ApplicationName: string,
  VersionLabel: string,
  patiently: Patiently,
): Promise<void> {
  // Out of the bucket of CDK's assets, whose contents come and go, into the application's own.
  const bundle = { S3Bucket: property(request, 'Bucket'), S3Key: `${VersionLabel}.zip` };
  const source = `${property(request, 'SourceBucket')}/${property(request, 'SourceKey')}`;
  const copy = new CopyObjectCommand({ Bucket: bundle.S3Bucket, Key: bundle.S3Key, CopySource: source });
  await patiently(() => new S3Client().send(copy));
  const create = new CreateApplicationVersionCommand({
    ApplicationName,
    VersionLabel,
    Description: property(request, 'Description'),
    SourceBundle: bundle,
  });
  await patiently(() => beanstalk.send(create)).catch((error: unknown) => {
    // It was there, but not to be seen yet: the same label is the same content.
    if (!(error instanceof Error && error.message.endsWith('already exists.'))) throw error;
  });
}
