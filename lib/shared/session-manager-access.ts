import { Stack, Validations } from 'aws-cdk-lib';
import type { IAutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { Policy, PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

export interface SessionManagerAccessProps {
  readonly role: IRole;
}

/**
 * Lets Session Manager open a shell on instances with this role, and nothing else: the managed policy
 * AmazonSSMManagedInstanceCore would also let them read every parameter of the account.
 * Source: Systems Manager User Guide, "Create a custom IAM role for Session Manager".
 */
export class SessionManagerAccess extends Construct {
  constructor(scope: Construct, id: string, { role }: SessionManagerAccessProps) {
    super(scope, id);
    const policy = new Policy(this, 'Policy', {
      statements: [
        new PolicyStatement({
          actions: [
            'ssm:UpdateInstanceInformation',
            'ssmmessages:CreateControlChannel',
            'ssmmessages:CreateDataChannel',
            'ssmmessages:OpenControlChannel',
            'ssmmessages:OpenDataChannel',
          ],
          resources: ['*'],
        }),
      ],
    });
    policy.attachToRole(role);
    Validations.of(policy).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'These five actions of Session Manager support no resource-level permission (Service Authorization Reference).',
    });
  }
}

/** The command that opens a shell on an instance of a group, whichever runs when it is given. */
export function sessionOnGroup(group: IAutoScalingGroup): string {
  const { region } = Stack.of(group);
  return (
    `aws ssm start-session --region ${region} --target $(aws ec2 describe-instances --region ${region} ` +
    `--filters Name=tag:aws:autoscaling:groupName,Values=${group.autoScalingGroupName} Name=instance-state-name,Values=running ` +
    "--query 'Reservations[0].Instances[0].InstanceId' --output text)"
  );
}
