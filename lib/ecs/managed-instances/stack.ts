import { Stack } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup, SubnetType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { Compatibility, FargateService } from 'aws-cdk-lib/aws-ecs';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { Alarms } from '../../shared/alarms';
import { PublicLoadBalancer } from '../../shared/public-load-balancer';
import { addOutputs, ServiceCluster, type EcsServiceProps } from '../cluster';
import { ServiceMonitoring } from '../monitoring';
import { ServiceScaling } from '../scaling';
import { CONTAINER_PORT, ServiceTask } from '../task';
import { ServiceTraffic } from '../traffic';
import { ManagedInstancesCapacity, type ManagedInstancesSettings } from './capacity';

export interface ManagedInstancesStackProps extends EcsServiceProps {
  readonly instances: ManagedInstancesSettings;
}

/** The service as tasks of ECS on instances of the account that AWS chooses, patches and ends: Managed Instances. */
export class ManagedInstancesStack extends Stack implements IGrantable {
  /** The task, to which a second port or container is added. */
  readonly task: ServiceTask;
  readonly service: FargateService;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: ManagedInstancesStackProps) {
    super(scope, id, props);
    const { vpc, logs } = props;

    const cluster = new ServiceCluster(this, 'Cluster', props);
    this.task = new ServiceTask(this, 'Task', {
      ...props.task,
      compatibility: Compatibility.MANAGED_INSTANCES,
      cluster,
      logs,
    });
    this.grantPrincipal = this.task.role;

    const alarms = new Alarms(this, 'Alarms', { email: props.alarmEmail });
    const balancer = new PublicLoadBalancer(this, 'Balancer', { vpc, ...props.access });
    const traffic = new ServiceTraffic(this, 'Traffic', { ...props, cluster, balancer, alarms, targets: 'ip' });

    const ofInstances = this.createSecurityGroup('InstancesSecurityGroup', vpc, 'Instances: nothing in, HTTPS out');
    const ofTasks = this.createSecurityGroup('TasksSecurityGroup', vpc, 'Tasks: from the load balancer in, HTTPS out');
    ofTasks.connections.allowFrom(balancer.loadBalancer, Port.tcp(CONTAINER_PORT), 'Load balancer');

    const capacity = new ManagedInstancesCapacity(this, 'Capacity', {
      ...props.instances,
      vpc,
      cluster,
      securityGroup: ofInstances,
    });

    // CDK has no service of its own for Managed Instances. This class is the one whose validation knows them; with
    // strategies it declares no launch type, and so nothing of Fargate (aws/aws-cdk#36035).
    this.service = new FargateService(this, 'Service', {
      cluster,
      taskDefinition: this.task.definition,
      securityGroups: [ofTasks],
      vpcSubnets: {
        subnetType: vpc.privateSubnets.length === 0 ? SubnetType.PUBLIC : SubnetType.PRIVATE_WITH_EGRESS,
      },
      enableExecuteCommand: props.exec,
      capacityProviderStrategies: capacity.strategies,
      ...traffic.deploymentOptions,
    });
    traffic.send(this.service);

    new ServiceScaling(this, 'Scaling', { ...props, service: this.service, traffic });
    new ServiceMonitoring(this, 'Monitoring', { ...props, service: this.service, traffic, alarms });
    addOutputs(this, balancer.url, this.service);
  }

  private createSecurityGroup(id: string, vpc: IVpc, description: string): SecurityGroup {
    const securityGroup = new SecurityGroup(this, id, { vpc, description, allowAllOutbound: false });
    // The image, the log, ECS; over IPv6 too, since ECS gives tasks such addresses wherever their subnets have them.
    for (const peer of [Peer.anyIpv4(), Peer.anyIpv6()]) securityGroup.addEgressRule(peer, Port.tcp(443));
    return securityGroup;
  }
}
