import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  AsgCapacityProvider,
  AvailabilityZoneRebalancing,
  BuiltInAttributes,
  Compatibility,
  Ec2Service,
  PlacementStrategy,
  type Cluster,
} from 'aws-cdk-lib/aws-ecs';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { Alarms } from '../../shared/alarms';
import { PublicLoadBalancer } from '../../shared/public-load-balancer';
import { sessionOnGroup } from '../../shared/session-manager-access';
import { addOutputs, ServiceCluster, type EcsServiceProps } from '../cluster';
import { ServiceMonitoring } from '../monitoring';
import { ServiceScaling } from '../scaling';
import { ServiceTask } from '../task';
import { ServiceTraffic } from '../traffic';
import { InstanceGroup, type InstanceSettings } from './instance-group';
import { InstanceRole } from './instance-role';

/** Ports from which the agent gives each task one (ECS Developer Guide, "portMappings": hostPort 0). */
const TASK_PORTS = Port.tcpRange(32_768, 65_535);

export interface EcsEc2StackProps extends EcsServiceProps {
  readonly instances: InstanceSettings;
}

/**
 * The service as tasks of ECS on instances of our own: many small tasks share a few instances, a second instance joins
 * by day, and leaves by night once its tasks have moved.
 */
export class EcsEc2Stack extends Stack implements IGrantable {
  /** The task, to which a second port or container is added. */
  readonly task: ServiceTask;
  readonly service: Ec2Service;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: EcsEc2StackProps) {
    super(scope, id, props);
    const { vpc, logs } = props;
    const alarms = new Alarms(this, 'Alarms', { email: props.alarmEmail });

    const cluster = new ServiceCluster(this, 'Cluster', props);
    const balancer = new PublicLoadBalancer(this, 'Balancer', { vpc, ...props.access });
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Instances: from the load balancer to the ports of tasks, HTTPS out',
      allowAllOutbound: false,
    });
    securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443));
    securityGroup.connections.allowFrom(balancer.loadBalancer, TASK_PORTS, 'Load balancer');
    const role = new InstanceRole(this, 'InstanceRole', { cluster });
    const group = new InstanceGroup(this, 'Group', {
      ...props.instances,
      vpc,
      cluster,
      role,
      securityGroup,
      topic: alarms.topic,
    });
    const capacityProvider = this.createCapacityProvider(cluster, group);

    const traffic = new ServiceTraffic(this, 'Traffic', { ...props, cluster, balancer, alarms, targets: 'instance' });
    this.task = new ServiceTask(this, 'Task', { ...props.task, compatibility: Compatibility.EC2, cluster, logs });
    this.grantPrincipal = this.task.role;
    const reservation = this.measureReservation(cluster, capacityProvider);
    const waiting = alarms.add('Reservation', {
      metric: reservation,
      threshold: 101,
      evaluationPeriods: 3,
      alarmDescription:
        'Tasks have waited for an instance for a quarter of an hour: ecs.maxInstances is reached, or there is no capacity.',
    });
    // Tasks that find no room don't fail, and ECS would wait for them. A rolling update would bake for this alarm's time.
    const { deploymentAlarms, ...deployment } = traffic.deploymentOptions;
    const alarmNames = [...deploymentAlarms.alarmNames, ...(props.deployment === 'rolling' ? [] : [waiting.alarmName])];
    this.service = new Ec2Service(this, 'Service', {
      cluster,
      taskDefinition: this.task.definition,
      capacityProviderStrategies: [{ capacityProvider: capacityProvider.capacityProviderName, weight: 1 }],
      // Over the zones first, so that losing one is not losing all; within a zone on as few instances as memory allows.
      placementStrategies: [
        PlacementStrategy.spreadAcross(BuiltInAttributes.AVAILABILITY_ZONE),
        PlacementStrategy.packedByMemory(),
      ],
      // In the morning, it is what moves tasks to the zone of the instance that has come back.
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
      enableExecuteCommand: props.exec,
      ...deployment,
      deploymentAlarms: { ...deploymentAlarms, alarmNames },
    });
    traffic.send(this.service);

    new ServiceScaling(this, 'Scaling', { ...props, service: this.service, traffic });
    new ServiceMonitoring(this, 'Monitoring', {
      ...props,
      service: this.service,
      traffic,
      alarms,
      capacity: {
        title: 'Instances, and what the tasks would need, %',
        metrics: [this.measureInstances(group), reservation],
      },
    });

    addOutputs(this, balancer.url, this.service);
    new CfnOutput(this, 'Session', {
      value: sessionOnGroup(group),
      description: 'Opens a shell on one of the instances',
    });
  }

  /** Lets ECS add instances when tasks find no room, take them away when they are empty, and drain each before it goes. */
  private createCapacityProvider(cluster: Cluster, autoScalingGroup: AutoScalingGroup): AsgCapacityProvider {
    const capacityProvider = new AsgCapacityProvider(this, 'CapacityProvider', {
      autoScalingGroup,
      enableManagedScaling: true,
      targetCapacityPercent: 100,
      instanceWarmupPeriod: 60,
      enableManagedDraining: true,
      // Off, and it has to be: it would protect every instance with a task on it from scaling in, so that the night
      // would never send one away, and `cdk destroy` would wait without end (aws/aws-cdk#18179). Draining does the rest:
      // an instance that is to go gets no new tasks, and its own start elsewhere before they stop here.
      enableManagedTerminationProtection: false,
    });
    cluster.addAsgCapacityProvider(capacityProvider);
    return capacityProvider;
  }

  private measureInstances(group: AutoScalingGroup): Metric {
    return new Metric({
      namespace: 'AWS/AutoScaling',
      metricName: 'GroupInServiceInstances',
      label: 'Instances',
      dimensionsMap: { AutoScalingGroupName: group.autoScalingGroupName },
    });
  }

  /** Above 100 %, tasks wait for an instance. */
  private measureReservation(cluster: Cluster, { capacityProviderName }: AsgCapacityProvider): Metric {
    return new Metric({
      namespace: 'AWS/ECS/ManagedScaling',
      metricName: 'CapacityProviderReservation',
      label: 'Reservation',
      period: Duration.minutes(5),
      dimensionsMap: { ClusterName: cluster.clusterName, CapacityProviderName: capacityProviderName },
    });
  }
}
