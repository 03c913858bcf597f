import path from 'node:path';
import { App, Aspects, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { LambdaImageStack, type LambdaImageStackProps } from '../../../lib/lambda-image/stack';
import { CustomResourceLogs } from '../../../lib/shared/custom-resource-logs';

/** Change to RETAIN, and a longer retention, for what has to outlive its stack. */
const LOGS = { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY };

/** Adds the stack to the app. */
export function addStacks(app: App, changes: Partial<LambdaImageStackProps> = {}): LambdaImageStack {
  // Bounds the logs and the rights of the functions that CDK brings along.
  Aspects.of(app).add(new CustomResourceLogs(LOGS));
  return new LambdaImageStack(app, 'LambdaImage', {
    // Built by Docker when it is deployed. For an image that is in ECR: Code.fromEcrImage(repository, { tagOrDigest }).
    image: Code.fromAssetImage(path.join(__dirname, '..', 'placeholder'), { platform: Platform.LINUX_ARM64 }),
    memoryMiB: 1_024,
    timeout: Duration.seconds(30),
    environment: {},
    access: { auth: 'none' },
    logs: LOGS,
    ...changes,
  });
}

if (require.main === module) addStacks(new App());
