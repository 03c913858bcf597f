import { App, Aspects, RemovalPolicy } from 'aws-cdk-lib';
import { InstanceType } from 'aws-cdk-lib/aws-ec2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { PLATFORM_BRANCHES } from '../../../lambda/beanstalk/platforms';
import { BeanstalkStack, type BeanstalkStackProps } from '../../../lib/beanstalk/stack';
import { NetworkStack } from '../../../lib/network/stack';
import { CustomResourceLogs } from '../../../lib/shared/custom-resource-logs';
import { placeholderZip } from '../placeholder/placeholder';

/** Change to RETAIN, and a longer retention, for what has to outlive its stack. */
const LOGS = { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY };

/** Adds the stack and its network to the app. */
export function addStacks(app: App, changes: Partial<BeanstalkStackProps> = {}): BeanstalkStack {
  // Bounds the logs and the rights of the functions that CDK brings along.
  Aspects.of(app).add(new CustomResourceLogs(LOGS));
  const { vpc } = new NetworkStack(app, 'Network', { cidr: '10.0.0.0/16', zones: 2, natGateways: 0 });
  // Put your source bundle here: the path of a zip, its SHA-256, and a label that changes with the content.
  const sample = placeholderZip(['server.mjs', 'Procfile']);
  return new BeanstalkStack(app, 'Beanstalk', {
    vpc,
    access: { allowedCidrs: ['0.0.0.0/0'], domain: { subdomain: 'beanstalk' } },
    platform: { branch: PLATFORM_BRANCHES.branches.node },
    versionLabel: `node-${sample.hash.slice(0, 12)}`,
    bundle: { path: sample.path, hash: sample.hash, description: 'The sample' },
    keepVersions: 20,
    instanceTypes: [new InstanceType('t4g.small')],
    scaling: { minInstances: 1, maxInstances: 2, on: 'cpu' },
    deployment: 'rolling-with-additional-batch',
    updateWindow: 'Sun:03:00',
    environment: {},
    removalPolicy: RemovalPolicy.DESTROY,
    logs: LOGS,
    ...changes,
  });
}

if (require.main === module) addStacks(new App());
