import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup, SubnetType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  AvailabilityZoneRebalancing,
  Compatibility,
  FargatePlatformVersion,
  FargateService,
} from 'aws-cdk-lib/aws-ecs';
import { TargetType } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { Alarms } from '../../shared/alarms';
import type { LogSettings } from '../../shared/log-settings';
import { PublicLoadBalancer, type PublicAccess } from '../../shared/public-load-balancer';
import { ServiceCluster } from '../cluster';
import { ServiceMonitoring } from '../monitoring';
import { ServiceScaling, type ServiceScalingProps } from '../scaling';
import { CONTAINER_PORT, ServiceTask, type TaskSettings } from '../task';
import { ServiceTraffic, type DeploymentName } from '../traffic';

export interface FargateStackProps extends StackProps, Pick<ServiceScalingProps, 'requestsPerTask' | 'day' | 'night'> {
  /** Tasks run in its private subnets, and in the public ones where there are no private ones. */
  readonly vpc: IVpc;
  readonly access: PublicAccess;
  readonly task: TaskSettings;
  /** How a new version takes over. */
  readonly deployment: DeploymentName;
  /** Tasks that always run on demand: the first of the service. */
  readonly onDemandTasks: number;
  /** Share of Spot in the tasks above `onDemandTasks`, in percent. */
  readonly spotPercent: number;
  /** ECS Exec into running tasks, recorded. */
  readonly exec: boolean;
  /** Container Insights with metrics of each task, billed by the metric. */
  readonly insights: boolean;
  readonly logs: LogSettings;
  /**
   * Address that alarms are mailed to.
   * @default - none
   */
  readonly alarmEmail?: string | undefined;
}

/** The service as tasks of ECS on Fargate: no instance to provision, patch or pack. */
export class FargateStack extends Stack implements IGrantable {
  /** The task, to which a second port or container is added. */
  readonly task: ServiceTask;
  readonly service: FargateService;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: FargateStackProps) {
    super(scope, id, props);
    const { vpc, logs, insights, requestsPerTask, day, night } = props;

    const exec = props.exec ? logs : undefined;
    const cluster = new ServiceCluster(this, 'Cluster', { vpc, insights, exec, enableFargateCapacityProviders: true });
    this.task = new ServiceTask(this, 'Task', {
      ...props.task,
      compatibility: Compatibility.FARGATE,
      logs,
      execLogs: cluster.execLogs,
    });
    this.grantPrincipal = this.task.role;

    const alarms = new Alarms(this, 'Alarms', { email: props.alarmEmail });
    const balancer = new PublicLoadBalancer(this, 'Balancer', { vpc, ...props.access });
    const traffic = new ServiceTraffic(this, 'Traffic', {
      cluster,
      balancer,
      alarms,
      logs,
      targetType: TargetType.IP,
      deployment: props.deployment,
      fewestTasks: Math.min(day.min, night?.tasks.min ?? day.min),
    });

    const inPublic = vpc.privateSubnets.length === 0;
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Tasks: from the load balancer in, HTTPS out',
      allowAllOutbound: false,
    });
    securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443)); // the image, the log
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
        { capacityProvider: 'FARGATE_SPOT', weight: props.spotPercent },
      ],
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
      enableExecuteCommand: props.exec,
      ...traffic.deploymentOptions,
    });
    const { service } = this;
    traffic.send(service);

    new ServiceScaling(this, 'Scaling', { service, traffic, requestsPerTask, day, night });
    new ServiceMonitoring(this, 'Monitoring', { insights, service, traffic, alarms });

    new CfnOutput(this, 'Url', { value: balancer.url, description: 'Where the service answers' });
    new CfnOutput(this, 'ClusterName', { value: cluster.clusterName });
    new CfnOutput(this, 'ServiceName', { value: service.serviceName });
  }
}
