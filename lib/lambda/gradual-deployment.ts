import { Duration, Validations } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import {
  LambdaDeploymentConfig,
  LambdaDeploymentGroup,
  type ILambdaDeploymentConfig,
} from 'aws-cdk-lib/aws-codedeploy';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** How a new version takes over from the one before. */
export const LAMBDA_DEPLOYMENTS = ['all-at-once', 'linear', 'canary'] as const;
export type LambdaDeploymentName = (typeof LAMBDA_DEPLOYMENTS)[number];

/** How requests move to the new version, and how long that takes in all. */
export const SHIFTS: Readonly<
  Record<
    Exclude<LambdaDeploymentName, 'all-at-once'>,
    { readonly config: ILambdaDeploymentConfig; readonly lasts: Duration }
  >
> = {
  linear: { config: LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_2MINUTES, lasts: Duration.minutes(18) },
  canary: { config: LambdaDeploymentConfig.CANARY_10PERCENT_10MINUTES, lasts: Duration.minutes(10) },
};

export interface GradualDeploymentProps {
  readonly alias: Alias;
  readonly shift: keyof typeof SHIFTS;
  /** Any of them calls a deployment off: CodeDeploy points the alias back at the version before. */
  readonly alarms: readonly Alarm[];
}

/**
 * CodeDeploy moves the requests of an alias to each new version step by step, and back where an alarm sounds; the stack
 * then rolls back too. The first deployment of a stack shifts nothing.
 * Source: CloudFormation User Guide, "UpdatePolicy attribute", CodeDeployLambdaAliasUpdate.
 */
export class GradualDeployment extends Construct {
  constructor(scope: Construct, id: string, { alias, shift, alarms }: GradualDeploymentProps) {
    super(scope, id);
    const { role } = new LambdaDeploymentGroup(this, 'Group', {
      alias,
      deploymentConfig: SHIFTS[shift].config,
      alarms: [...alarms],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      reason: 'The policy that AWS documents for the role with which CodeDeploy moves an alias, the narrower of two.',
    });
  }
}
