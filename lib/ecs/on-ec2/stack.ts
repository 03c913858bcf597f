import { CfnOutput, Duration, Stack, TimeZone, Validations, type StackProps } from 'aws-cdk-lib';
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
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  InstanceType,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  UserData,
  type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import {
  AmiHardwareType,
  AsgCapacityProvider,
  AvailabilityZoneRebalancing,
  BuiltInAttributes,
  Ec2Service,
  EcsOptimizedImage,
  PlacementStrategy,
  type Cluster,
} from 'aws-cdk-lib/aws-ecs';
import { TargetType } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { instanceArchitecture, type Config } from '../../options/config';
import { Alarms } from '../../shared/alarms';
import { cpuCredits, tagVolumes } from '../../shared/instance-cost';
import { PublicLoadBalancer } from '../../shared/public-load-balancer';
import { ServiceCluster } from '../cluster';
import { ServiceMonitoring } from '../monitoring';
import { ServiceScaling } from '../scaling';
import { ServiceTask, type ServiceImage } from '../task';
import { ServiceTraffic } from '../traffic';
import { SessionManagerAccess, sessionOnGroup } from '../../shared/session-manager-access';
import { minutesInto, nightWindow } from '../../shared/night';

export interface EcsEc2StackProps extends StackProps {
  readonly config: Config;
  readonly vpc: IVpc;
  readonly image: ServiceImage;
}

/** Ports from which the agent gives each task one (ECS Developer Guide, "portMappings": hostPort 0). */
const TASK_PORTS = Port.tcpRange(32_768, 65_535);

/**
 * The service as tasks of ECS on instances of our own: many small tasks share a few instances, a second instance joins
 * by day, and leaves by night once its tasks have moved.
 */
export class EcsEc2Stack extends Stack {
  private readonly config: Config;
  private readonly vpc: IVpc;
  private readonly alarms: Alarms;

  constructor(scope: Construct, id: string, props: EcsEc2StackProps) {
    super(scope, id, props);
    this.config = props.config;
    this.vpc = props.vpc;
    const { config, vpc } = this;
    const { ecs } = config;
    this.alarms = new Alarms(this, 'Alarms', { email: config.alarms.email });

    const cluster = new ServiceCluster(this, 'Cluster', { config, vpc });
    const balancer = new PublicLoadBalancer(this, 'Balancer', { config, vpc, subdomain: 'ecs' });
    const group = this.group(cluster, balancer);
    const capacityProvider = this.capacityProvider(cluster, group);
    this.followTheDay(group);

    const traffic = new ServiceTraffic(this, 'Traffic', {
      config,
      cluster,
      balancer,
      alarms: this.alarms,
      targetType: TargetType.INSTANCE,
      deployment: ecs.deployment,
      fewestTasks: nightWindow(ecs.night) ? Math.min(ecs.tasks, ecs.nightTasks) : ecs.tasks,
    });
    const { taskDefinition } = new ServiceTask(this, 'Task', {
      config,
      option: 'ecs-ec2',
      image: props.image,
      architecture: instanceArchitecture(ecs.instanceType),
      execLogs: cluster.execLogs,
    });
    const service = new Ec2Service(this, 'Service', {
      cluster,
      taskDefinition,
      capacityProviderStrategies: [{ capacityProvider: capacityProvider.capacityProviderName, weight: 1 }],
      // Over the zones first, so that losing one is not losing all; within a zone on as few instances as memory allows.
      placementStrategies: [
        PlacementStrategy.spreadAcross(BuiltInAttributes.AVAILABILITY_ZONE),
        PlacementStrategy.packedByMemory(),
      ],
      // In the morning, it is what moves tasks to the zone of the instance that has come back.
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
      enableExecuteCommand: config.task.exec,
      ...traffic.deploymentOptions,
    });
    traffic.send(service);

    new ServiceScaling(this, 'Scaling', {
      service,
      traffic,
      day: { min: ecs.tasks, max: ecs.maxTasks },
      night: { min: ecs.nightTasks, max: ecs.nightTasks },
      nightWindow: ecs.night,
    });
    new ServiceMonitoring(this, 'Monitoring', {
      config,
      service,
      traffic,
      alarms: this.alarms,
      capacity: {
        title: 'Instances, and what the tasks would need, %',
        metrics: [this.instancesInService(group), this.reservation(cluster, capacityProvider)],
      },
    });

    new CfnOutput(this, 'Url', { value: balancer.url, description: 'Where the service answers' });
    new CfnOutput(this, 'ClusterName', { value: cluster.clusterName });
    new CfnOutput(this, 'ServiceName', { value: service.serviceName });
    new CfnOutput(this, 'Session', {
      value: sessionOnGroup(group),
      description: 'Opens a shell on one of the instances',
    });
  }

