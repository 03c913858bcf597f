import { CfnResource, CustomResourceProviderBase, Validations, type IAspect } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction, type CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct, IConstruct } from 'constructs';
import type { LogSettings } from './log-settings';

const WRITE = ['logs:CreateLogStream', 'logs:PutLogEvents'];

/** How CDK marks the functions of its own custom resources (aws-cdk-lib/custom-resources, `CustomResourceConfig`). */
const PROVIDER_OF_CDK = 'aws:cdk:is-custom-resource-handler-customResourceProvider';
const FUNCTION_OF_CDK = 'aws:cdk:is-custom-resource-handler-singleton';

/**
 * Gives the functions that CDK brings for its own custom resources a log group of the stack and the right to write to it
 * alone. Left to themselves they keep their logs without end, and may make log groups, so that one is made anew after the
 * stack is gone. No other function, role or log group of the app is touched.
 */
export class CustomResourceLogs implements IAspect {
  constructor(private readonly logs: LogSettings) {}

  visit(node: IConstruct): void {
    const marks = node.node.metadata.map(({ type }) => type);
    if (node instanceof CustomResourceProviderBase && marks.includes(PROVIDER_OF_CDK)) this.boundProvider(node);
    else if (node instanceof LambdaFunction && marks.includes(FUNCTION_OF_CDK)) {
      boundLogs(node, this.logs);
      acknowledgeAsOfCdk(node);
    }
  }

  /** CDK's light-weight provider, made of bare resources. */
  private boundProvider(provider: CustomResourceProviderBase): void {
    const [handler, role] = [provider.node.findChild('Handler'), provider.node.findChild('Role')];
    if (!CfnResource.isCfnResource(handler) || !CfnResource.isCfnResource(role)) return;
    const logGroup = createLogGroup(provider, this.logs);
    handler.addPropertyOverride('LoggingConfig', { LogGroup: logGroup.ref });
    role.addPropertyDeletionOverride('ManagedPolicyArns');
    provider.addToRolePolicy({ Effect: 'Allow', Action: WRITE, Resource: logGroup.attrArn });
  }
}

/** No stack of ours says how CDK's own function is made. */
function acknowledgeAsOfCdk(lambda: LambdaFunction): void {
  for (const id of ['Serverless-LambdaDLQ', 'Serverless-LambdaTracing', 'Serverless-LambdaDefaultMemorySize'])
    Validations.of(lambda).acknowledge({
      id,
      reason: 'CloudFormation calls it at deployments only, waits for the answer and shows the failure.',
    });
}

/** Gives a function a log group of its own, and its role, if the function came with one, the right to write to it alone. */
function boundLogs(lambda: LambdaFunction, logs: LogSettings): void {
  const role = lambda.role?.node.defaultChild;
  // A function that was given a role was given a log group too.
  if (!(role instanceof CfnRole) || role.node.scope?.node.scope !== lambda) return;
  const logGroup = createLogGroup(lambda, logs);
  logTo(lambda, logGroup.ref);
  role.managedPolicyArns = undefined;
  role.policies = [
    {
      policyName: 'Logs',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: WRITE, Resource: logGroup.attrArn }],
      },
    },
  ];
}

function createLogGroup(scope: Construct, { retention, removalPolicy }: LogSettings): CfnLogGroup {
  const logGroup = new CfnLogGroup(scope, 'Logs', { retentionInDays: retention });
  logGroup.applyRemovalPolicy(removalPolicy);
  return logGroup;
}

/** Has a function write to this log group, in place of the one that CDK has made for it. */
function logTo(lambda: LambdaFunction, logGroupName: string): void {
  // CDK names that one after the function, so that the function's role could not name it in turn.
  lambda.node.tryRemoveChild('LogGroup');
  (lambda.node.defaultChild as CfnFunction).loggingConfig = { logGroup: logGroupName };
}
