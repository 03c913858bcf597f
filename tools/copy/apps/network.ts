import { App, Aspects, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { NetworkStack, type NetworkStackProps } from '../../../lib/network/stack';
import { CustomResourceLogs } from '../../../lib/shared/custom-resource-logs';

/** Change to RETAIN, and a longer retention, for what has to outlive its stack. */
const LOGS = { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY };

/** Adds the stack to the app. */
export function addStacks(app: App, changes: Partial<NetworkStackProps> = {}): NetworkStack {
  // Bounds the logs and the rights of the functions that CDK brings along.
  Aspects.of(app).add(new CustomResourceLogs(LOGS));
  return new NetworkStack(app, 'Network', { cidr: '10.0.0.0/16', zones: 2, natGateways: 0, ...changes });
}

if (require.main === module) addStacks(new App());
