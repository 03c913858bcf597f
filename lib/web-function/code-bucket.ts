import { Duration, RemovalPolicy, Validations, type CfnElement } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { WebFunctionCode } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { BundledZip } from '../../packaging/bundle';
import { PackagingError } from '../../packaging/packaging-error';
import type { LogSettings } from '../shared/log-settings';

/** A package, zipped, in bytes: 512 MB (Lambda Developer Guide, "Lambda quotas", Web Functions). */
const MAX_UNZIPPED_BYTES = 512 * 1024 * 1024;

/**
 * The bucket that Lambda reads the code of a Web Function from, at each start of an environment. CDK's own bucket for
 * assets has no versions and does not let Lambda read, so that a function of CDK's copies the zip here when it is deployed.
 *
 * CDK's bucket for this purpose would be retained with the revisions that are kept to go back to; this one goes with its
 * stack.
 */
export class CodeBucket extends Bucket {
  /** The role of the function that copies. */
  private readonly copyRole: Role;
  private readonly copyLogs: ILogGroup;

  constructor(scope: Construct, id: string, logs: LogSettings) {
    super(scope, id, {
      versioned: true, // a revision names one version of its code
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: RemovalPolicy.DESTROY, // what is in it was built from this repository
      autoDeleteObjects: true,
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'It holds packages of code, which Lambda alone reads; a log of that would be a second bucket, read by no one.',
    });
    // In place of those that CDK would make: a role that may write logs of any name, and a log group that is retained.
    this.copyRole = new Role(this, 'CopyRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.copyLogs = new LogGroup(this, 'CopyLogs', logs);
    this.copyLogs.grantWrite(this.copyRole);
    this.acknowledgeCopyRights();
  }

  /**
   * A zip of the bundle as the code of a Web Function.
   *
   * @throws PackagingError where Lambda would refuse it once it is uploaded
   */
  code({ path, hash, unzippedBytes }: BundledZip): WebFunctionCode {
    if (unzippedBytes > MAX_UNZIPPED_BYTES)
      throw new PackagingError([
        `${path} has ${unzippedBytes} bytes unzipped; a Web Function takes ${MAX_UNZIPPED_BYTES} at most. ` +
          'Leave out what it does not need: bundle/manifest.json says what is in it.',
      ]);
    return WebFunctionCode.fromAssetToProvidedBucket(this, path, {
      assetHash: hash,
      copyOptions: { role: this.copyRole, logGroup: this.copyLogs },
    });
  }

  /** CDK grants the copy more than one object, since its function is one for all Web Functions of a stack. */
  private acknowledgeCopyRights(): void {
    const { stack } = this;
    const assets = `cdk-${stack.synthesizer.bootstrapQualifier ?? ''}-assets-<AWS::AccountId>-<AWS::Region>`;
    const bucket = stack.getLogicalId(this.node.defaultChild as CfnElement);
    for (const finding of [
      `Resource::arn:<AWS::Partition>:s3:::${assets}/*`,
      `Resource::<${bucket}.Arn>/web-function/*`,
      'Action::s3:Abort*',
      'Action::s3:DeleteObject*',
    ])
      Validations.of(this.copyRole).acknowledge({
        id: `AwsSolutions-IAM5[${finding}]`,
        reason:
          'Granted by CDK to its function that copies: it reads assets, and writes and deletes code in this bucket.',
      });
  }
}
