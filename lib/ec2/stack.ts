import { CfnOutput, Duration, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import {
  AdditionalHealthCheckType,
  AutoScalingGroup,
  GroupMetric,
  GroupMetrics,
  HealthChecks,
  ScalingEvents,
  Signals,
  UpdatePolicy,
} from 'aws-cdk-lib/aws-autoscaling';
import { ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Ec2Action, Ec2InstanceAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import {
  AmazonLinuxCpuType,
  BlockDeviceVolume,
  CfnEIP,
  CfnEIPAssociation,
  EbsDeviceVolumeType,
  HttpTokens,
  Instance,
  InstanceType,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
  MachineImage,
  Peer,
  Port,
  SecurityGroup,
  SpotRequestType,
  SubnetType,
  UserData,
  type CloudFormationInit,
  type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import { ApplicationProtocol } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { serviceBundle } from '../../packaging/bundle';
import { hasCertificate, instanceArchitecture, type Config } from '../options/config';
import { Alarms } from '../shared/alarms';
import { cpuCredits, tagVolumes } from '../shared/instance-cost';
import { acknowledgePublicIngress } from '../shared/public-ingress';
import { PublicLoadBalancer } from '../shared/public-load-balancer';
import { serviceInit } from './service-init';
import { ServiceLogGroup } from '../shared/service-log-group';
import { SessionManagerAccess, sessionOnGroup } from '../shared/session-manager-access';
import { serviceEnvironment } from '../shared/service-environment';

export interface Ec2StackProps extends StackProps {
  readonly config: Config;
  readonly vpc: IVpc;
}

const PORT = 80;
const METRICS_NAMESPACE = 'CWAgent';
/** Longest time from launch to the first healthy answer: boot, packages, bundle, start. */
const READY_WITHIN = Duration.minutes(10);
const HEALTH_CHECK = {
  path: '/health',
  interval: Duration.seconds(10),
  healthyThresholdCount: 2,
  unhealthyThresholdCount: 3,
};
/** What a new instance waits for before an old one may end: two health checks, and a little. */
const SEEN_BY_THE_LOAD_BALANCER = `sleep ${HEALTH_CHECK.interval.toSeconds() * HEALTH_CHECK.healthyThresholdCount + 5}`;

/**
 * The service on virtual machines that are ours to size, buy and look after: `ec2.instances` of `ec2.instanceType`,
 * bought by `ec2.plan`. One on demand has a name in the template and an address of its own; one on Spot has a group that
 * replaces it; several, or HTTPS, are a group behind a load balancer.
 */
export class Ec2Stack extends Stack {
  private readonly config: Config;
  private readonly vpc: IVpc;
  private readonly alarms: Alarms;
  private readonly role: Role;
  private readonly securityGroup: SecurityGroup;
  private readonly behindLoadBalancer: boolean;
  private readonly spot: boolean;

  constructor(scope: Construct, id: string, props: Ec2StackProps) {
    super(scope, id, props);
    this.config = props.config;
    this.vpc = props.vpc;
    this.behindLoadBalancer = this.config.ec2.instances > 1 || hasCertificate(this.config);
    this.spot = this.config.ec2.plan === 'spot';

    const logGroup = new ServiceLogGroup(this, 'Logs', { config: this.config });
    this.role = this.instanceRole(logGroup);
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: this.vpc,
      description: 'Instances: the port of the service in, HTTPS out',
      allowAllOutbound: false,
    });
    // Packages, CloudFormation, Systems Manager and CloudWatch are all reached over HTTPS.
    this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443));
    this.alarms = new Alarms(this, 'Alarms', { email: this.config.alarms.email });

    const bundle = this.bundle();
    this.grantBoot(bundle);
    const init = (whenHealthy?: string): CloudFormationInit =>
      serviceInit({
        bundle,
        environment: { ...serviceEnvironment('ec2', this.config), PORT: String(PORT) },
        logGroup,
        metricsNamespace: METRICS_NAMESPACE,
        ...(whenHealthy === undefined ? {} : { whenHealthy }),
      });
    let url: string;
    if (this.behindLoadBalancer) url = this.balance(this.group(init(SEEN_BY_THE_LOAD_BALANCER)));
    else {
      const address = new CfnEIP(this, 'Address', { domain: 'vpc' });
      if (this.spot) this.group(init(this.takeAddress(address)));
      else this.instance(init(), address);
      url = this.open(address);
    }
    new CfnOutput(this, 'Url', { value: url, description: 'Where the service answers' });
  }

  private bundle(): Asset {
    const { path, hash } = serviceBundle(instanceArchitecture(this.config.ec2.instanceType));
    return new Asset(this, 'Bundle', { path, assetHash: hash });
  }

  /** Session Manager, the stack's own log group, its own metrics. */
  private instanceRole(logGroup: ServiceLogGroup): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    new SessionManagerAccess(role, 'SessionManager', { role });
    logGroup.grantWrite(role);
    const metrics = new Policy(role, 'Metrics', {
      statements: [
        new PolicyStatement({
          actions: ['cloudwatch:PutMetricData'],
          resources: ['*'],
          conditions: { StringEquals: { 'cloudwatch:namespace': METRICS_NAMESPACE } },
        }),
      ],
    });
    metrics.attachToRole(role);
    Validations.of(metrics).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'PutMetricData supports no resource-level permission; the condition holds it to one namespace.',
    });
    return role;
  }

  /** What cfn-init needs: this one bundle, and this stack's metadata and signal. CDK would grant the asset bucket whole. */
  private grantBoot(bundle: Asset): void {
    this.role.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['s3:GetObject'], resources: [bundle.bucket.arnForObjects(bundle.s3ObjectKey)] }),
    );
    this.role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['cloudformation:DescribeStackResource', 'cloudformation:SignalResource'],
        resources: [this.stackId],
      }),
    );
  }

  /** What an on-demand instance and the launch template of Spot instances have alike. */
  private machine() {
    const { ec2 } = this.config;
    return {
      instanceType: new InstanceType(ec2.instanceType),
      // The newest image is looked up by CloudFormation at each deployment, which then replaces the instance.
      machineImage: MachineImage.latestAmazonLinux2023({
        cpuType:
          instanceArchitecture(ec2.instanceType) === 'arm64' ? AmazonLinuxCpuType.ARM_64 : AmazonLinuxCpuType.X86_64,
      }),
      role: this.role.withoutPolicyUpdates(), // grantBoot gives what is needed, and no more
      securityGroup: this.securityGroup,
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          volume: BlockDeviceVolume.ebs(ec2.volumeGiB, {
            encrypted: true,
            volumeType: ec2.volumeType === 'gp3' ? EbsDeviceVolumeType.GP3 : EbsDeviceVolumeType.IO2,
            iops: ec2.volumeIops,
          }),
        },
      ],
      httpPutResponseHopLimit: 1,
      detailedMonitoring: ec2.detailedMonitoring,
      // In a public subnet it is the way out to the packages; who comes in is the security group's to say.
      associatePublicIpAddress: this.subnets.subnetType === SubnetType.PUBLIC,
    };
  }

  /** Out of reach behind the load balancer where there is a way out; with its own address, where that is routed to. */
  private get subnets(): { readonly subnetType: SubnetType } {
    const outOfReach = this.behindLoadBalancer && this.config.network.natGateways > 0;
    return { subnetType: outOfReach ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PUBLIC };
  }

  /** One instance on demand. CloudFormation makes the new one before it ends the old one. */
  private instance(init: CloudFormationInit, address: CfnEIP): void {
    const instance = new Instance(this, 'Instance', {
      ...this.machine(),
      creditSpecification: cpuCredits(this.config, this.config.ec2.instanceType),
      vpc: this.vpc,
      vpcSubnets: this.subnets,
      httpTokens: HttpTokens.REQUIRED,
      propagateTagsToVolumeOnCreation: true,
      init,
      initOptions: { timeout: READY_WITHIN },
      userDataCausesReplacement: true,
    });
    instance.node.addDependency(this.role); // it boots with what the role may do
    Validations.of(instance).acknowledge({
      id: 'AwsSolutions-EC29',
      reason:
        'Termination protection would keep CloudFormation from replacing the instance; the stack is protected instead.',
    });
    acknowledgeMonitoring(instance, this.config);

    this.instanceAlarms(instance);
    const association = new CfnEIPAssociation(this, 'AddressOfInstance', {
      allocationId: address.attrAllocationId,
      instanceId: instance.instanceId,
    });
    // Last of all: once the instance has signalled that it is healthy, and nothing is left that could fail and have
    // CloudFormation go back to the old instance, without the address.
    association.node.addDependency(this.alarms);
    new CfnOutput(this, 'InstanceId', { value: instance.instanceId });
    new CfnOutput(this, 'Session', {
      value: `aws ssm start-session --region ${this.region} --target ${instance.instanceId}`,
      description: 'Opens a shell on the instance',
    });
  }

  private instanceAlarms(instance: Instance): void {
    const metric = (metricName: string, namespace = 'AWS/EC2', statistic = 'Average'): Metric =>
      new Metric({
        namespace,
        metricName,
        statistic,
        period: Duration.minutes(1),
        dimensionsMap: { InstanceId: instance.instanceId },
      });
    this.alarms
      .add('InstanceHost', {
        metric: metric('StatusCheckFailed_System', 'AWS/EC2', 'Maximum'),
        threshold: 1,
        periods: 2,
        description:
          'The hardware under the instance is impaired. EC2 moves it to other hardware, with its id, volume and address.',
      })
      .addAlarmAction(new Ec2Action(Ec2InstanceAction.RECOVER));
    this.alarms.add('InstanceStatus', {
      metric: metric('StatusCheckFailed_Instance', 'AWS/EC2', 'Maximum'),
      threshold: 1,
      periods: 3,
      description: 'The instance does not answer: look at its system log, then reboot it or deploy again.',
    });
    this.alarms.add('InstanceCpu', {
      metric: metric('CPUUtilization').with({ period: Duration.minutes(5) }),
      threshold: 80,
      periods: 3,
      description: 'CPU above 80 % for a quarter of an hour: choose a larger ec2.instanceType, or more ec2.instances.',
    });
    this.alarms.add('InstanceMemory', {
      metric: metric('mem_used_percent', METRICS_NAMESPACE).with({ period: Duration.minutes(5) }),
      threshold: 90,
      periods: 3,
      description: 'Memory above 90 % for a quarter of an hour: choose a larger ec2.instanceType.',
    });
  }

  /**
   * An Auto Scaling group of a fixed size, which replaces an instance that fails or, bought as Spot, is interrupted:
   * behind the load balancer when EC2 warns of it, else after it.
   */
  private group(init: CloudFormationInit): AutoScalingGroup {
    const { instances } = this.config.ec2;
    const launchTemplate = new LaunchTemplate(this, 'LaunchTemplate', {
      ...this.machine(),
      cpuCredits: cpuCredits(this.config, this.config.ec2.instanceType),
      httpTokens: LaunchTemplateHttpTokens.REQUIRED,
      // A persistent request would start a new instance when the stack ends this one.
      ...(this.spot ? { spotOptions: { requestType: SpotRequestType.ONE_TIME } } : {}),
      userData: UserData.forLinux(),
    });
    tagVolumes(launchTemplate);
    const group = new AutoScalingGroup(this, 'Group', {
      vpc: this.vpc,
      vpcSubnets: this.subnets,
      launchTemplate,
      minCapacity: instances,
      maxCapacity: instances + 1, // room for the one that comes before the other goes
      // Behind the load balancer, whose health check the new one has to pass before the old one ends. One by itself would
      // be ended for one that still boots, on a mere recommendation.
      capacityRebalance: this.spot && this.behindLoadBalancer,
      healthChecks: this.behindLoadBalancer
        ? HealthChecks.withAdditionalChecks({
            additionalTypes: [AdditionalHealthCheckType.ELB],
            gracePeriod: READY_WITHIN,
          })
        : HealthChecks.ec2({ gracePeriod: READY_WITHIN }),
      groupMetrics: [new GroupMetrics(GroupMetric.IN_SERVICE_INSTANCES)],
      notifications: [{ topic: this.alarms.topic, scalingEvents: ScalingEvents.ALL }],
      signals: Signals.waitForAll({ timeout: READY_WITHIN }),
      updatePolicy: UpdatePolicy.rollingUpdate({ minInstancesInService: instances, pauseTime: READY_WITHIN }),
    });
    group.applyCloudFormationInit(init);
    group.node.addDependency(this.role); // its instances boot with what the role may do
    acknowledgeMonitoring(launchTemplate, this.config);

    this.alarms.add('Capacity', {
      metric: new Metric({
        namespace: 'AWS/AutoScaling',
        metricName: 'GroupInServiceInstances',
        statistic: 'Minimum',
        period: Duration.minutes(5),
        dimensionsMap: { AutoScalingGroupName: group.autoScalingGroupName },
      }),
      threshold: instances,
      periods: 2,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: TreatMissingData.BREACHING,
      description: this.spot
        ? 'Fewer Spot instances than wanted for ten minutes: no capacity. Set another ec2.instanceType, or ec2.plan=on-demand.'
        : 'Fewer instances than wanted for ten minutes: a new one does not start or get healthy. Look at the activity of the group.',
    });
    this.alarms.add('Cpu', {
      metric: new Metric({
        namespace: 'AWS/EC2',
        metricName: 'CPUUtilization',
        period: Duration.minutes(5),
        dimensionsMap: { AutoScalingGroupName: group.autoScalingGroupName },
      }),
      threshold: 80,
      periods: 3,
      description: 'CPU above 80 % for a quarter of an hour: choose a larger ec2.instanceType, or more ec2.instances.',
    });
    new CfnOutput(this, 'GroupName', { value: group.autoScalingGroupName });
    new CfnOutput(this, 'Session', {
      value: sessionOnGroup(group),
      description: 'Opens a shell on an instance that runs now',
    });
    return group;
  }

  /** The command by which a Spot instance takes the address over from the one before it, and the permission to. */
  private takeAddress(address: CfnEIP): string {
    const arn = (resource: string): string => this.formatArn({ service: 'ec2', resource });
    this.role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['ec2:AssociateAddress'],
        resources: [arn(`elastic-ip/${address.attrAllocationId}`), arn('instance/*'), arn('network-interface/*')],
      }),
    );
    for (const kind of ['instance', 'network-interface'])
      Validations.of(this.role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:${kind}/*]`,
        reason:
          'The group starts instances whose ids nobody knows yet; the address that may be associated is this one only.',
      });
    const metadata = 'http://169.254.169.254/latest';
    return [
      'set -e',
      `token=$(curl -sf -X PUT ${metadata}/api/token -H 'X-aws-ec2-metadata-token-ttl-seconds: 60')`,
      `id=$(curl -sf ${metadata}/meta-data/instance-id -H "X-aws-ec2-metadata-token: $token")`,
      `aws ec2 associate-address --region ${this.region} --allocation-id ${address.attrAllocationId} --instance-id $id --allow-reassociation`,
    ].join('\n');
  }

  /** One instance, one address: plain HTTP, straight to the port of the service. */
  private open(address: CfnEIP): string {
    for (const cidr of this.config.access.allowedCidr)
      this.securityGroup.addIngressRule(Peer.ipv4(cidr), Port.tcp(PORT));
    acknowledgePublicIngress(this.securityGroup);
    return `http://${address.ref}`;
  }

  /** Several instances, or HTTPS: only the load balancer reaches the port of the service. */
  private balance(group: AutoScalingGroup): string {
    const balancer = new PublicLoadBalancer(this, 'Balancer', { config: this.config, vpc: this.vpc, subdomain: 'ec2' });
    this.securityGroup.connections.allowFrom(balancer.loadBalancer, Port.tcp(PORT), 'Load balancer');
    const targetGroup = balancer.listener.addTargets('Service', {
      port: PORT,
      protocol: ApplicationProtocol.HTTP,
      targets: [group],
      healthCheck: HEALTH_CHECK,
      // Longer than the service takes for its longest request, shorter than systemd waits for it to stop.
      deregistrationDelay: Duration.seconds(20),
    });
    this.alarms.add('UnhealthyTargets', {
      metric: targetGroup.metrics.unhealthyHostCount({ period: Duration.minutes(1), statistic: 'Maximum' }),
      threshold: 1,
      // A new instance is a target from its launch on, and has so long to get healthy.
      periods: READY_WITHIN.toMinutes(),
      description: 'An instance does not answer /health: the others carry its load.',
    });
    return balancer.url;
  }
}

/** Says why an instance reports every five minutes only, where `ec2.detailedMonitoring` has it so. */
function acknowledgeMonitoring(construct: Construct, { ec2 }: Config): void {
  if (ec2.detailedMonitoring) return;
  Validations.of(construct).acknowledge({
    id: 'AwsSolutions-EC28',
    reason:
      'Billed by the metric; ec2.detailedMonitoring turns it on, as production does. The alarms need five minutes.',
  });
}
