import { Duration } from 'aws-cdk-lib';
import {
  AdditionalHealthCheckType,
  AutoScalingGroup,
  GroupMetric,
  GroupMetrics,
  HealthChecks,
  ScalingEvents,
  Signals,
  UpdatePolicy,
} from 'aws-cdk-lib/aws-autoscaling';
import { ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import {
  LaunchTemplate,
  LaunchTemplateHttpTokens,
  SpotRequestType,
  UserData,
  type CloudFormationInit,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { Alarms } from '../shared/alarms';
import { creditsToBootWith, tagVolumes } from '../shared/instance-cost';
import { acknowledgeMonitoring, machine, type MachineProps } from './machine';

export interface InstanceGroupProps extends MachineProps {
  readonly vpc: IVpc;
  readonly vpcSubnets: SubnetSelection;
  /** How many instances there are at any time. */
  readonly instances: number;
  /** Whether they are bought as Spot; otherwise on demand. */
  readonly spot: boolean;
  /** Whether a load balancer decides on their health; otherwise EC2 does. */
  readonly behindLoadBalancer: boolean;
  /** Installs and starts the service, and fails unless it answers. */
  readonly init: CloudFormationInit;
  /** Longest time from launch to the first healthy answer. */
  readonly readyWithin: Duration;
  readonly alarms: Alarms;
  /** Commands that run before anything is installed. */
  readonly firstCommands: readonly string[];
}

/**
 * An Auto Scaling group of a fixed size, which replaces an instance that fails or, bought as Spot, is interrupted: behind
 * a load balancer when EC2 warns of it, otherwise after it.
 */
export class InstanceGroup extends AutoScalingGroup {
  constructor(scope: Construct, id: string, props: InstanceGroupProps) {
    const { instances, spot, behindLoadBalancer, readyWithin, alarms } = props;
    const userData = UserData.forLinux();
    userData.addCommands(...props.firstCommands);
    const launchTemplate = new LaunchTemplate(scope, `${id}LaunchTemplate`, {
      ...machine(props),
      cpuCredits: creditsToBootWith(props.instanceType),
      httpTokens: LaunchTemplateHttpTokens.REQUIRED,
      // A persistent request would start a new instance when the stack ends this one.
      ...(spot ? { spotOptions: { requestType: SpotRequestType.ONE_TIME } } : {}),
      userData,
    });
    tagVolumes(launchTemplate);
    acknowledgeMonitoring(launchTemplate, props);
    super(scope, id, {
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      launchTemplate,
      minCapacity: instances,
      maxCapacity: instances + 1, // room for the one that comes before the other goes
      // Behind the load balancer, whose health check the new one has to pass before the old one ends. One by itself would
      // be ended for one that still boots, on a mere recommendation.
      capacityRebalance: spot && behindLoadBalancer,
      healthChecks: behindLoadBalancer
        ? HealthChecks.withAdditionalChecks({
            additionalTypes: [AdditionalHealthCheckType.ELB],
            gracePeriod: readyWithin,
          })
        : HealthChecks.ec2({ gracePeriod: readyWithin }),
      groupMetrics: [new GroupMetrics(GroupMetric.IN_SERVICE_INSTANCES)],
      notifications: [{ topic: alarms.topic, scalingEvents: ScalingEvents.ALL }],
      signals: Signals.waitForAll({ timeout: readyWithin }),
      updatePolicy: UpdatePolicy.rollingUpdate({ minInstancesInService: instances, pauseTime: readyWithin }),
    });
    this.applyCloudFormationInit(props.init);
    this.node.addDependency(props.role); // its instances boot with what the role may do
    this.addAlarms(props);
  }

  private addAlarms({ instances, spot, alarms }: InstanceGroupProps): void {
    const dimensionsMap = { AutoScalingGroupName: this.autoScalingGroupName };
    alarms.add('Capacity', {
      metric: new Metric({
        namespace: 'AWS/AutoScaling',
        metricName: 'GroupInServiceInstances',
        statistic: 'Minimum',
        period: Duration.minutes(5),
        dimensionsMap,
      }),
      threshold: instances,
      periods: 2,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: TreatMissingData.BREACHING,
      description: spot
        ? 'Fewer Spot instances than wanted for ten minutes: no capacity. Set another ec2.instanceType, or ec2.plan=on-demand.'
        : 'Fewer instances than wanted for ten minutes: a new one does not start or get healthy. Look at the activity of the group.',
    });
    alarms.add('Cpu', {
      metric: new Metric({
        namespace: 'AWS/EC2',
        metricName: 'CPUUtilization',
        period: Duration.minutes(5),
        dimensionsMap,
      }),
      threshold: 80,
      periods: 3,
      description: 'CPU above 80 % for a quarter of an hour: choose a larger ec2.instanceType, or more ec2.instances.',
    });
  }
}
