import { App, Aspects, RemovalPolicy } from 'aws-cdk-lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { FargateStack, type FargateStackProps } from '../../../lib/ecs/fargate/stack';
import { NetworkStack } from '../../../lib/network/stack';
import { CustomResourceLogs } from '../../../lib/shared/custom-resource-logs';
import { nightWindow } from '../../../lib/shared/night-times';

/** Change to RETAIN, and a longer retention, for what has to outlive its stack. */
const LOGS = { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY };
/** When fewer tasks are needed, by the clocks of a time zone; 'none': day and night are alike. */
const NIGHT = nightWindow('23:00-07:00 Etc/UTC');

/** Adds the stack and its network to the app. */
export function addStacks(app: App, changes: Partial<FargateStackProps> = {}): FargateStack {
  // Bounds the logs and the rights of the functions that CDK brings along.
  Aspects.of(app).add(new CustomResourceLogs(LOGS));
  const { vpc } = new NetworkStack(app, 'Network', { cidr: '10.0.0.0/16', zones: 2, natGateways: 0 });
  // Put your image here. The task expects of it: it listens on port 8080 and answers GET /health with 200; it is built for
  // the `architecture` below; it runs as user 1000 on a read-only root, and writes to /tmp alone; it has `node` for the
  // container's health check, or lib/ecs/task.ts is given another command. It ends on SIGTERM within 60 seconds.
  const image = ContainerImage.fromRegistry('public.ecr.aws/docker/library/node:24-slim');
  return new FargateStack(app, 'Fargate', {
    vpc,
    access: { allowedCidrs: ['0.0.0.0/0'], domain: { subdomain: 'fargate' } },
    task: { image, architecture: 'arm64', cpuUnits: 256, memoryMiB: 512, environment: {} },
    deployment: 'rolling',
    onDemandTasks: 1,
    spotPercent: 50,
    exec: false,
    insights: false,
    requestsPerTask: 150,
    day: { min: 1, max: 4 },
    night: NIGHT && { window: NIGHT, tasks: { min: 1, max: 4 } },
    logs: LOGS,
    ...changes,
  });
}

if (require.main === module) addStacks(new App());
