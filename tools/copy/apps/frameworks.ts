import { App, Aspects, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { FrameworksStack, type FrameworksStackProps } from '../../../lib/frameworks/stack';
import { CustomResourceLogs } from '../../../lib/shared/custom-resource-logs';

/** Change to RETAIN, and a longer retention, for what has to outlive its stack. */
const LOGS = { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY };

/** Adds the stack to the app. */
export function addStacks(app: App, changes: Partial<FrameworksStackProps> = {}): FrameworksStack {
  // Bounds the logs and the rights of the functions that CDK brings along.
  Aspects.of(app).add(new CustomResourceLogs(LOGS));
  return new FrameworksStack(app, 'Frameworks', {
    memoryMiB: 1_024,
    snapStart: false,
    timeout: Duration.seconds(30),
    // What the applications in lambda/frameworks/ read.
    environment: { SERVICE_MAX_BODY_BYTES: '4194304', SERVICE_MAX_PIXELS: '50000000' },
    access: { auth: 'none' },
    logs: LOGS,
    ...changes,
  });
}

if (require.main === module) addStacks(new App());
