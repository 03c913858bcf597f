import { CfnResource, CustomResourceProviderBase, Stack, type IAspect } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction, type CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import type { LogSettings } from './log-settings';

const WRITE = ['logs:CreateLogStream', 'logs:PutLogEvents'];

/**
 * Holds the functions that libraries bring along (CDK's custom resources and others') to what our own do: a log group
 * that is kept as long as `logs.retentionDays` says and goes with the stack, and the right to write to it alone. Left
 * to themselves, they keep their logs for ever, and may make log groups, so that one is made anew after the stack is
 * gone.
 */
export class CustomResourceLogs implements IAspect {
  constructor(private readonly logs: LogSettings) {}

  visit(node: IConstruct): void {
    if (node instanceof CfnLogGroup) this.keep(node);
    else if (node instanceof CustomResourceProviderBase) this.logProvider(node);
    else if (node instanceof LambdaFunction) this.narrow(node);
  }

  private keep(logGroup: CfnLogGroup): void {
    logGroup.retentionInDays = this.logs.retention;
    logGroup.applyRemovalPolicy(this.logs.removalPolicy);
  }

  /** CDK's light-weight provider, made of bare resources. */
  private logProvider(provider: CustomResourceProviderBase): void {
    const [handler, role] = [provider.node.findChild('Handler'), provider.node.findChild('Role')];
    if (!CfnResource.isCfnResource(handler) || !CfnResource.isCfnResource(role)) return;
    const logs = new CfnLogGroup(provider, 'Logs');
    this.keep(logs);
    handler.addPropertyOverride('LoggingConfig', { LogGroup: logs.ref });
    role.addPropertyDeletionOverride('ManagedPolicyArns');
    provider.addToRolePolicy({ Effect: 'Allow', Action: WRITE, Resource: logs.attrArn });
  }

  /** A function to which its library has given neither a log group nor a role. */
  private narrow(lambda: LambdaFunction): void {
    const role = lambda.role?.node.defaultChild;
    if (!(role instanceof CfnRole) || !hasManagedPolicies(role)) return;
    const logs = new CfnLogGroup(lambda, 'Logs');
    this.keep(logs);
    logTo(lambda, logs.ref);
    role.managedPolicyArns = undefined;
    role.policies = [
      {
        policyName: 'Logs',
        policyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: WRITE, Resource: logs.attrArn }],
        },
      },
    ];
  }
}

/** A role of ours has none, which CDK says by a list that is empty once it is resolved. */
const hasManagedPolicies = (role: CfnRole): boolean =>
  ((Stack.of(role).resolve(role.managedPolicyArns) ?? []) as unknown[]).length > 0;

/** Has a function write to this log group, in place of the one that CDK has made for it. */
export function logTo(lambda: LambdaFunction, logGroupName: string): void {
  // CDK names that one after the function, so that the function's role could not name it in turn.
  lambda.node.tryRemoveChild('LogGroup');
  (lambda.node.defaultChild as CfnFunction).loggingConfig = { logGroup: logGroupName };
}
