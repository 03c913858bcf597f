import { RemovalPolicy } from 'aws-cdk-lib';
import { InstanceArchitecture, SubnetType, type IVpc, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { CfnEnvironment } from 'aws-cdk-lib/aws-elasticbeanstalk';
import { SslPolicy } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { hasIpv6 } from '../shared/public-ingress';
import { ENVIRONMENT_PROPERTIES, LOG_RETENTION_DAYS, type BeanstalkOptionValues } from './setting-names';
import type {
  BeanstalkDeployment,
  BeanstalkEnvironmentProps,
  BeanstalkLoadBalanced,
  BeanstalkScaling,
} from './environment-props';

/** Where the platform's proxy listens on an instance. */
export const PROXY_PORT = 80;
/** Minor and patch versions: compatible with what runs. Patch alone leaves out what AWS brings most often. */
const UPDATE_LEVEL = 'minor';

/** What the stack has made for the environment, that would else be Elastic Beanstalk's own. */
export interface BeanstalkParts {
  readonly instanceProfileArn: string;
  readonly instanceSecurityGroupId: string;
  readonly loadBalancerSecurityGroupId: string | undefined;
}

/**
 * What the properties of an environment are in Elastic Beanstalk's own words.
 *
 * What a property turns off is said, and not left out: CloudFormation keeps the value of an option that a template no
 * longer names (Template Reference, AWS::ElasticBeanstalk::Environment, OptionSettings).
 */
export function optionSettings(
  props: BeanstalkEnvironmentProps,
  parts: BeanstalkParts,
): CfnEnvironment.OptionSettingProperty[] {
  const { traffic, variables, additionalSettings = [] } = props;
  const values: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
    ...machineOptions(props, parts),
    ...operationOptions(props),
    ...(traffic.type === 'load-balanced' ? loadBalancedOptions(props, traffic, parts) : singleInstanceOptions(props)),
    [ENVIRONMENT_PROPERTIES]: variables,
  };
  const settings = Object.entries(values).flatMap(([namespace, options]) =>
    Object.entries(options)
      .filter((pair): pair is [string, string] => pair[1] !== undefined)
      .map(([optionName, value]) => ({ namespace, optionName, value })),
  );
  const isReplaced = ({ namespace, optionName }: CfnEnvironment.OptionSettingProperty): boolean =>
    additionalSettings.some((other) => other.namespace === namespace && other.optionName === optionName);
  return [...settings.filter((setting) => !isReplaced(setting)), ...additionalSettings];
}

function machineOptions(props: BeanstalkEnvironmentProps, parts: BeanstalkParts): BeanstalkOptionValues {
  return {
    'aws:autoscaling:launchconfiguration': {
      IamInstanceProfile: parts.instanceProfileArn,
      SecurityGroups: parts.instanceSecurityGroupId,
      DisableDefaultEC2SecurityGroup: 'true', // or one more is made, open to everybody where there is no load balancer
      // Either of these two makes a launch template; accounts since October 2024 have no launch configurations
      // (aws/elastic-beanstalk-roadmap#271).
      DisableIMDSv1: 'true',
      RootVolumeType: 'gp3',
      RootVolumeSize: '10', // GB, the least
    },
    'aws:ec2:instances': {
      InstanceTypes: props.instanceTypes.map((type) => type.toString()).join(','),
      SupportedArchitectures: architectureOf(props),
      EnableSpot: String(props.spot !== undefined),
      SpotFleetOnDemandBase: props.spot && String(props.spot.onDemandBase),
      SpotFleetOnDemandAboveBasePercentage: props.spot && '0',
      SpotAllocationStrategy: props.spot && 'price-capacity-optimized',
    },
  };
}

