import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { InstanceType, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { CfnEnvironment } from 'aws-cdk-lib/aws-elasticbeanstalk';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { BeanstalkApplication } from './application';
import type { BeanstalkMetric } from './setting-names';
import type { BeanstalkVersion } from './version';

/**
 * How a new version reaches the instances (Developer Guide, "Deployment policies and settings"). A batch is a number of
 * instances. A single instance is deployed to all at once, or immutably.
 */
export type BeanstalkDeployment =
  | { readonly policy: 'all-at-once' | 'immutable' }
  | { readonly policy: 'rolling' | 'rolling-with-additional-batch'; readonly batch: number }
  | {
      readonly policy: 'traffic-splitting';
      /** Share of the traffic that tries the new version, in percent. */
      readonly newVersionPercent: number;
      /** For how long it is tried, 3 to 600 minutes. */
      readonly evaluation: Duration;
    };

/**
 * When instances are added and removed, one at a time.
 * `cpu`: average of the instances in percent. `requests`: of the whole environment in a minute.
 */
export interface BeanstalkScaling {
  readonly on: 'cpu' | 'requests';
  readonly upper: number;
  readonly lower: number;
  /** No further change within this time. */
  readonly cooldown: Duration;
}

/** Instances behind an application load balancer that Elastic Beanstalk makes. */
export interface BeanstalkLoadBalanced {
  readonly type: 'load-balanced';
  readonly minInstances: number;
  readonly maxInstances: number;
  readonly scaling: BeanstalkScaling;
  /** Path that the load balancer asks every instance for. */
  readonly healthCheckPath: string;
  /**
   * The instances' subnets. With a way out, for packages and Elastic Beanstalk itself; public ones give them addresses.
   */
  readonly instanceSubnets: SubnetSelection;
  /**
   * Makes the load balancer answer with HTTPS; HTTP is then redirected.
   * @default - HTTP
   */
  readonly certificate?: ICertificate | undefined;
  /**
   * Bucket for access logs, which the load balancer may write to.
   * @default - none
   */
  readonly accessLogs?: IBucket | undefined;
  /**
   * Web ACL of AWS WAF, in the same region, that sees each request first.
   * @default - none
   */
  readonly webAclArn?: string | undefined;
}

/** One instance with an address of its own. */
export interface BeanstalkSingleInstance {
  readonly type: 'single';
}

export interface BeanstalkEnvironmentProps {
  readonly application: BeanstalkApplication;
  readonly version: BeanstalkVersion;
  /** A platform branch, of which the newest version is chosen at deployment, or the ARN of one version. */
  readonly platform: { readonly branch: string } | { readonly arn: string };
  readonly description: string;
  readonly vpc: IVpc;
  readonly traffic: BeanstalkLoadBalanced | BeanstalkSingleInstance;
  /** Blocks from which it may be reached. With one of IPv6, a load balancer is dual-stack; an instance has none. */
  readonly allowedCidrs: readonly string[];
  /** All of one architecture. On-demand instances are of the first type. */
  readonly instanceTypes: readonly [InstanceType, ...InstanceType[]];
  /**
   * Spot instances, of any of the types, beside so many on-demand ones. AWS takes a Spot instance back with a notice of
   * two minutes.
   * @default - all on demand
   */
  readonly spot?: { readonly onDemandBase: number } | undefined;
  readonly deployment: BeanstalkDeployment;
  /**
   * When platform updates (minor and patch versions) may be installed, in UTC.
   * @default - never by itself: each deployment that changes something brings the newest
   */
  readonly managedUpdates?: { readonly window: BeanstalkWindow } | undefined;
  /** Environment variables of the application. Anybody who may look at the environment can read them: no secrets. */
  readonly variables: Readonly<Record<string, string>>;
  /** Metrics that enhanced health sends to CloudWatch beside `EnvironmentHealth`, each billed. */
  readonly metrics: readonly BeanstalkMetric[];
  /** For how long logs are kept, rounded up to what Elastic Beanstalk can; and what becomes of them when it goes. */
  readonly logs: { readonly retentionDays: number; readonly removalPolicy: RemovalPolicy };
  /** Gets changes of health and failed deployments. */
  readonly notifications: ITopic;
  /**
   * The way out: option settings that the properties above have no word for, passed on as they are. They win over those.
   * The names are in the Developer Guide, "Configuration options"; Elastic Beanstalk checks them at deployment only.
   * @default - none
   */
  readonly additionalSettings?: readonly CfnEnvironment.OptionSettingProperty[];
}

/** A day and a time of a week in UTC, such as `Sun:03:00`. */
export type BeanstalkWindow = `${'Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun'}:${string}:${string}`;
