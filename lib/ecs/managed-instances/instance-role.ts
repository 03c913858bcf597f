import { Stack, Validations } from 'aws-cdk-lib';
import type { CfnCluster, Cluster } from 'aws-cdk-lib/aws-ecs';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

export interface ManagedInstanceRoleProps {
  /** The one cluster that the instances join. */
  readonly cluster: Cluster;
}

/**
 * The role of the instances: the actions of the managed policy AmazonECSInstanceRolePolicyForManagedInstances, for one
 * cluster instead of all. The tasks have a role of their own, and the execution role pulls the image.
 * Source: ECS Developer Guide, "Amazon ECS Managed Instances instance profile".
 */
export class ManagedInstanceRole extends Role {
  constructor(scope: Construct, id: string, { cluster }: ManagedInstanceRoleProps) {
    super(scope, id, { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    // A policy below the role: what depends on the role has this policy until it is deleted. An agent that may no longer
    // poll cannot stop its tasks, and then the service could not be deleted.
    const agent = new Policy(this, 'Agent', {
      statements: [
        new PolicyStatement({
          actions: ['ecs:RegisterContainerInstance', 'ecs:SubmitAttachmentStateChanges', 'ecs:SubmitTaskStateChange'],
          resources: [cluster.clusterArn],
        }),
        new PolicyStatement({
          actions: ['ecs:Poll', 'ecs:PutSystemLogEvents', 'ecs:StartTelemetrySession'],
          resources: [
            Stack.of(this).formatArn({
              service: 'ecs',
              resource: 'container-instance',
              resourceName: `${cluster.clusterName}/*`,
            }),
          ],
        }),
        new PolicyStatement({ actions: ['ecs:DiscoverPollEndpoint'], resources: ['*'] }),
      ],
    });
    agent.attachToRole(this);
    const clusterId = Stack.of(this).getLogicalId(cluster.node.defaultChild as CfnCluster);
    Validations.of(agent).acknowledge(
      {
        id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:container-instance/<${clusterId}>/*]`,
        reason: 'The ids of instances to come are unknown; their cluster is named.',
      },
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'ecs:DiscoverPollEndpoint supports no resource-level permission.',
      },
    );
  }
}
