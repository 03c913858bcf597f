import { Validations } from 'aws-cdk-lib';
import type { ICluster } from 'aws-cdk-lib/aws-ecs';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { SessionManagerAccess } from '../../shared/session-manager-access';

export interface InstanceRoleProps {
  /** The one cluster that the instances join. */
  readonly cluster: ICluster;
}

/**
 * The role of the instances of a cluster: what the ECS agent needs, for this cluster alone, and Session Manager.
 * Source: Service Authorization Reference, "Amazon ECS".
 */
export class InstanceRole extends Role {
  constructor(scope: Construct, id: string, { cluster }: InstanceRoleProps) {
    super(scope, id, { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    // Below the role, so that a resource that depends on the role has these policies until it is deleted: an agent that
    // may not poll any more learns of no task that it has to stop, and the service could not be deleted.
    new SessionManagerAccess(this, 'SessionManager', { role: this });
    this.addToPolicy(
      new PolicyStatement({
        actions: [
          'ecs:DeregisterContainerInstance',
          'ecs:DescribeClusters', // by the user data, which waits for the capacity provider
          'ecs:RegisterContainerInstance',
          'ecs:SubmitAttachmentStateChanges',
          'ecs:SubmitContainerStateChange',
          'ecs:SubmitTaskStateChange',
        ],
        resources: [cluster.clusterArn],
      }),
    );
    const agent = new Policy(this, 'Agent', {
      statements: [
        new PolicyStatement({
          actions: ['ecs:Poll', 'ecs:StartTelemetrySession', 'ecs:UpdateContainerInstancesState'],
          resources: ['*'],
          conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
        }),
        new PolicyStatement({ actions: ['ecs:DiscoverPollEndpoint'], resources: ['*'] }),
      ],
    });
    agent.attachToRole(this);
    Validations.of(agent).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'The ids of instances to come are unknown, and a condition holds these actions to the cluster; DiscoverPollEndpoint supports no resource-level permission.',
    });
  }
}
