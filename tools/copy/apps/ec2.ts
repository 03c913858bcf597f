import { App, Aspects, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Ec2Stack, type Ec2StackProps } from '../../../lib/ec2/stack';
import { NetworkStack } from '../../../lib/network/stack';
import { CustomResourceLogs } from '../../../lib/shared/custom-resource-logs';

/** Change to RETAIN, and a longer retention, for what has to outlive its stack. */
const LOGS = { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY };

/** Adds the stack and its network to the app. */
export function addStacks(app: App, changes: Partial<Ec2StackProps> = {}): Ec2Stack {
  // Bounds the logs and the rights of the functions that CDK brings along.
  Aspects.of(app).add(new CustomResourceLogs(LOGS));
  const { vpc } = new NetworkStack(app, 'Network', { cidr: '10.0.0.0/16', zones: 2, natGateways: 0 });
  return new Ec2Stack(app, 'Ec2', {
    vpc,
    access: { allowedCidrs: ['0.0.0.0/0'], domain: { subdomain: 'ec2' } },
    machine: {
      instanceType: 't4g.micro',
      volumeGiB: 8,
      volumeType: 'gp3',
      volumeIops: 3_000,
      detailedMonitoring: false,
    },
    instances: 1,
    maxInstances: 4,
    requestsPerInstance: 600,
    spotTypes: [],
    onDemandInstances: 0,
    plan: 'on-demand',
    loadBalanced: false,
    environment: {},
    logs: LOGS,
    ...changes,
  });
}

if (require.main === module) addStacks(new App());
