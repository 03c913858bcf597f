import { App, Aspects } from 'aws-cdk-lib';
import { ManagedInstancesStack, type ManagedInstancesStackProps } from '../../../lib/ecs/managed-instances/stack';
import { CustomResourceLogs } from '../../../lib/shared/custom-resource-logs';
import { describeService, LOGS, NIGHT } from './ecs-service';

/** Adds the stack and its network to the app. */
export function addStacks(app: App, changes: Partial<ManagedInstancesStackProps> = {}): ManagedInstancesStack {
  // Bounds the logs and the rights of the functions that CDK brings along.
  Aspects.of(app).add(new CustomResourceLogs(LOGS));
  return new ManagedInstancesStack(app, 'ManagedInstances', {
    ...describeService(app),
    access: { allowedCidrs: ['0.0.0.0/0'], domain: { subdomain: 'managed-instances' } },
    instances: {
      architecture: 'arm64',
      minVCpus: 1,
      minMemoryGiB: 2,
      burstable: true,
      volumeGiB: 30,
      detailedMonitoring: false,
      onDemandTasks: 1,
      spotPercent: 0,
    },
    day: { min: 1, max: 4 },
    night: NIGHT && { window: NIGHT, tasks: { min: 1, max: 4 } },
    ...changes,
  });
}

if (require.main === module) addStacks(new App());
