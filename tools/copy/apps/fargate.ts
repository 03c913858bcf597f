import { App, Aspects } from 'aws-cdk-lib';
import { FargateStack, type FargateStackProps } from '../../../lib/ecs/fargate/stack';
import { CustomResourceLogs } from '../../../lib/shared/custom-resource-logs';
import { describeService, LOGS, NIGHT } from './ecs-service';

/** Adds the stack and its network to the app. */
export function addStacks(app: App, changes: Partial<FargateStackProps> = {}): FargateStack {
  // Bounds the logs and the rights of the functions that CDK brings along.
  Aspects.of(app).add(new CustomResourceLogs(LOGS));
  return new FargateStack(app, 'Fargate', {
    ...describeService(app),
    access: { allowedCidrs: ['0.0.0.0/0'], domain: { subdomain: 'fargate' } },
    onDemandTasks: 1,
    spotPercent: 50,
    day: { min: 1, max: 4 },
    night: NIGHT && { window: NIGHT, tasks: { min: 1, max: 4 } },
    ...changes,
  });
}

if (require.main === module) addStacks(new App());
