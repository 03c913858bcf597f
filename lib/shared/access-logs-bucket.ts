import { Duration, RemovalPolicy, Stack, Validations, type CfnResource } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { LogSettings } from './log-settings';

/** Empties a bucket where its creation fails, since CloudFormation deletes no other; once it stands, it is kept as it is. */
export function keepOnceCreated({ node }: Bucket): void {
  for (const each of [node, node.findChild('AutoDeleteObjectsCustomResource').node]) {
    (each.defaultChild as CfnResource).addOverride('DeletionPolicy', 'RetainExceptOnCreate');
    (each.defaultChild as CfnResource).addOverride('UpdateReplacePolicy', 'Retain');
  }
}

/**
 * A bucket that the load balancers of this account write their access logs to, and that has to be there first. The service
 * principal is the one for all regions (Elastic Load Balancing, "Enable access logs for your Application Load Balancer").
 */
export class AccessLogsBucket extends Bucket {
  constructor(scope: Construct, id: string, { retention, removalPolicy }: LogSettings) {
    super(scope, id, {
      encryption: BucketEncryption.S3_MANAGED, // the only kind that a load balancer can write to
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [{ expiration: Duration.days(retention) }],
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    });
    if (removalPolicy !== RemovalPolicy.DESTROY) keepOnceCreated(this);
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
