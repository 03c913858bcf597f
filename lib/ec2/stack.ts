import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnEIP, Peer, Port, SecurityGroup, SubnetType, type CloudFormationInit, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { ApplicationProtocol, ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { serviceBundle } from '../../packaging/bundle';
import { Alarms } from '../shared/alarms';
import { instanceArchitecture } from '../shared/instance-types';
import type { LogSettings } from '../shared/log-settings';
import { acknowledgePublicIngress, hasIpv6, peerOf } from '../shared/public-ingress';
import { PublicLoadBalancer, type PublicAccess } from '../shared/public-load-balancer';
import { sessionOnGroup } from '../shared/session-manager-access';
import { InstanceGroup } from './instance-group';
import { InstanceRole } from './instance-role';
import type { MachineSettings } from './machine';
import { LOG_FILE, serviceInit } from './service-init';
import { ServiceAlarms } from './service-alarms';
import { ServiceDashboard } from './service-dashboard';
import { SingleInstance } from './single-instance';
import { takeAddress, watchSingleInstance } from './single-instance-watch';

const PORT = 80;
const METRICS_NAMESPACE = 'CWAgent';
/** Longest time from launch to the first healthy answer, on the slowest type: boot, packages, bundle, start. */
const READY_WITHIN = Duration.minutes(15);
const HEALTH_CHECK = {
  path: '/health',
  interval: Duration.seconds(10),
  healthyThresholdCount: 2,
  unhealthyThresholdCount: 3,
};
/** What a new instance waits for before an old one may end: two health checks, and a little. */
const SEEN_BY_THE_LOAD_BALANCER = `sleep ${HEALTH_CHECK.interval.toSeconds() * HEALTH_CHECK.healthyThresholdCount + 5}`;

export interface Ec2StackProps extends StackProps {
  /** Behind a load balancer, instances run in its private subnets, if there are any. */
  readonly vpc: IVpc;
  readonly access: PublicAccess;
  readonly machine: MachineSettings;
  /** How many instances there are at least. */
  readonly instances: number;
  /** How many there are at most behind the load balancer, as requests come. */
  readonly maxInstances: number;
  /** Requests a minute that one instance answers comfortably; instances are added above that. */
  readonly requestsPerInstance: number;
  /** Further types in which Spot is bought. */
  readonly spotTypes: readonly string[];
  /** How many of several are always on demand where the others are Spot. */
  readonly onDemandInstances: number;
  /**
   * After how long one of several instances is replaced by a new one.
   * @default - never
   */
  readonly maxLifetime?: Duration | undefined;
  /** How they are bought. */
  readonly plan: 'on-demand' | 'spot';
  /** Whether they stand behind a load balancer; a single instance otherwise has an address of its own. */
  readonly loadBalanced: boolean;
  /** Environment variables of the service. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logs: LogSettings;
  /**
   * Address that alarms are mailed to.
   * @default - none
   */
  readonly alarmEmail?: string | undefined;
}

/**
 * The service on virtual machines that are ours to size, buy and look after. One on demand has a name in the template and
 * an address of its own; one on Spot has a group that replaces it; several, or HTTPS, are a group behind a load balancer.
 */
export class Ec2Stack extends Stack implements IGrantable {
  /** What the code on the instances may do. */
  readonly grantPrincipal: IPrincipal;
  private readonly alarms: Alarms;
  private readonly role: InstanceRole;
  private readonly securityGroup: SecurityGroup;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: Ec2StackProps,
  ) {
    super(scope, id, props);
    const { vpc, access, plan, loadBalanced, environment, logs } = props;

    const logGroup = new LogGroup(this, 'Logs', logs);
    const bundle = this.createBundle();
    this.role = new InstanceRole(this, 'Role', { logGroup, metricsNamespace: METRICS_NAMESPACE, bundle });
    this.grantPrincipal = this.role;
    // Another group for the other shape, so that the port of the old instances closes after the last of them.
    this.securityGroup = new SecurityGroup(this, loadBalanced ? 'TargetsSecurityGroup' : 'SecurityGroup', {
      vpc,
      description: 'Instances: the port of the service in, HTTPS out',
      allowAllOutbound: false,
    });
    // Packages, CloudFormation, Systems Manager and CloudWatch are all reached over HTTPS.
    this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443));
    this.alarms = new Alarms(this, 'Alarms', { email: props.alarmEmail });

    const service = new ServiceAlarms(this, 'ServiceAlarms', {
      alarms: this.alarms,
      logGroup,
      metricsNamespace: METRICS_NAMESPACE,
      metricsService: this.stackName,
      standsAlone: !loadBalanced,
    });

    const init = (whenHealthy: string): CloudFormationInit =>
      serviceInit({
        bundle,
        environment: { ...environment, PORT: String(PORT) },
        logGroup,
        metricsNamespace: METRICS_NAMESPACE,
        metricsService: this.stackName,
        whenHealthy,
      });
    let url: string;
    if (loadBalanced) {
      const group = this.createGroup('Group', init(SEEN_BY_THE_LOAD_BALANCER), []);
      const { balancer, targets } = this.balance(group);
      url = balancer.url;
      const { loadBalancer } = balancer;
      new ServiceDashboard(this, 'Dashboard', { cpu: group.cpu, service, traffic: { loadBalancer, targets } });
    } else {
      const address = new CfnEIP(this, 'Address', { domain: 'vpc' });
      this.role.allowToStandAlone(address);
      const { region } = this;
      const taking = init(takeAddress({ region, allocationId: address.attrAllocationId }));
      const { cpu } =
        plan === 'spot'
          ? this.createGroup('Single', taking, this.watchAlone(address))
          : this.createInstance(taking, this.watchAlone(address));
      url = this.openTo(access.allowedCidrs, address);
      new ServiceDashboard(this, 'Dashboard', { cpu, service });
    }
    new CfnOutput(this, 'Url', { value: url, description: 'Where the service answers' });
  }

  private createBundle(): Asset {
    const { path, hash } = serviceBundle(instanceArchitecture(this.props.machine.instanceType));
    return new Asset(this, 'Bundle', { path, assetHash: hash });
  }

  /** What an instance and a group have alike. Out of reach behind the load balancer where there is a way out. */
  private describeInstances(init: CloudFormationInit) {
    const { vpc, machine, loadBalanced } = this.props;
    const outOfReach = loadBalanced && vpc.privateSubnets.length > 0;
    return {
      ...machine,
      vpc,
      vpcSubnets: { subnetType: outOfReach ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PUBLIC },
      associatePublicIpAddress: !outOfReach,
      role: this.role,
      securityGroup: this.securityGroup,
      init,
      readyWithin: READY_WITHIN,
      alarms: this.alarms,
    };
  }

  private createInstance(init: CloudFormationInit, firstCommands: readonly string[]): SingleInstance {
    const instance = new SingleInstance(this, 'Instance', { ...this.describeInstances(init), firstCommands });
    new CfnOutput(this, 'InstanceId', { value: instance.instanceId });
    new CfnOutput(this, 'Session', {
      value: `aws ssm start-session --region ${this.region} --target ${instance.instanceId}`,
      description: 'Opens a shell on the instance',
    });
    return instance;
  }

  private createGroup(id: string, init: CloudFormationInit, firstCommands: readonly string[]): InstanceGroup {
    const { instances, plan, loadBalanced, maxInstances, spotTypes, onDemandInstances, maxLifetime } = this.props;
    const group = new InstanceGroup(this, id, {
      ...this.describeInstances(init),
      firstCommands,
      instances,
      maxInstances: loadBalanced ? maxInstances : instances,
      spot: plan === 'spot',
      spotTypes,
      onDemandInstances: loadBalanced ? onDemandInstances : 0,
      maxLifetime: loadBalanced ? maxLifetime : undefined,
      behindLoadBalancer: loadBalanced,
    });
    new CfnOutput(this, 'GroupName', { value: group.autoScalingGroupName });
    new CfnOutput(this, 'Session', {
      value: sessionOnGroup(group),
      description: 'Opens a shell on an instance that runs now',
    });
    return group;
  }

  private watchAlone(address: CfnEIP): string[] {
    return watchSingleInstance({
      port: PORT,
      region: this.region,
      allocationId: address.attrAllocationId,
      address: address.ref,
      logFile: LOG_FILE,
      readyWithin: READY_WITHIN,
      inGroup: this.props.plan === 'spot',
    });
  }

  /** One instance, one address, of IPv4: plain HTTP, straight to the port of the service. */
  private openTo(allowedCidrs: readonly string[], address: CfnEIP): string {
    for (const cidr of allowedCidrs.filter((each) => !hasIpv6([each])))
      this.securityGroup.addIngressRule(peerOf(cidr), Port.tcp(PORT));
    acknowledgePublicIngress(this.securityGroup);
    return `http://${address.ref}`;
  }

  /** Several instances, or HTTPS: only the load balancer reaches the port of the service. */
  private balance(group: InstanceGroup) {
    const { vpc, access, requestsPerInstance } = this.props;
    const balancer = new PublicLoadBalancer(this, 'Balancer', { vpc, ...access });
    this.securityGroup.connections.allowFrom(balancer.loadBalancer, Port.tcp(PORT), 'Load balancer');
    // Not below a listener, so that it stays when another listener takes over.
    const targets = new ApplicationTargetGroup(this, 'Targets', {
      vpc,
      port: PORT,
      protocol: ApplicationProtocol.HTTP,
      targets: [group],
      healthCheck: HEALTH_CHECK,
      // Longer than the service takes for its longest request, shorter than systemd waits for it to stop.
      deregistrationDelay: Duration.seconds(20),
    });
    balancer.listener.addTargetGroups('Service', { targetGroups: [targets] });
    group.scaleOnRequestCount('Requests', { targetRequestsPerMinute: requestsPerInstance });
    this.alarms.add('UnhealthyTargets', {
      metric: targets.metrics.unhealthyHostCount({ period: Duration.minutes(1), statistic: 'Maximum' }),
      threshold: 1,
      // A new instance is a target from its launch on, and has so long to get healthy.
      evaluationPeriods: READY_WITHIN.toMinutes(),
      alarmDescription: 'An instance does not answer /health: the others carry its load.',
    });
    return { balancer, targets };
  }
}