function operationOptions(props: BeanstalkEnvironmentProps): BeanstalkOptionValues {
  const { application, deployment, logs, managedUpdates, metrics, notifications } = props;
  const retention = String(LOG_RETENTION_DAYS.find((days) => days >= logs.retentionDays) ?? LOG_RETENTION_DAYS.at(-1));
  const deleted = String(logs.removalPolicy === RemovalPolicy.DESTROY);
  return {
    'aws:elasticbeanstalk:cloudwatch:logs': {
      StreamLogs: 'true',
      RetentionInDays: retention,
      DeleteOnTerminate: deleted,
    },
    'aws:elasticbeanstalk:cloudwatch:logs:health': {
      HealthStreamingEnabled: 'true',
      RetentionInDays: retention,
      DeleteOnTerminate: deleted,
    },
    'aws:elasticbeanstalk:healthreporting:system': {
      SystemType: 'enhanced',
      ConfigDocument: JSON.stringify({
        // Once a minute, which is the only interval there is.
        CloudWatchMetrics: { Environment: Object.fromEntries(metrics.map((name) => [name, 60])) },
        Version: 1,
      }),
    },
    'aws:elasticbeanstalk:managedactions': {
      ManagedActionsEnabled: String(managedUpdates !== undefined),
      PreferredStartTime: managedUpdates?.window,
      ServiceRoleForManagedUpdates: application.serviceRole.roleArn,
    },
    'aws:elasticbeanstalk:managedactions:platformupdate': {
      UpdateLevel: managedUpdates === undefined ? undefined : UPDATE_LEVEL,
    },
    'aws:elasticbeanstalk:sns:topics': { 'Notification Topic ARN': notifications.topicArn },
    'aws:elasticbeanstalk:command': commandOptions(deployment),
    'aws:autoscaling:updatepolicy:rollingupdate': rollingUpdateOptions(props),
    ...trafficSplittingOptions(deployment),
  };
}

function singleInstanceOptions({ application, vpc }: BeanstalkEnvironmentProps): BeanstalkOptionValues {
  return {
    'aws:elasticbeanstalk:environment': {
      EnvironmentType: 'SingleInstance',
      ServiceRole: application.serviceRole.roleArn,
    },
    'aws:ec2:vpc': { VPCId: vpc.vpcId, Subnets: subnetIds(vpc, { subnetType: SubnetType.PUBLIC }) },
  };
}

function loadBalancedOptions(
  { application, vpc, spot, allowedCidrs }: BeanstalkEnvironmentProps,
  traffic: BeanstalkLoadBalanced,
  { loadBalancerSecurityGroupId: group }: BeanstalkParts,
): BeanstalkOptionValues {
  const { scaling, certificate, accessLogs } = traffic;
  return {
    'aws:elasticbeanstalk:environment': {
      EnvironmentType: 'LoadBalanced',
      LoadBalancerType: 'application',
      ServiceRole: application.serviceRole.roleArn,
    },
    'aws:ec2:vpc': {
      VPCId: vpc.vpcId,
      Subnets: subnetIds(vpc, traffic.instanceSubnets),
      AssociatePublicIpAddress: String(vpc.selectSubnets(traffic.instanceSubnets).hasPublic),
      ELBSubnets: subnetIds(vpc, { subnetType: SubnetType.PUBLIC }),
      ELBScheme: 'public',
    },
    'aws:autoscaling:asg': {
      MinSize: String(traffic.minInstances),
      MaxSize: String(traffic.maxInstances),
      Cooldown: String(scaling.cooldown.toSeconds()),
      // Another one is begun when AWS says that a Spot instance is at risk, before it is taken.
      EnableCapacityRebalancing: String(spot !== undefined),
    },
    'aws:autoscaling:trigger': triggerOptions(scaling),
    'aws:elasticbeanstalk:environment:process:default': {
      Port: String(PROXY_PORT),
      Protocol: 'HTTP',
      HealthCheckPath: traffic.healthCheckPath,
      HealthCheckInterval: '10',
      HealthyThresholdCount: '2',
      UnhealthyThresholdCount: '3',
      MatcherHTTPCode: '200',
      DeregistrationDelay: '20',
    },
    'aws:elbv2:loadbalancer': {
      SecurityGroups: group,
      ManagedSecurityGroup: group, // in place of one that Elastic Beanstalk makes
      IpAddressType: hasIpv6(allowedCidrs) ? 'dualstack' : 'ipv4',
      AccessLogsS3Enabled: String(accessLogs !== undefined),
      AccessLogsS3Bucket: accessLogs?.bucketName,
    },
    // With a certificate too: nginx on the instances redirects what comes by it.
    'aws:elbv2:listener:default': { ListenerEnabled: 'true' },
    ...(certificate === undefined
      ? {}
      : {
          'aws:elbv2:listener:443': {
            ListenerEnabled: 'true',
            Protocol: 'HTTPS',
            SSLCertificateArns: certificate.certificateArn,
            SSLPolicy: SslPolicy.TLS13_12_RES_PQ, // post-quantum key exchange, as CDK's feature flag asks for elsewhere
          },
        }),
  };
}

