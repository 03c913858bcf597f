import { CfnOutput, Duration, Stack, type RemovalPolicy, type StackProps } from 'aws-cdk-lib';
import type { InstanceType } from 'aws-cdk-lib/aws-ec2';
import { SubnetType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { AccessLogsBucket } from '../shared/access-logs-bucket';
import { Alarms } from '../shared/alarms';
import type { LogSettings } from '../shared/log-settings';
import { hasIpv6, holdIpv6Block } from '../shared/public-ingress';
import type { PublicAccess } from '../shared/public-load-balancer';
import { ServiceDomain } from '../shared/service-domain';
import { BeanstalkApplication } from './application';
import { BeanstalkEnvironment } from './environment';
import type {
  BeanstalkDeployment,
  BeanstalkEnvironmentProps,
  BeanstalkScaling,
  BeanstalkWindow,
} from './environment-props';
import { BeanstalkMonitoring, MONITORED } from './monitoring';
import { BeanstalkVersion, type BeanstalkVersionBundle } from './version';

/** How a new version takes over. A single instance is deployed to all at once, or immutably. */
export const DEPLOYMENT_NAMES = [
  'all-at-once',
  'rolling',
  'rolling-with-additional-batch',
  'immutable',
  'traffic-splitting',
] as const;
export type BeanstalkDeploymentName = (typeof DEPLOYMENT_NAMES)[number];

export interface BeanstalkStackProps extends StackProps, Pick<BeanstalkEnvironmentProps, 'platform' | 'spot'> {
  /** Instances run in its private subnets, and in the public ones where there are no private ones. */
  readonly vpc: IVpc;
  readonly access: PublicAccess;
  /** Label of the version to run. */
  readonly versionLabel: string;
  /**
   * The version's source bundle, to upload.
   * @default - the version is one from earlier
   */
  readonly bundle?: BeanstalkVersionBundle | undefined;
  /** Application versions that are kept for a roll back. */
  readonly keepVersions: number;
  /** Types of the instances, all of one architecture. On-demand instances are of the first. */
  readonly instanceTypes: readonly [InstanceType, ...InstanceType[]];
  /**
   * The number of instances behind a load balancer, and what it follows.
   * @default - one instance with an address of its own
   */
  readonly scaling?:
    { readonly minInstances: number; readonly maxInstances: number; readonly on: BeanstalkScaling['on'] } | undefined;
  readonly deployment: BeanstalkDeploymentName;
  /**
   * When platform updates are installed each week, in UTC.
   * @default - each deployment that changes something brings them
   */
  readonly updateWindow?: BeanstalkWindow | undefined;
  /** Environment variables of the application. */
  readonly environment: Readonly<Record<string, string>>;
  /** What becomes of the source bundles when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
  readonly logs: LogSettings;
  /**
   * Address that alarms are mailed to.
   * @default - none
   */
  readonly alarmEmail?: string | undefined;
}

/** The deployment policies by their names here. */
const DEPLOYMENTS: Readonly<Record<BeanstalkDeploymentName, BeanstalkDeployment>> = {
  'all-at-once': { policy: 'all-at-once' },
  rolling: { policy: 'rolling', batch: 1 },
  'rolling-with-additional-batch': { policy: 'rolling-with-additional-batch', batch: 1 },
  immutable: { policy: 'immutable' },
  'traffic-splitting': { policy: 'traffic-splitting', newVersionPercent: 10, evaluation: Duration.minutes(5) },
};

const COOLDOWN = Duration.minutes(5);
const SCALING: Readonly<Record<BeanstalkScaling['on'], BeanstalkScaling>> = {
  cpu: { on: 'cpu', upper: 70, lower: 25, cooldown: COOLDOWN },
  requests: { on: 'requests', upper: 1_200, lower: 300, cooldown: COOLDOWN },
};

/**
 * The service on Elastic Beanstalk: code is uploaded, and machines, load balancer, scaling, health, logs and platform
 * updates come with it. What is deployed is a version of the application, by its label, and any earlier one can be.
 */
export class BeanstalkStack extends Stack implements IGrantable {
  /** What the application on the instances may do. */
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: BeanstalkStackProps) {
    super(scope, id, props);
    const { vpc, access, removalPolicy, logs } = props;

    const application = new BeanstalkApplication(this, 'Application', {
      description: 'The thumbnail service',
      keepVersions: props.keepVersions,
      removalPolicy,
      logGroup: new LogGroup(this, 'Logs', logs),
    });
    const version = new BeanstalkVersion(this, 'Version', {
      application,
      label: props.versionLabel,
      bundle: props.bundle,
    });
    const alarms = new Alarms(this, 'Alarms', { email: props.alarmEmail });
    const domain = new ServiceDomain(this, 'Domain', access.domain);

    const environment = new BeanstalkEnvironment(this, 'Environment', {
      application,
      version,
      platform: props.platform,
      description: 'The thumbnail service',
      vpc,
      traffic: this.createTraffic(domain, props),
      allowedCidrs: access.allowedCidrs,
      instanceTypes: props.instanceTypes,
      spot: props.spot,
      deployment: DEPLOYMENTS[props.deployment],
      managedUpdates: props.updateWindow && { window: props.updateWindow },
      variables: props.environment,
      metrics: MONITORED,
      logs: { retentionDays: logs.retention, removalPolicy: logs.removalPolicy },
      notifications: alarms.topic,
    });
    this.grantPrincipal = environment.grantPrincipal;
    new BeanstalkMonitoring(this, 'Monitoring', { environment, alarms });

    const isDualStack = props.scaling !== undefined && hasIpv6(access.allowedCidrs);
    if (isDualStack) holdIpv6Block(this, vpc);
    new CfnOutput(this, 'Url', {
      value: domain.pointAt(environment.endpoint, environment.loadBalancerTarget, isDualStack),
      description: 'Where the service answers',
    });
    new CfnOutput(this, 'ApplicationName', { value: application.applicationName });
    new CfnOutput(this, 'EnvironmentName', { value: environment.environmentName });
    new CfnOutput(this, 'VersionLabel', {
      value: version.label,
      description: 'What this deployment runs; npm run beanstalk -- versions lists what it can go back to',
    });
  }

  private createTraffic(
    domain: ServiceDomain,
    { vpc, access, scaling }: BeanstalkStackProps,
  ): BeanstalkEnvironmentProps['traffic'] {
    if (scaling === undefined) return { type: 'single' };
    return {
      type: 'load-balanced',
      minInstances: scaling.minInstances,
      maxInstances: scaling.maxInstances,
      scaling: SCALING[scaling.on],
      healthCheckPath: '/health',
      instanceSubnets: {
        subnetType: vpc.privateSubnets.length > 0 ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PUBLIC,
      },
      certificate: domain.certificate,
      accessLogs: access.accessLogs && new AccessLogsBucket(this, 'AccessLogs', access.accessLogs),
      webAclArn: access.webAclArn,
    };
  }
}
