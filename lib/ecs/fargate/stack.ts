import { Stack } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  AvailabilityZoneRebalancing,
  Compatibility,
  FargatePlatformVersion,
  FargateService,
} from 'aws-cdk-lib/aws-ecs';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { Alarms } from '../../shared/alarms';
import { PublicLoadBalancer } from '../../shared/public-load-balancer';
import { addOutputs, ServiceCluster, type EcsServiceProps } from '../cluster';
import { ServiceMonitoring } from '../monitoring';
import { ServiceScaling } from '../scaling';
import { CONTAINER_PORT, ServiceTask } from '../task';
import { ServiceTraffic } from '../traffic';

export interface FargateStackProps extends EcsServiceProps {
  /** Tasks that always run on demand: the first of the service. */
  readonly onDemandTasks: number;
  /** Share of Spot in the tasks above `onDemandTasks`, in percent. */
  readonly spotPercent: number;
}

/** The service as tasks of ECS on Fargate: no instance to provision, patch or pack. */
export class FargateStack extends Stack implements IGrantable {
  /** The task, to which a second port or container is added. */
  readonly task: ServiceTask;
  readonly service: FargateService;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: FargateStackProps) {
    super(scope, id, props);
    const { vpc, logs } = props;

    const cluster = new ServiceCluster(this, 'Cluster', props);
    cluster.enableFargateCapacityProviders();
    this.task = new ServiceTask(this, 'Task', { ...props.task, compatibility: Compatibility.FARGATE, cluster, logs });
    this.grantPrincipal = this.task.role;

    const alarms = new Alarms(this, 'Alarms', { email: props.alarmEmail });
    const balancer = new PublicLoadBalancer(this, 'Balancer', { vpc, ...props.access });
    const traffic = new ServiceTraffic(this, 'Traffic', { ...props, cluster, balancer, alarms, targets: 'ip' });

    const inPublic = vpc.privateSubnets.length === 0;
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Tasks: from the load balancer in, HTTPS out',
      allowAllOutbound: false,
    });
    // The image, the log; over IPv6 too, since ECS gives tasks such addresses wherever their subnets have them.
    for (const peer of [Peer.anyIpv4(), Peer.anyIpv6()]) securityGroup.addEgressRule(peer, Port.tcp(443));
    securityGroup.connections.allowFrom(balancer.loadBalancer, Port.tcp(CONTAINER_PORT), 'Load balancer');

    this.service = new FargateService(this, 'Service', {
      cluster,
      taskDefinition: this.task.definition,
      platformVersion: FargatePlatformVersion.LATEST,
      securityGroups: [securityGroup],
      vpcSubnets: { subnetType: inPublic ? SubnetType.PUBLIC : SubnetType.PRIVATE_WITH_EGRESS },
      assignPublicIp: inPublic, // the way out to the image, where there is no NAT; the security group lets nothing else in
      capacityProviderStrategies: [
        // The base is on demand, so that Spot's absence never means no service. A weight of 0 would take it away: no task
        // is placed on such a provider (ECS API Reference, "CapacityProviderStrategyItem").
        { capacityProvider: 'FARGATE', base: props.onDemandTasks, weight: Math.max(1, 100 - props.spotPercent) },
        // Left out where there is none: not every region has Spot for every processor.
        ...(props.spotPercent > 0 ? [{ capacityProvider: 'FARGATE_SPOT', weight: props.spotPercent }] : []),
      ],
      enableExecuteCommand: props.exec,
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
      ...traffic.deploymentOptions,
    });
    traffic.send(this.service);

    new ServiceScaling(this, 'Scaling', { ...props, service: this.service, traffic });
    new ServiceMonitoring(this, 'Monitoring', { ...props, service: this.service, traffic, alarms });
    addOutputs(this, balancer.url, this.service);
  }
}
