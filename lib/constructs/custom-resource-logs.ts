import { CfnResource, CustomResourceProviderBase, type IAspect } from 'aws-cdk-lib';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import { dataRemovalPolicy, type Config } from '../config';

/**
 * Gives the functions behind CDK's own custom resources a log group that has a retention and goes with the stack,
 * and the right to write to it alone. Left to itself, Lambda makes one that is kept for ever and survives the stack.
 */
export class CustomResourceLogs implements IAspect {
  constructor(private readonly config: Config) {}

  visit(node: IConstruct): void {
    if (!(node instanceof CustomResourceProviderBase)) return;
    const [handler, role] = [node.node.findChild('Handler'), node.node.findChild('Role')];
    if (!CfnResource.isCfnResource(handler) || !CfnResource.isCfnResource(role)) return;

    const logs = new CfnLogGroup(node, 'Logs', { retentionInDays: this.config.logs.retentionDays });
    logs.applyRemovalPolicy(dataRemovalPolicy(this.config));
    handler.addPropertyOverride('LoggingConfig', { LogGroup: logs.ref });
    role.addPropertyDeletionOverride('ManagedPolicyArns');
    node.addToRolePolicy({
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: logs.attrArn,
    });
  }
}
