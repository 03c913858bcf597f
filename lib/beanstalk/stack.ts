import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { InstanceType, SubnetType, type IVpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { ownSourceBundle, sourceBundle } from './source-bundle';
import { PLATFORM_BRANCHES } from '../../lambda/beanstalk/platforms';
import { dataRemovalPolicy, instanceArchitecture, type Config } from '../options/config';
import { AccessLogsBucket } from '../shared/access-logs-bucket';
import { Alarms } from '../shared/alarms';
import { BeanstalkApplication } from './application';
import {
  BeanstalkEnvironment,
  type BeanstalkDeployment,
  type BeanstalkEnvironmentProps,
  type BeanstalkScaling,
  type BeanstalkWindow,
} from './environment';
import { BeanstalkVersion } from './version';
import { ServiceDomain } from '../shared/service-domain';
import { ServiceLogGroup } from '../shared/service-log-group';
import { serviceEnvironment } from '../shared/service-environment';

export interface BeanstalkStackProps extends StackProps {
  readonly config: Config;
  readonly vpc: IVpc;
}

/** The deployment policies by the names that `beanstalk.deployment` gives them. */
const DEPLOYMENTS: Readonly<Record<Config['beanstalk']['deployment'], BeanstalkDeployment>> = {
  'all-at-once': { policy: 'all-at-once' },
  rolling: { policy: 'rolling', batch: 1 },
  'rolling-with-additional-batch': { policy: 'rolling-with-additional-batch', batch: 1 },
  immutable: { policy: 'immutable' },
  'traffic-splitting': { policy: 'traffic-splitting', newVersionPercent: 10, evaluation: Duration.minutes(5) },
};

const COOLDOWN = Duration.minutes(5);
const SCALING: Readonly<Record<Config['beanstalk']['scaleOn'], BeanstalkScaling>> = {
  cpu: { on: 'cpu', upper: 70, lower: 25, cooldown: COOLDOWN },
  requests: { on: 'requests', upper: 1_200, lower: 300, cooldown: COOLDOWN },
};

/**
 * The service on Elastic Beanstalk: code is uploaded, and machines, load balancer, scaling, health, logs and platform
 * updates come with it. What is deployed is a version of the application, by its label, and any earlier one can be.
 */
export class BeanstalkStack extends Stack {
  private readonly config: Config;
  private readonly vpc: IVpc;

  constructor(scope: Construct, id: string, props: BeanstalkStackProps) {
    super(scope, id, props);
    this.config = props.config;
    this.vpc = props.vpc;
    const {
      beanstalk,
      alarms: { email },
    } = this.config;

    const application = new BeanstalkApplication(this, 'Application', {
      description: 'The thumbnail service',
      keepVersions: beanstalk.keepVersions,
      removalPolicy: dataRemovalPolicy(this.config),
      logGroup: new ServiceLogGroup(this, 'Logs', { config: this.config }),
    });
    const version = this.version(application);
    const alarms = new Alarms(this, 'Alarms', { email });
    const domain = new ServiceDomain(this, 'Domain', { config: this.config, subdomain: 'beanstalk' });

    const environment = new BeanstalkEnvironment(this, 'Environment', {
      application,
      version,
      platform:
        beanstalk.platformArn === undefined
          ? { branch: PLATFORM_BRANCHES.branches[beanstalk.platform] }
          : { arn: beanstalk.platformArn },
      description: 'The thumbnail service',
      vpc: this.vpc,
      traffic: this.traffic(domain),
      allowedCidrs: this.config.access.allowedCidr,
      instanceTypes: beanstalk.instanceTypes.map((type) => new InstanceType(type)) as [InstanceType, ...InstanceType[]],
      deployment: this.deployment(),
      managedUpdates:
        beanstalk.updateWindow === 'none' ? undefined : { window: beanstalk.updateWindow as BeanstalkWindow },
      variables: serviceEnvironment('beanstalk', this.config),
      metrics: ['ApplicationRequests5xx', 'ApplicationLatencyP99'],
      logs: { retentionDays: this.config.logs.retentionDays, removalPolicy: dataRemovalPolicy(this.config) },
      notifications: alarms.topic,
    });
    this.watch(environment, alarms);

    new CfnOutput(this, 'Url', { value: domain.urlOf(environment.endpoint), description: 'Where the service answers' });
    new CfnOutput(this, 'ApplicationName', { value: application.applicationName });
    new CfnOutput(this, 'EnvironmentName', { value: environment.environmentName });
    new CfnOutput(this, 'VersionLabel', {
      value: version.label,
      description: 'What this deployment runs; npm run beanstalk -- versions lists what it can go back to',
    });
  }

  /** What is deployed: the sample of the platform, a bundle of the user's own, or a version from earlier. */
  private version(application: BeanstalkApplication): BeanstalkVersion {
    const { platform, bundle, version, instanceTypes } = this.config.beanstalk;
    if (version !== undefined) return new BeanstalkVersion(this, 'Version', { application, label: version });
    const architecture = instanceArchitecture(instanceTypes[0] ?? '');
    const source =
      bundle === undefined ? sourceBundle(platform, architecture) : ownSourceBundle(bundle, platform, architecture);
    return new BeanstalkVersion(this, 'Version', {
      application,
      label: source.versionLabel,
      bundle: { ...source, description: bundle === undefined ? `The ${platform} sample` : `For ${platform}` },
    });
  }

  private traffic(domain: ServiceDomain): BeanstalkEnvironmentProps['traffic'] {
    const { beanstalk, access, network } = this.config;
    if (beanstalk.type === 'single') return { type: 'single' };
    return {
      type: 'load-balanced',
      minInstances: beanstalk.minInstances,
      maxInstances: beanstalk.maxInstances,
      scaling: SCALING[beanstalk.scaleOn],
      healthCheckPath: '/health',
      instanceSubnets: {
        subnetType: network.natGateways > 0 ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PUBLIC,
      },
      certificate: domain.certificate,
      accessLogs: access.logs ? new AccessLogsBucket(this, 'AccessLogs', { config: this.config }) : undefined,
    };
  }

  /** A single instance can't take turns with itself. */
  private deployment(): BeanstalkDeployment {
    const { type, deployment } = this.config.beanstalk;
    return DEPLOYMENTS[type === 'single' && deployment !== 'immutable' ? 'all-at-once' : deployment];
  }

  private watch(environment: BeanstalkEnvironment, alarms: Alarms): void {
    alarms.add('Health', {
      metric: environment.metric('EnvironmentHealth', { statistic: 'Maximum', period: Duration.minutes(1) }),
      threshold: 20,
      periods: 5,
      description: 'Health is degraded or severe for five minutes: Elastic Beanstalk lists the causes under Health.',
    });
    alarms.add('Errors', {
      metric: environment.metric('ApplicationRequests5xx', { statistic: 'Sum', period: Duration.minutes(5) }),
      threshold: 10,
      periods: 1,
      description:
        'Ten answers within five minutes were errors of the server: look at web.stdout.log of the instances.',
    });
    alarms.add('Latency', {
      metric: environment.metric('ApplicationLatencyP99', { statistic: 'Average', period: Duration.minutes(5) }),
      threshold: 10,
      periods: 3,
      description: 'One request in a hundred takes over ten seconds: choose larger beanstalk.instanceTypes, or more.',
    });
  }
}
