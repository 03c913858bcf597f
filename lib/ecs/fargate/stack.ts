import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup, SubnetType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { AvailabilityZoneRebalancing, FargatePlatformVersion, FargateService } from 'aws-cdk-lib/aws-ecs';
import { TargetType } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import type { Config } from '../../options/config';
import { Alarms } from '../../shared/alarms';
import { PublicLoadBalancer } from '../../shared/public-load-balancer';
import { ServiceCluster } from '../cluster';
import { ServiceMonitoring } from '../monitoring';
import { ServiceScaling } from '../scaling';
import { CONTAINER_PORT, ServiceTask, type ServiceImage } from '../task';
import { ServiceTraffic } from '../traffic';
import { nightWindow } from '../../shared/night';

export interface FargateStackProps extends StackProps {
  readonly config: Config;
  readonly vpc: IVpc;
  readonly image: ServiceImage;
}

/** The service as tasks of ECS on Fargate: no instance to provision, patch or pack. */
export class FargateStack extends Stack {
  constructor(scope: Construct, id: string, props: FargateStackProps) {
    super(scope, id, props);
    const { config, vpc, image } = props;
    const { fargate } = config;

    const cluster = new ServiceCluster(this, 'Cluster', { config, vpc, enableFargateCapacityProviders: true });
    const { taskDefinition } = new ServiceTask(this, 'Task', {
      config,
      option: 'fargate',
      image,
      architecture: 'arm64',
      execLogs: cluster.execLogs,
    });

    const alarms = new Alarms(this, 'Alarms', { email: config.alarms.email });
    const balancer = new PublicLoadBalancer(this, 'Balancer', { config, vpc, subdomain: 'fargate' });
    const traffic = new ServiceTraffic(this, 'Traffic', {
      config,
      cluster,
      balancer,
      alarms,
      targetType: TargetType.IP,
      deployment: fargate.deployment,
      fewestTasks: nightWindow(config.ecs.night) ? Math.min(fargate.tasks, fargate.nightTasks) : fargate.tasks,
    });

    const inPublic = config.network.natGateways === 0;
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Tasks: from the load balancer in, HTTPS out',
      allowAllOutbound: false,
    });
    securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443)); // the image, the log
    securityGroup.connections.allowFrom(balancer.loadBalancer, Port.tcp(CONTAINER_PORT), 'Load balancer');

    const service = new FargateService(this, 'Service', {
      cluster,
      taskDefinition,
      platformVersion: FargatePlatformVersion.LATEST,
      securityGroups: [securityGroup],
      vpcSubnets: { subnetType: inPublic ? SubnetType.PUBLIC : SubnetType.PRIVATE_WITH_EGRESS },
      assignPublicIp: inPublic, // the way out to the image, where there is no NAT; nobody but the load balancer gets in
      capacityProviderStrategies: [
        // The base is on demand, so that Spot's absence never means no service. A weight of 0 would take it away: no task
        // is placed on such a provider (ECS API Reference, "CapacityProviderStrategyItem").
        {
          capacityProvider: 'FARGATE',
          base: config.preset === 'production' ? 2 : 1,
          weight: Math.max(1, 100 - fargate.spotPercent),
        },
        { capacityProvider: 'FARGATE_SPOT', weight: fargate.spotPercent },
      ],
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
      enableExecuteCommand: config.task.exec,
      ...traffic.deploymentOptions,
    });
    traffic.send(service);

    new ServiceScaling(this, 'Scaling', {
      service,
      traffic,
      day: { min: fargate.tasks, max: fargate.maxTasks },
      night: { min: fargate.nightTasks, max: fargate.maxTasks },
      nightWindow: config.ecs.night,
    });
    new ServiceMonitoring(this, 'Monitoring', { config, service, traffic, alarms });

    new CfnOutput(this, 'Url', { value: balancer.url, description: 'Where the service answers' });
    new CfnOutput(this, 'ClusterName', { value: cluster.clusterName });
    new CfnOutput(this, 'ServiceName', { value: service.serviceName });
  }
}
