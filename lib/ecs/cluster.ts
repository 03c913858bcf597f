import { Validations } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerInsights, ExecuteCommandLogging } from 'aws-cdk-lib/aws-ecs';
import { LogGroup, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { LogSettings } from '../shared/log-settings';

export interface ServiceClusterProps {
  readonly vpc: IVpc;
  /** Container Insights with metrics of each task, billed by the metric. */
  readonly insights: boolean;
  /**
   * How long the recordings of ECS Exec sessions are kept.
   * @default - there is no ECS Exec
   */
  readonly exec?: LogSettings | undefined;
  /** @default false */
  readonly enableFargateCapacityProviders?: boolean;
}

/** A cluster that records sessions of ECS Exec and publishes metrics of its tasks, where either is asked for. */
export class ServiceCluster extends Cluster {
  /** Where sessions of ECS Exec are recorded, if there may be any. */
  readonly execLogs: ILogGroup | undefined;

  constructor(scope: Construct, id: string, { insights, exec, ...props }: ServiceClusterProps) {
    const execLogs = exec && new LogGroup(scope, `${id}ExecLogs`, exec);
    super(scope, id, {
      ...props,
      containerInsightsV2: insights ? ContainerInsights.ENHANCED : ContainerInsights.DISABLED,
      executeCommandConfiguration: execLogs && {
        logging: ExecuteCommandLogging.OVERRIDE,
        logConfiguration: { cloudWatchLogGroup: execLogs },
      },
    });
    this.execLogs = execLogs;
    if (!insights)
      Validations.of(this).acknowledge({
        id: 'AwsSolutions-ECS4',
        reason: 'Billed by the metric; task.insights turns it on, as production does. The alarms do without.',
      });
  }
}
