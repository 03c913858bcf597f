import { Duration, Validations } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { lambdaCode } from '../../packaging/function-code';

export interface DeploymentFunctionProps {
  readonly description: string;
  /** Its TypeScript, from the repository's root. */
  readonly entry: string;
  readonly role: Role;
  /** Where it writes. */
  readonly logGroup: ILogGroup;
  /** @default - two minutes: one for IAM to spread a permission (lambda/patience.ts), one for the work */
  readonly timeout?: Duration;
  /** @default 256 */
  readonly memoryMiB?: number;
}

/**
 * A small function of ours that only CloudFormation calls, while it deploys. Its log is plain text: AWS GovCloud has no log
 * in JSON (AWS GovCloud User Guide, "AWS Lambda").
 */
export class DeploymentFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: DeploymentFunctionProps) {
    const { description, entry, role, logGroup, timeout = Duration.minutes(2), memoryMiB = 256 } = props;
    const { path, hash } = lambdaCode(entry);
    super(scope, id, {
      description,
      code: Code.fromAsset(path, { assetHash: hash }),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMiB,
      timeout,
      role,
      logGroup,
    });
    Validations.of(this).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason: 'CloudFormation waits for its answer, and reports a failure itself.',
    });
    Validations.of(this).acknowledge({
      id: 'Serverless-LambdaTracing',
      reason: 'It runs at deployments only; its log tells what it did.',
    });
  }
}
