import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup, SubnetType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { Compatibility, FargateService } from 'aws-cdk-lib/aws-ecs';
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
import { ManagedInstancesCapacity, type ManagedInstancesSettings } from './capacity';

export interface ManagedInstancesStackProps
  extends StackProps, Pick<ServiceScalingProps, 'requestsPerTask' | 'day' | 'night'> {
  /** Instances and tasks run in its private subnets, and in the public ones where there are no private ones. */
  readonly vpc: IVpc;
  readonly access: PublicAccess;
  readonly task: TaskSettings;
  readonly instances: ManagedInstancesSettings;
  /** How a new version takes over. */
  readonly deployment: DeploymentName;
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

/** The service as tasks of ECS on instances of the account that AWS chooses, patches and ends: Managed Instances. */
export class ManagedInstancesStack extends Stack implements IGrantable {
  /** The task, to which a second port or container is added. */
  readonly task: ServiceTask;
  readonly service: FargateService;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: ManagedInstancesStackProps) {
    super(scope, id, props);
    const { vpc, logs, insights, requestsPerTask, day, night } = props;

    const cluster = new ServiceCluster(this, 'Cluster', { vpc, insights, exec: props.exec ? logs : undefined });
    this.task = new ServiceTask(this, 'Task', {
      ...props.task,
      compatibility: Compatibility.MANAGED_INSTANCES,
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
      capacityProviderStrategies: capacity.strategies,
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

  private createSecurityGroup(id: string, vpc: IVpc, description: string): SecurityGroup {
    const securityGroup = new SecurityGroup(this, id, { vpc, description, allowAllOutbound: false });
    securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443)); // the image, the log, ECS
    return securityGroup;
  }
}
