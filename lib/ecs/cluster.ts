import { Validations } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerInsights, ExecuteCommandLogging } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import type { Config } from '../options/config';
import { ServiceLogGroup } from '../shared/service-log-group';

export interface ServiceClusterProps {
  readonly config: Config;
  readonly vpc: IVpc;
  readonly enableFargateCapacityProviders?: boolean;
}

/** A cluster that says what it does as far as the options ask for it. */
export class ServiceCluster extends Cluster {
  /** Where sessions of ECS Exec are recorded, if there may be any. */
  readonly execLogs: ServiceLogGroup | undefined;

  constructor(scope: Construct, id: string, { config, ...props }: ServiceClusterProps) {
    const execLogs = config.task.exec ? new ServiceLogGroup(scope, `${id}ExecLogs`, { config }) : undefined;
    super(scope, id, {
      ...props,
      containerInsightsV2: config.task.insights ? ContainerInsights.ENHANCED : ContainerInsights.DISABLED,
      ...(execLogs
        ? {
            executeCommandConfiguration: {
              logging: ExecuteCommandLogging.OVERRIDE,
              logConfiguration: { cloudWatchLogGroup: execLogs },
            },
          }
        : {}),
    });
    this.execLogs = execLogs;
    if (!config.task.insights)
      Validations.of(this).acknowledge({
        id: 'AwsSolutions-ECS4',
        reason: 'Billed by the metric; task.insights turns it on, as production does. The alarms do without.',
      });
  }
}
