import { Stack, Token } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { BUNDLES_ONLY, logicalIdOf, type BeanstalkApplication, type BeanstalkResource } from './application';

/** A source bundle to upload. */
export interface BeanstalkVersionBundle {
  readonly path: string;
  readonly hash: string;
  /** What a person reads beside the label: 1 to 200 characters. */
  readonly description: string;
}

export interface BeanstalkVersionProps {
  readonly application: BeanstalkApplication;
  /** Names the content: the same label is the same version. Letters, digits, `.`, `_` and `-`, 100 at most. */
  readonly label: string;
  /**
   * The zip, and a hash of it.
   * @default - none: the version is one from earlier; where there is none, the deployment fails before it changes anything
   */
  readonly bundle?: BeanstalkVersionBundle | undefined;
}

/**
 * A version of an application, by its label: uploaded, or one from earlier. No deployment deletes a version; how many are
 * kept is the application's business.
 *
 * In place of `AWS::ElasticBeanstalk::ApplicationVersion`, which makes up labels of its own, and deletes a version that
 * the template no longer names: the very one that a rollback goes to.
 */
export class BeanstalkVersion extends Construct {
  readonly label: string;

  constructor(scope: Construct, id: string, { application, label, bundle }: BeanstalkVersionProps) {
    super(scope, id);
    checkProps(label, bundle?.description);
    this.label = label;
    const look = new PolicyStatement({
      actions: ['elasticbeanstalk:DescribeApplicationVersions'],
      resources: [application.arn('applicationversion', '*')],
    });
    application.acknowledgeWildcard(
      wildcardOf(application, 'applicationversion'),
      'The versions of this application, whose labels are to come: a wrong one is answered with all of them.',
    );
    const upload = bundle === undefined ? undefined : this.upload(application, bundle);
    const version = application.customResource(this, 'Resource', {
      kind: 'Version',
      properties: { Application: application.applicationName, Label: label, ...upload?.properties },
      permissions: [look, ...(upload?.permissions ?? [])],
    });
    // Whoever reads the bundle is held to HTTPS from the first time on.
    if (application.bundles.policy) version.node.addDependency(application.bundles.policy);
  }

  private upload(
    application: BeanstalkApplication,
    { path, hash, description }: BeanstalkVersionBundle,
  ): Pick<BeanstalkResource, 'properties' | 'permissions'> {
    const asset = new Asset(this, 'Bundle', { path, assetHash: hash });
    const { bundles } = application;
    application.acknowledgeWildcard(`<${logicalIdOf(bundles)}.Arn>/*`, BUNDLES_ONLY);
    application.acknowledgeWildcard(
      `arn:<AWS::Partition>:s3:::${ownBucketName('<AWS::Region>', '<AWS::AccountId>')}/*`,
      "The bucket is Elastic Beanstalk's own in this account and region, and it chooses the names in it.",
    );
    const { account, region } = Stack.of(this);
    const ownBucket = Stack.of(this).formatArn({
      service: 's3',
      region: '',
      account: '',
      resource: ownBucketName(region, account),
    });
    return {
      properties: {
        SourceBucket: asset.s3BucketName,
        SourceKey: asset.s3ObjectKey,
        Bucket: bundles.bucketName,
        Description: description,
      },
      permissions: [
        new PolicyStatement({
          actions: ['s3:GetObject'],
          resources: [asset.bucket.arnForObjects(asset.s3ObjectKey)],
        }),
        // Written by the function; read by Elastic Beanstalk, with the rights of whoever makes a version of it.
        new PolicyStatement({
          actions: ['s3:PutObject', 's3:GetObject', 's3:GetObjectAcl'],
          resources: [bundles.arnForObjects('*')],
        }),
        new PolicyStatement({ actions: ['s3:ListBucket', 's3:GetBucketLocation'], resources: [bundles.bucketArn] }),
        // With the same rights Elastic Beanstalk makes its own bucket, where an account has none, and copies there.
        // Source: Developer Guide, "Using Elastic Beanstalk with Amazon S3", and the managed policy
        // AdministratorAccess-AWSElasticBeanstalk.
        new PolicyStatement({
          actions: [
            's3:CreateBucket',
            's3:GetBucketLocation',
            's3:GetBucketPolicy',
            's3:ListBucket',
            's3:PutBucketOwnershipControls',
            's3:PutBucketPolicy',
          ],
          resources: [ownBucket],
        }),
        new PolicyStatement({
          actions: ['s3:GetObject', 's3:GetObjectAcl', 's3:PutObject', 's3:PutObjectAcl'],
          resources: [`${ownBucket}/*`],
        }),
        new PolicyStatement({
          actions: ['elasticbeanstalk:CreateApplicationVersion'],
          // Not this label alone: a right that no upload changes is there when the next one comes.
          resources: [application.arn('application'), application.arn('applicationversion', '*')],
        }),
      ],
    };
  }
}

const ownBucketName = (region: string, account: string): string => `elasticbeanstalk-${region}-${account}`;

function checkProps(label: string, description: string | undefined): void {
  if (!Token.isUnresolved(label) && !/^[A-Za-z0-9._-]{1,100}$/.test(label))
    throw new Error(`Version label ${JSON.stringify(label)}: allowed are 1 to 100 letters, digits, ".", "_" and "-".`);
  if (description === undefined || Token.isUnresolved(description)) return;
  if (description.trim() === '' || description.length > 200)
    throw new Error(`Description ${JSON.stringify(description)} of version ${label}: allowed are 1 to 200 characters.`);
}

/** What cdk-nag calls all versions or all environments of an application. */
export const wildcardOf = (application: BeanstalkApplication, resource: string): string =>
  `arn:<AWS::Partition>:elasticbeanstalk:<AWS::Region>:<AWS::AccountId>:${resource}/<${logicalIdOf(application)}>/*`;
