import { App, Aspects, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CustomResourceLogs } from '../../../lib/shared/custom-resource-logs';
import { WebFunctionStack, type WebFunctionStackProps } from '../../../lib/web-function/stack';

/** Change to RETAIN, and a longer retention, for what has to outlive its stack. */
const LOGS = { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY };

/** Adds the stack to the app. */
export function addStacks(app: App, changes: Partial<WebFunctionStackProps> = {}): WebFunctionStack {
  // Bounds the logs and the rights of the functions that CDK brings along.
  Aspects.of(app).add(new CustomResourceLogs(LOGS));
  return new WebFunctionStack(app, 'WebFunction', {
    timeout: Duration.seconds(30),
    maxConcurrencyPerEnvironment: 8,
    maxEnvironments: 10,
    rateLimit: 100,
    environment: {},
    isPublic: true,
    logs: LOGS,
    ...changes,
  });
}

if (require.main === module) addStacks(new App());
