import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { AwsCustomResource, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';

export interface EcsServiceLinkedRoleProps {
  /** Where the function that asks for the role writes. */
  readonly logGroup: ILogGroup;
}

/**
 * Sees to it that ECS has its service-linked role. In an account that never had a cluster, the first one with capacity
 * providers fails with "Unable to assume the service linked role" (aws-cloudformation/cloudformation-coverage-roadmap
 * #818). `AWS::IAM::ServiceLinkedRole` would fail in every account that has the role already, and delete it at the end.
 */
export class EcsServiceLinkedRole extends Construct {
  constructor(scope: Construct, id: string, { logGroup }: EcsServiceLinkedRoleProps) {
    super(scope, id);
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    role.addToPolicy(
      new PolicyStatement({
        actions: ['iam:CreateServiceLinkedRole'],
        resources: [
          Stack.of(this).formatArn({
            service: 'iam',
            region: '',
            resource: 'role',
            resourceName: 'aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS',
          }),
        ],
        conditions: { StringEquals: { 'iam:AWSServiceName': 'ecs.amazonaws.com' } },
      }),
    );
    const create = {
      service: 'iam',
      action: 'CreateServiceLinkedRole',
      parameters: { AWSServiceName: 'ecs.amazonaws.com' },
      physicalResourceId: PhysicalResourceId.of('AWSServiceRoleForECS'),
      // "Service role name AWSServiceRoleForECS has been taken in this account": it is there. IAM has two names for this.
      ignoreErrorCodesMatching: '^(InvalidInput|EntityAlreadyExists)',
    };
    new AwsCustomResource(this, 'Create', {
      onCreate: create,
      role,
      logGroup,
      installLatestAwsSdk: false,
      serviceTimeout: Duration.minutes(5),
      memorySize: 256,
    });
  }
}