  /** The instances: a launch template and an Auto Scaling group over all zones. */
  private group(cluster: Cluster, balancer: PublicLoadBalancer): AutoScalingGroup {
    const { ecs, network } = this.config;
    const inPublic = network.natGateways === 0;
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: this.vpc,
      description: 'Instances: from the load balancer to the ports of tasks, HTTPS out',
      allowAllOutbound: false,
    });
    securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443));
    securityGroup.connections.allowFrom(balancer.loadBalancer, TASK_PORTS, 'Load balancer');

    const role = this.instanceRole(cluster);
    const launchTemplate = new LaunchTemplate(this, 'LaunchTemplate', {
      instanceType: new InstanceType(ecs.instanceType),
      machineImage: EcsOptimizedImage.amazonLinux2023(
        instanceArchitecture(ecs.instanceType) === 'arm64' ? AmiHardwareType.ARM : AmiHardwareType.STANDARD,
      ),
      role: role.withoutPolicyUpdates(),
      securityGroup,
      associatePublicIpAddress: inPublic,
      userData: this.userData(),
      httpTokens: LaunchTemplateHttpTokens.REQUIRED,
      // One hop: containers behind the bridge are two away, and can't get the credentials of the instance.
      httpPutResponseHopLimit: 1,
      detailedMonitoring: this.config.ec2.detailedMonitoring,
      cpuCredits: cpuCredits(this.config, ecs.instanceType),
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          volume: BlockDeviceVolume.ebs(30, { encrypted: true, volumeType: EbsDeviceVolumeType.GP3 }),
        },
      ],
    });
    tagVolumes(launchTemplate);
    const group = new AutoScalingGroup(this, 'Group', {
      vpc: this.vpc,
      vpcSubnets: { subnetType: inPublic ? SubnetType.PUBLIC : SubnetType.PRIVATE_WITH_EGRESS },
      mixedInstancesPolicy: {
        launchTemplate,
        instancesDistribution: {
          onDemandBaseCapacity: ecs.onDemandInstances,
          onDemandPercentageAboveBaseCapacity: 100 - ecs.spotPercent,
          spotAllocationStrategy: SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED,
        },
      },
      minCapacity: ecs.instances, // the day's, which the schedule lowers by night and a deployment leaves alone
      maxCapacity: ecs.maxInstances,
      // No desired capacity: a deployment would set it, and undo what the day and the load have set.
      capacityRebalance: ecs.spotPercent > 0,
      healthChecks: HealthChecks.ec2({ gracePeriod: Duration.minutes(5) }),
      groupMetrics: [new GroupMetrics(GroupMetric.IN_SERVICE_INSTANCES)],
      notifications: [{ topic: this.alarms.topic, scalingEvents: ScalingEvents.ERRORS }],
      // A new machine image or launch template: new instances come first, then old ones drain and go. Not by a rolling
      // update, which holds up scaling meanwhile, and wants a larger group than one instance by night.
      updatePolicy: UpdatePolicy.instanceRefresh({
        strategy: InstanceRefreshStrategy.ROLLING,
        minHealthyPercentage: 100,
        maxHealthyPercentage: 110,
        instanceWarmup: Duration.minutes(2),
      }),
    });
    Validations.of(group).acknowledge({
      id: 'AwsSolutions-AS3',
      reason: 'Errors alone are told: instances that come in the morning and go at night are the schedule at work.',
    });
    Validations.of(group).acknowledge({
      id: 'AwsSolutions-EC26',
      reason: 'The rule throws on a mixed instances policy; the volume of the launch template above is encrypted.',
    });
    group.node.addDependency(role); // its instances join the cluster with what the role may do
    return group;
  }

  private userData(): UserData {
    const userData = UserData.forLinux();
    // On the two minutes' notice of Spot, the agent drains the instance as if somebody had asked for it.
    userData.addCommands('echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config');
    return userData;
  }

  /** What the ECS agent needs, for this cluster alone (Service Authorization Reference, "Amazon ECS"). */
  private instanceRole(cluster: Cluster): Role {
    const role = new Role(this, 'InstanceRole', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    // Below the role, so that what depends on the role has these policies from its first to its last moment: an agent
    // that may not poll any more can't be told to stop its tasks, and the service could not be deleted.
    new SessionManagerAccess(role, 'SessionManager', { role });
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          'ecs:DeregisterContainerInstance',
          'ecs:RegisterContainerInstance',
          'ecs:SubmitAttachmentStateChanges',
          'ecs:SubmitContainerStateChange',
          'ecs:SubmitTaskStateChange',
        ],
        resources: [cluster.clusterArn],
      }),
    );
    const agent = new Policy(role, 'Agent', {
      statements: [
        new PolicyStatement({
          actions: ['ecs:Poll', 'ecs:StartTelemetrySession', 'ecs:UpdateContainerInstancesState'],
          resources: ['*'],
          conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
        }),
        new PolicyStatement({ actions: ['ecs:DiscoverPollEndpoint'], resources: ['*'] }),
      ],
    });
    agent.attachToRole(role);
    Validations.of(agent).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'The ids of instances to come are unknown, and a condition holds these actions to the cluster; DiscoverPollEndpoint supports no resource-level permission.',
    });
    return role;
  }

  /** Lets ECS add instances when tasks find no room, take them away when they are empty, and drain each before it goes. */
  private capacityProvider(cluster: Cluster, autoScalingGroup: AutoScalingGroup): AsgCapacityProvider {
    const capacityProvider = new AsgCapacityProvider(this, 'CapacityProvider', {
      autoScalingGroup,
      enableManagedScaling: true,
      targetCapacityPercent: 100,
      instanceWarmupPeriod: 60,
      enableManagedDraining: true,
      // Off, and it has to be: it would protect every instance with a task on it from scaling in, so that the night
      // would never send one away, and `cdk destroy` would wait for ever (aws/aws-cdk#18179). Draining does the rest:
      // an instance that is to go gets no new tasks, and its own start elsewhere before they stop here.
      enableManagedTerminationProtection: false,
    });
    cluster.addAsgCapacityProvider(capacityProvider);
    return capacityProvider;
  }

  /**
   * At night the group goes to the night's size; in the morning there is room for the day's again. The tasks become fewer
   * first: those of the instance that leaves then find room on the others, and none asks for a new one.
   */
  private followTheDay(group: AutoScalingGroup): void {
    const { ecs } = this.config;
    const night = nightWindow(ecs.night);
    if (night === undefined) return;
    const timeZone = TimeZone.of(night.timeZone).timezoneName;
    group.scaleOnSchedule('Day', {
      schedule: Schedule.cron(night.to),
      timeZone,
      minCapacity: ecs.instances,
      maxCapacity: ecs.maxInstances,
    });
    group.scaleOnSchedule('Night', {
      schedule: Schedule.cron(minutesInto(night, 15)),
      timeZone,
      minCapacity: ecs.nightInstances,
      desiredCapacity: ecs.nightInstances,
      // One more while an instance is replaced: with no room for its successor, it could not drain.
      maxCapacity: Math.min(ecs.nightInstances + 1, ecs.maxInstances),
    });
  }

  private instancesInService(group: AutoScalingGroup): Metric {
    return new Metric({
      namespace: 'AWS/AutoScaling',
      metricName: 'GroupInServiceInstances',
      label: 'Instances',
      dimensionsMap: { AutoScalingGroupName: group.autoScalingGroupName },
    });
  }

  /** Above 100 %, tasks wait for an instance. The alarm: for a quarter of an hour, so that none is coming. */
  private reservation(cluster: Cluster, { capacityProviderName }: AsgCapacityProvider): Metric {
    const metric = new Metric({
      namespace: 'AWS/ECS/ManagedScaling',
      metricName: 'CapacityProviderReservation',
      label: 'Reservation',
      period: Duration.minutes(5),
      dimensionsMap: { ClusterName: cluster.clusterName, CapacityProviderName: capacityProviderName },
    });
    this.alarms.add('Reservation', {
      metric,
      threshold: 101,
      periods: 3,
      description:
        'Tasks have waited for an instance for a quarter of an hour: ecs.maxInstances is reached, or there is no capacity.',
    });
    return metric;
  }
}