export const architectureOf = ({ instanceTypes: [type] }: BeanstalkEnvironmentProps): 'arm64' | 'x86_64' =>
  type.architecture === InstanceArchitecture.ARM_64 ? 'arm64' : 'x86_64';

const subnetIds = (vpc: IVpc, selection: SubnetSelection): string => vpc.selectSubnets(selection).subnetIds.join(',');

const POLICIES = {
  'all-at-once': 'AllAtOnce',
  immutable: 'Immutable',
  rolling: 'Rolling',
  'rolling-with-additional-batch': 'RollingWithAdditionalBatch',
  'traffic-splitting': 'TrafficSplitting',
} as const satisfies Record<BeanstalkDeployment['policy'], string>;

const commandOptions = (deployment: BeanstalkDeployment): BeanstalkOptionValues['aws:elasticbeanstalk:command'] => ({
  DeploymentPolicy: POLICIES[deployment.policy],
  BatchSizeType: 'batch' in deployment ? 'Fixed' : undefined,
  BatchSize: 'batch' in deployment ? String(deployment.batch) : undefined,
});

/** Changes of the configuration follow the same way as new versions, as far as there is one. */
function rollingUpdateOptions({
  traffic,
  deployment,
}: BeanstalkEnvironmentProps): BeanstalkOptionValues['aws:autoscaling:updatepolicy:rollingupdate'] {
  const { policy } = deployment;
  if (policy === 'immutable' || policy === 'traffic-splitting')
    return { RollingUpdateEnabled: 'true', RollingUpdateType: 'Immutable' };
  return traffic.type === 'single'
    ? { RollingUpdateEnabled: 'false' }
    : { RollingUpdateEnabled: 'true', RollingUpdateType: 'Health', MaxBatchSize: '1' };
}

const trafficSplittingOptions = (deployment: BeanstalkDeployment): BeanstalkOptionValues =>
  deployment.policy === 'traffic-splitting'
    ? {
        'aws:elasticbeanstalk:trafficsplitting': {
          NewVersionPercent: String(deployment.newVersionPercent),
          EvaluationTime: String(deployment.evaluation.toMinutes()),
        },
      }
    : {};

/** Minutes over which the load balancer's requests are summed, and the CPU of the instances is averaged. */
const PERIOD = 5;

const triggerOptions = ({ on, upper, lower }: BeanstalkScaling): BeanstalkOptionValues['aws:autoscaling:trigger'] => ({
  ...(on === 'cpu'
    ? { MeasureName: 'CPUUtilization', Statistic: 'Average', Unit: 'Percent' }
    : { MeasureName: 'RequestCount', Statistic: 'Sum', Unit: 'Count' }),
  UpperThreshold: String(on === 'cpu' ? upper : upper * PERIOD),
  LowerThreshold: String(on === 'cpu' ? lower : lower * PERIOD),
  UpperBreachScaleIncrement: '1',
  LowerBreachScaleIncrement: '-1',
  Period: String(PERIOD),
  EvaluationPeriods: '1',
  BreachDuration: String(PERIOD), // always the product of the two
});
