import { RemovalPolicy, type App } from 'aws-cdk-lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { EcsServiceProps } from '../../../lib/ecs/cluster';
import { NetworkStack } from '../../../lib/network/stack';
import { nightWindow } from '../../../lib/shared/night-times';

/** Change to RETAIN, and a longer retention, for what has to outlive its stack. */
export const LOGS = { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY };
/** When fewer tasks are needed, by the clocks of a time zone; 'none': day and night are alike. */
export const NIGHT = nightWindow('23:00-07:00 Etc/UTC');

/** Adds the network to the app, and describes the service that runs in it. */
export function describeService(app: App): Omit<EcsServiceProps, 'access' | 'day' | 'night'> {
  const { vpc } = new NetworkStack(app, 'Network', { cidr: '10.0.0.0/16', zones: 2, natGateways: 0 });
  // Put your image here. The task expects of it: it listens on port 8080 and answers GET /health with 200; it is built for
  // the `architecture` below; it runs as user 1000 on a read-only root, and writes to /tmp alone; it has `node` for the
  // container's health check, or lib/ecs/task.ts is given another command. It ends on SIGTERM within 60 seconds.
  const image = ContainerImage.fromRegistry('public.ecr.aws/docker/library/node:24-slim');
  return {
    vpc,
    task: { image, architecture: 'arm64', cpuUnits: 256, memoryMiB: 512, environment: {} },
    deployment: 'rolling',
    exec: false,
    insights: false,
    requestsPerTask: 150,
    logs: LOGS,
  };
}
