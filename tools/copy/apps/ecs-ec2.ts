import { App, Aspects } from 'aws-cdk-lib';
import { EcsEc2Stack, type EcsEc2StackProps } from '../../../lib/ecs/on-ec2/stack';
import { CustomResourceLogs } from '../../../lib/shared/custom-resource-logs';
import { describeService, LOGS, NIGHT } from './ecs-service';

/** Adds the stack and its network to the app. */
export function addStacks(app: App, changes: Partial<EcsEc2StackProps> = {}): EcsEc2Stack {
  // Bounds the logs and the rights of the functions that CDK brings along.
  Aspects.of(app).add(new CustomResourceLogs(LOGS));
  return new EcsEc2Stack(app, 'EcsEc2', {
    ...describeService(app),
    access: { allowedCidrs: ['0.0.0.0/0'], domain: { subdomain: 'ecs' } },
    instances: {
      instanceType: 't4g.small',
      detailedMonitoring: false,
      onDemandInstances: 1,
      spotPercent: 0,
      instances: 2,
      maxInstances: 3,
      night: NIGHT && { window: NIGHT, instances: 1 },
    },
    day: { min: 2, max: 6 },
    night: NIGHT && { window: NIGHT, tasks: { min: 2, max: 2 } },
    ...changes,
  });
}

if (require.main === module) addStacks(new App());
