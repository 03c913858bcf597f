import { ArnFormat, Aws, Stack, Validations } from 'aws-cdk-lib';
import type { CfnEIP } from 'aws-cdk-lib/aws-ec2';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { SessionManagerAccess } from '../shared/session-manager-access';

export interface InstanceRoleProps {
  /** The log of the service. */
  readonly logGroup: ILogGroup;
  /** The one namespace in which the instances publish metrics. */
  readonly metricsNamespace: string;
  /** The one object that cfn-init fetches. */
  readonly bundle: Asset;
}

/** The role of the instances: Session Manager, their log, their metrics, and what cfn-init needs. */
export class InstanceRole extends Role {
  constructor(scope: Construct, id: string, { logGroup, metricsNamespace, bundle }: InstanceRoleProps) {
    super(scope, id, { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    new SessionManagerAccess(this, 'SessionManager', { role: this });
    logGroup.grantWrite(this);
    this.allowMetrics(metricsNamespace);
    // This one bundle, and this stack's metadata and signal: CDK would grant the whole asset bucket.
    this.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['s3:GetObject'], resources: [bundle.bucket.arnForObjects(bundle.s3ObjectKey)] }),
    );
    this.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['cloudformation:DescribeStackResource', 'cloudformation:SignalResource'],
        resources: [Stack.of(this).stackId],
      }),
    );
  }

  /**
   * Lets an instance that stands alone take the address over from the one before, and say that it is unhealthy. The policy
   * is one of its own: it goes after the last such instance.
   */
  allowToStandAlone(address: CfnEIP): void {
    const stack = Stack.of(this);
    const arn = (resource: string): string => stack.formatArn({ service: 'ec2', resource });
    const policy = new Policy(this, 'StandAlone', {
      statements: [
        new PolicyStatement({
          actions: ['ec2:AssociateAddress'],
          resources: [arn(`elastic-ip/${address.attrAllocationId}`), arn('instance/*'), arn('network-interface/*')],
        }),
        new PolicyStatement({
          actions: ['autoscaling:SetInstanceHealth'],
          resources: [
            stack.formatArn({
              service: 'autoscaling',
              resource: 'autoScalingGroup',
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
              resourceName: `*:autoScalingGroupName/${Aws.STACK_NAME}-*`,
            }),
          ],
        }),
      ],
    });
    policy.attachToRole(this);
    for (const [resource, reason] of [
      [
        'ec2:<AWS::Region>:<AWS::AccountId>:instance/*',
        'The ids of later instances are not known; the address is this one.',
      ],
      [
        'ec2:<AWS::Region>:<AWS::AccountId>:network-interface/*',
        'The ids of later instances are not known; the address is this one.',
      ],
      [
        'autoscaling:<AWS::Region>:<AWS::AccountId>:autoScalingGroup:*:autoScalingGroupName/<AWS::StackName>-*',
        'The group has this role, so its name is not known yet; it begins with the name of the stack.',
      ],
    ] as const)
      Validations.of(policy).acknowledge({
        id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:${resource}]`,
        reason,
      });
  }

  private allowMetrics(namespace: string): void {
    const metrics = new Policy(this, 'Metrics', {
      statements: [
        new PolicyStatement({
          actions: ['cloudwatch:PutMetricData'],
          resources: ['*'],
          conditions: { StringEquals: { 'cloudwatch:namespace': namespace } },
        }),
      ],
    });
    metrics.attachToRole(this);
    Validations.of(metrics).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'PutMetricData supports no resource-level permission; the condition holds it to one namespace.',
    });
  }
}
