import { Duration, Tags, TimeZone, Validations } from 'aws-cdk-lib';
import {
  AutoScalingGroup,
  GroupMetric,
  GroupMetrics,
  HealthChecks,
  InstanceRefreshStrategy,
  ScalingEvents,
  Schedule,
  SpotAllocationStrategy,
  UpdatePolicy,
} from 'aws-cdk-lib/aws-autoscaling';
import {
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  InstanceArchitecture,
  InstanceType,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
  SubnetType,
  UserData,
  type ISecurityGroup,
  type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import { AmiHardwareType, EcsOptimizedImage, type ICluster } from 'aws-cdk-lib/aws-ecs';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { creditsToBootWith, tagVolumes } from '../../shared/instance-cost';
import type { NightWindow } from '../../shared/night';
import { minutesInto } from '../../shared/night-times';
import { START_AGENT_WATCH } from './agent-watch';
import { awaitCapacityProvider } from './capacity-provider-wait';
import { RESERVED_MIB } from './instance-types';

/** What the instances are and how they are bought. */
export interface InstanceSettings {
  readonly instanceType: string;
  /** Metrics of the instances each minute, billed by the metric. */
  readonly detailedMonitoring: boolean;
  /** Instances that are always bought on demand. */
  readonly onDemandInstances: number;
  /** Share of Spot in the instances above `onDemandInstances`, in percent. */
  readonly spotPercent: number;
  /** Instances by day, at least. */
  readonly instances: number;
  /** Instances at most. */
  readonly maxInstances: number;
  /**
   * When there are fewer.
   * @default - day and night are alike
   */
  readonly night?: { readonly window: NightWindow; readonly instances: number } | undefined;
}

export interface InstanceGroupProps extends InstanceSettings {
  readonly vpc: IVpc;
  /** The cluster that the instances join, once it has a capacity provider. */
  readonly cluster: ICluster;
  readonly role: Role;
  readonly securityGroup: ISecurityGroup;
  /** Learns of instances that could not be launched or ended. */
  readonly topic: ITopic;
}

/** The instances of a cluster: a launch template, and an Auto Scaling group over all zones that follows the day. */
export class InstanceGroup extends AutoScalingGroup {
  constructor(scope: Construct, id: string, props: InstanceGroupProps) {
    const { vpc, role, instances, maxInstances, spotPercent } = props;
    const inPublic = vpc.privateSubnets.length === 0;
    super(scope, id, {
      vpc,
      vpcSubnets: { subnetType: inPublic ? SubnetType.PUBLIC : SubnetType.PRIVATE_WITH_EGRESS },
      mixedInstancesPolicy: {
        launchTemplate: createLaunchTemplate(scope, props, inPublic),
        instancesDistribution: {
          onDemandBaseCapacity: props.onDemandInstances,
          onDemandPercentageAboveBaseCapacity: 100 - spotPercent,
          spotAllocationStrategy: SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED,
        },
      },
      minCapacity: instances, // the day's, which the schedule lowers by night and a deployment leaves alone
      maxCapacity: maxInstances,
      // No desired capacity: a deployment would set it, and undo what the day and the load have set.
      capacityRebalance: spotPercent > 0,
      healthChecks: HealthChecks.ec2({ gracePeriod: Duration.minutes(5) }),
      groupMetrics: [new GroupMetrics(GroupMetric.IN_SERVICE_INSTANCES)],
      notifications: [{ topic: props.topic, scalingEvents: ScalingEvents.ERRORS }],
      // A new machine image or launch template: new instances come first, then old ones drain and go. Not by a rolling
      // update, which holds up scaling meanwhile, and wants a larger group than one instance by night.
      updatePolicy: UpdatePolicy.instanceRefresh({
        strategy: InstanceRefreshStrategy.ROLLING,
        minHealthyPercentage: 100,
        maxHealthyPercentage: 110,
        instanceWarmup: Duration.minutes(2),
      }),
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-AS3',
      reason: 'Errors alone are reported: instances that come in the morning and go at night are the schedule at work.',
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-EC26',
      reason: 'The rule throws on a mixed instances policy; the volume of the launch template is encrypted.',
    });
    this.node.addDependency(role); // its instances join the cluster with what the role may do
    // ECS adds the tag when it begins to scale the group; a template without it would take it away with the next change
    // (ECS Developer Guide, "Amazon ECS capacity providers for EC2 workloads").
    Tags.of(this).add('AmazonECSManaged', 'true', { includeResourceTypes: ['AWS::AutoScaling::AutoScalingGroup'] });
    if (props.night) this.followTheDay(props, props.night);
    else this.keepTheDay(props);
  }

  /**
   * Without a night the group has the day's size. An action sets it once a day all the same: where the night is taken out
   * of the options at night, the sizes in the template stay as they were, and CloudFormation leaves the group alone.
   */
  private keepTheDay({ instances, maxInstances }: InstanceSettings): void {
    this.scaleOnSchedule('Day', {
      schedule: Schedule.cron({ hour: '0', minute: '0' }),
      minCapacity: instances,
      maxCapacity: maxInstances,
    });
  }

  /**
   * At night the group goes to the night's size; in the morning there is room for the day's again. The tasks become fewer
   * first: those of the instance that leaves then find room on the others, and none asks for a new one.
   */
  private followTheDay(
    { instances, maxInstances }: InstanceSettings,
    night: NonNullable<InstanceSettings['night']>,
  ): void {
    const timeZone = TimeZone.of(night.window.timeZone).timezoneName;
    this.scaleOnSchedule('Day', {
      schedule: Schedule.cron(night.window.to),
      timeZone,
      minCapacity: instances,
      maxCapacity: maxInstances,
    });
    this.scaleOnSchedule('Night', {
      schedule: Schedule.cron(minutesInto(night.window, 15)),
      timeZone,
      minCapacity: night.instances,
      desiredCapacity: night.instances,
      // One more while an instance is replaced: with no room for its successor, it could not drain.
      maxCapacity: Math.min(night.instances + 1, maxInstances),
    });
  }
}

function createLaunchTemplate(scope: Construct, props: InstanceGroupProps, inPublic: boolean): LaunchTemplate {
  const instanceType = new InstanceType(props.instanceType);
  const userData = UserData.forLinux();
  // On the two minutes' notice of Spot, the agent drains the instance.
  userData.addCommands(
    'echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config',
    // The agent would offer tasks all that the kernel reports.
    `echo ECS_RESERVED_MEMORY=${RESERVED_MIB} >> /etc/ecs/ecs.config`,
    ...START_AGENT_WATCH,
    ...awaitCapacityProvider(props.cluster),
  );
  const launchTemplate = new LaunchTemplate(scope, 'LaunchTemplate', {
    instanceType,
    machineImage: EcsOptimizedImage.amazonLinux2023(
      instanceType.architecture === InstanceArchitecture.ARM_64 ? AmiHardwareType.ARM : AmiHardwareType.STANDARD,
    ),
    role: props.role.withoutPolicyUpdates(),
    securityGroup: props.securityGroup,
    associatePublicIpAddress: inPublic,
    userData,
    httpTokens: LaunchTemplateHttpTokens.REQUIRED,
    // One hop: containers behind the bridge are two away, and can't get the credentials of the instance.
    httpPutResponseHopLimit: 1,
    detailedMonitoring: props.detailedMonitoring,
    cpuCredits: creditsToBootWith(props.instanceType),
    blockDevices: [
      {
        deviceName: '/dev/xvda',
        volume: BlockDeviceVolume.ebs(30, { encrypted: true, volumeType: EbsDeviceVolumeType.GP3 }),
      },
    ],
  });
  tagVolumes(launchTemplate);
  return launchTemplate;
}
