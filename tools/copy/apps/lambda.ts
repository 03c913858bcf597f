import { App, Aspects, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { LambdaStack, type LambdaStackProps } from '../../../lib/lambda/stack';
import { CustomResourceLogs } from '../../../lib/shared/custom-resource-logs';

/** Change to RETAIN, and a longer retention, for what has to outlive its stack. */
const LOGS = { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY };

/** Adds the stack to the app. */
export function addStacks(app: App, changes: Partial<LambdaStackProps> = {}): LambdaStack {
  // Bounds the logs and the rights of the functions that CDK brings along.
  Aspects.of(app).add(new CustomResourceLogs(LOGS));
  return new LambdaStack(app, 'Lambda', {
    memoryMiB: 1_024,
    ephemeralMiB: 512,
    timeout: Duration.seconds(30),
    environment: {},
    access: { auth: 'none' },
    deployment: 'all-at-once',
    provisionedConcurrency: 0,
    pipeline: {
      widths: [160, 320, 640],
      memoryMiB: 1_024,
      ephemeralMiB: 512,
      timeout: Duration.seconds(60),
      concurrency: 2,
      environment: {},
    },
    removalPolicy: RemovalPolicy.DESTROY,
    logs: LOGS,
    ...changes,
  });
}

if (require.main === module) addStacks(new App());
