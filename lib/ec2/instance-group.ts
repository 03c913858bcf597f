import { Duration, Validations } from 'aws-cdk-lib';
import {
  AdditionalHealthCheckType,
  AutoScalingGroup,
  GroupMetric,
  GroupMetrics,
  HealthChecks,
  ScalingEvents,
  Signals,
  SpotAllocationStrategy,
  UpdatePolicy,
} from 'aws-cdk-lib/aws-autoscaling';
import { ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import {
  InstanceType,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
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
  /** How many instances there are at least. */
  readonly instances: number;
  /** How many there are at most, besides the one more that an update needs. */
  readonly maxInstances: number;
  /** Whether those above `onDemandInstances` are bought as Spot; otherwise all are bought on demand. */
  readonly spot: boolean;
  /** Further types, of the same architecture, in which Spot is bought: wherever there is most of it. */
  readonly spotTypes: readonly string[];
  /** How many are always on demand where the others are Spot. */
  readonly onDemandInstances: number;
  /**
   * After how long an instance is replaced by a new one.
   * @default - never
   */
  readonly maxLifetime?: Duration | undefined;
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
 * An Auto Scaling group, which replaces an instance that fails or, bought as Spot, is interrupted: behind
 * a load balancer when EC2 warns of it, otherwise after it.
 */
export class InstanceGroup extends AutoScalingGroup {
  readonly cpu: Metric;

  constructor(scope: Construct, id: string, props: InstanceGroupProps) {
    const { instances, maxInstances, spot, behindLoadBalancer, readyWithin, alarms } = props;
    const types = [props.instanceType, ...(spot ? props.spotTypes : [])];
    const userData = UserData.forLinux();
    // Another plan is another launch template, so CloudFormation replaces the instances one after the other.
    userData.addCommands(`# ${spot ? 'spot' : 'on-demand'}: ${types.join(' ')}`, ...props.firstCommands);
    const launchTemplate = new LaunchTemplate(scope, `${id}LaunchTemplate`, {
      ...machine(props),
      cpuCredits: creditsToBootWith(...types),
      httpTokens: LaunchTemplateHttpTokens.REQUIRED,
      userData,
    });
    tagVolumes(launchTemplate);
    acknowledgeMonitoring(launchTemplate, props);
    super(scope, id, {
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      mixedInstancesPolicy: {
        launchTemplate,
        launchTemplateOverrides: types.map((type) => ({ instanceType: new InstanceType(type) })),
        instancesDistribution: {
          onDemandBaseCapacity: spot ? props.onDemandInstances : 0,
          onDemandPercentageAboveBaseCapacity: spot ? 0 : 100,
          spotAllocationStrategy: SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED,
        },
      },
      minCapacity: instances,
      maxCapacity: Math.max(maxInstances, instances + 1), // room for the one that comes before the other goes
      ...(props.maxLifetime ? { maxInstanceLifetime: props.maxLifetime } : {}),
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
    this.cpu = new Metric({
      namespace: 'AWS/EC2',
      metricName: 'CPUUtilization',
      period: Duration.minutes(5),
      dimensionsMap: { AutoScalingGroupName: this.autoScalingGroupName },
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-EC26',
      reason: 'The rule throws on a mixed instances policy; the volume of the launch template is encrypted.',
    });
    this.node.addDependency(props.role); // its instances boot with what the role may do
    this.addAlarms(props);
  }

  private addAlarms({ instances, spot, alarms }: InstanceGroupProps): void {
    alarms.add('Capacity', {
      metric: new Metric({
        namespace: 'AWS/AutoScaling',
        metricName: 'GroupInServiceInstances',
        statistic: 'Minimum',
        period: Duration.minutes(5),
        dimensionsMap: { AutoScalingGroupName: this.autoScalingGroupName },
      }),
      threshold: instances,
      evaluationPeriods: 2,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
      alarmDescription: spot
        ? 'Fewer Spot instances than wanted for ten minutes: no capacity. Set more types (ec2.spotTypes), or ec2.plan=on-demand.'
        : 'Fewer instances than wanted for ten minutes: a new one does not start or get healthy. Look at the activity of the group.',
    });
    alarms.add('Cpu', {
      metric: this.cpu,
      threshold: 80,
      evaluationPeriods: 3,
      alarmDescription:
        'CPU above 80 % for a quarter of an hour: choose a larger ec2.instanceType, or more ec2.instances.',
    });
  }
}
