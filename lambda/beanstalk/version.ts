import {
  CreateApplicationVersionCommand,
  DescribeApplicationVersionsCommand,
  ElasticBeanstalkClient,
} from '@aws-sdk/client-elastic-beanstalk';
import { CopyObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { property, type Answer, type Request } from './custom-resource';

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
export async function version(request: Request): Promise<Answer> {
  const PhysicalResourceId = property(request, 'Label');
  const beanstalk = new ElasticBeanstalkClient();
  const ApplicationName = property(request, 'Application');
  const labels = await labelsOf(beanstalk, ApplicationName);
  if (labels.includes(PhysicalResourceId)) return { PhysicalResourceId };
  if (request.ResourceProperties['SourceKey'] === undefined) {
    throw new Error(
      `There is no application version ${PhysicalResourceId}. ${labels.length === 0 ? 'There is none yet' : `There are, newest first: ${labels.join(', ')}`}. ` +
        `Set beanstalk.version to one of them, or leave it away to deploy what is in the repository.`,
    );
  }
  await makeVersion(beanstalk, request, ApplicationName, PhysicalResourceId);
  return { PhysicalResourceId };
}

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
): Promise<void> {
  // Out of the bucket of CDK's assets, whose contents come and go, into the application's own.
  const bundle = { S3Bucket: property(request, 'Bucket'), S3Key: `${VersionLabel}.zip` };
  const source = `${property(request, 'SourceBucket')}/${property(request, 'SourceKey')}`;
  await new S3Client().send(new CopyObjectCommand({ Bucket: bundle.S3Bucket, Key: bundle.S3Key, CopySource: source }));
  await beanstalk.send(
    new CreateApplicationVersionCommand({
      ApplicationName,
      VersionLabel,
      Description: property(request, 'Description'),
      SourceBundle: bundle,
    }),
  );
}
