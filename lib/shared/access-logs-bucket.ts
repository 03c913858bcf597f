import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { dataRemovalPolicy, type Config } from '../options/config';

export interface AccessLogsBucketProps {
  readonly config: Config;
}

/**
 * A bucket that load balancers of this account write their access logs to, kept as long as `logs.retentionDays` says. The
 * service principal is the one for all regions (Elastic Load Balancing, "Enable access logs for your Application Load
 * Balancer"). Whatever writes to it has to be made after its policy: `bucket.policy`.
 */
export class AccessLogsBucket extends Bucket {
  constructor(scope: Construct, id: string, { config }: AccessLogsBucketProps) {
    const removalPolicy = dataRemovalPolicy(config);
    super(scope, id, {
      encryption: BucketEncryption.S3_MANAGED, // the only kind that load balancers can write to
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [{ expiration: Duration.days(config.logs.retentionDays) }],
      removalPolicy,
      autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY,
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'This bucket holds access logs: logging the access to them would never end.',
    });
    this.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('logdelivery.elasticloadbalancing.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [this.arnForObjects(`AWSLogs/${Stack.of(this).account}/*`)],
      }),
    );
  }
}
