import { App, Aspects, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { RegistryStack, type RegistryStackProps } from '../../../lib/registry/stack';
import { CustomResourceLogs } from '../../../lib/shared/custom-resource-logs';

/** Change to RETAIN, and a longer retention, for what has to outlive its stack. */
const LOGS = { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY };

/** Adds the stack to the app. */
export function addStacks(app: App, changes: Partial<RegistryStackProps> = {}): RegistryStack {
  // Bounds the logs and the rights of the functions that CDK and other libraries bring along.
  Aspects.of(app).add(new CustomResourceLogs(LOGS));
  return new RegistryStack(app, 'Registry', {
    images: [{ architecture: 'arm64', target: 'service' }],
    build: 'local',
    keepDays: 365,
    removalPolicy: RemovalPolicy.DESTROY,
    logs: LOGS,
    ...changes,
  });
}

if (require.main === module) addStacks(new App());
