// The options of Elastic Beanstalk's environments that this project can set: each by its namespace and name, with the
// form its value has. An environment refuses a name it doesn't know, but only when it is deployed; the compiler and a
// test refuse it here.
//
// Source: Elastic Beanstalk Developer Guide, "General options for all environments", read in November 2026 (the page
// names each option's valid values). Left out are the namespaces that only classic, network or shared load balancers,
// workers, databases or Windows have, which nothing here uses.

const FLAG = /^(true|false)$/;
const COUNT = /^\d{1,5}$/;
const DURATION = /^PT(\d+H)?(\d+M)?(\d+S)?$/;
const TEXT = /^[^]+$/;
/** Days that log groups can be kept. Fewer values than CloudWatch Logs has. */
export const LOG_RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653] as const;
const RETENTION = new RegExp(`^(${LOG_RETENTION_DAYS.join('|')})$`);

const PROCESS = {
  DeregistrationDelay: COUNT,
  HealthCheckInterval: COUNT,
  HealthCheckPath: /^\//,
  HealthCheckTimeout: COUNT,
  HealthyThresholdCount: /^([2-9]|10)$/,
  MatcherHTTPCode: /^[\d,-]+$/,
  Port: COUNT,
  Protocol: /^HTTPS?$/,
  StickinessEnabled: FLAG,
  StickinessLBCookieDuration: COUNT,
  StickinessType: /^lb_cookie$/,
  UnhealthyThresholdCount: /^([2-9]|10)$/,
};
const LISTENER = {
  DefaultProcess: TEXT,
  ListenerEnabled: FLAG,
  Protocol: /^HTTPS?$/,
  Rules: TEXT,
  SSLCertificateArns: /^arn:/,
  SSLPolicy: /^ELBSecurityPolicy-/,
};

export const BEANSTALK_OPTIONS = {
  'aws:autoscaling:asg': {
    'Availability Zones': /^Any( [123])?$/,
    Cooldown: COUNT,
    'Custom Availability Zones': TEXT,
    EnableCapacityRebalancing: FLAG,
    MinSize: COUNT,
    MaxSize: COUNT,
  },
  'aws:autoscaling:launchconfiguration': {
    BlockDeviceMappings: TEXT,
    DisableDefaultEC2SecurityGroup: FLAG,
    DisableIMDSv1: FLAG,
    EC2KeyName: TEXT,
    IamInstanceProfile: TEXT,
    ImageId: /^ami-/,
    InstanceType: TEXT,
    LaunchTemplateTagPropagationEnabled: FLAG,
    MonitoringInterval: /^[15] minute$/,
    RootVolumeIOPS: COUNT,
    RootVolumeSize: COUNT,
    RootVolumeThroughput: COUNT,
    RootVolumeType: /^(standard|gp2|gp3|io1)$/,
    SecurityGroups: TEXT,
    SSHSourceRestriction: TEXT,
  },
  'aws:autoscaling:trigger': {
    BreachDuration: COUNT,
    EvaluationPeriods: COUNT,
    LowerBreachScaleIncrement: /^-\d+%?$/,
    LowerThreshold: /^\d{1,8}$/,
    MeasureName:
      /^(CPUUtilization|NetworkIn|NetworkOut|DiskWriteOps|DiskReadBytes|DiskReadOps|DiskWriteBytes|Latency|RequestCount|HealthyHostCount|UnhealthyHostCount|TargetResponseTime)$/,
    Period: COUNT,
    Statistic: /^(Minimum|Maximum|Sum|Average)$/,
    Unit: /^(Seconds|Percent|Bytes|Bits|Count|Bytes\/Second|Bits\/Second|Count\/Second|None)$/,
    UpperBreachScaleIncrement: /^\d+%?$/,
    UpperThreshold: /^\d{1,8}$/,
  },
  'aws:autoscaling:updatepolicy:rollingupdate': {
    MaxBatchSize: COUNT,
    MinInstancesInService: COUNT,
    PauseTime: DURATION,
    RollingUpdateEnabled: FLAG,
    RollingUpdateType: /^(Time|Health|Immutable)$/,
    Timeout: DURATION,
  },
  'aws:ec2:instances': {
    EnableSpot: FLAG,
    InstanceTypes: /^[a-z][a-z0-9-]*\.[a-z0-9-]+(,[a-z][a-z0-9-]*\.[a-z0-9-]+){0,39}$/,
    SpotAllocationStrategy: TEXT,
    SpotFleetOnDemandAboveBasePercentage: COUNT,
    SpotFleetOnDemandBase: COUNT,
    SpotMaxPrice: TEXT,
    SupportedArchitectures: /^(arm64|x86_64)$/,
  },
  'aws:ec2:vpc': {
    AssociatePublicIpAddress: FLAG,
    DBSubnets: TEXT,
    ELBScheme: /^(public|internal)$/,
    ELBSubnets: TEXT,
    Subnets: TEXT,
    VPCId: TEXT,
  },
  'aws:elasticbeanstalk:application': { 'Application Healthcheck URL': TEXT },
  'aws:elasticbeanstalk:cloudwatch:logs': { DeleteOnTerminate: FLAG, RetentionInDays: RETENTION, StreamLogs: FLAG },
  'aws:elasticbeanstalk:cloudwatch:logs:health': {
    DeleteOnTerminate: FLAG,
    HealthStreamingEnabled: FLAG,
    RetentionInDays: RETENTION,
  },
  'aws:elasticbeanstalk:command': {
    BatchSize: COUNT,
    BatchSizeType: /^(Percentage|Fixed)$/,
    DeploymentPolicy: /^(AllAtOnce|Rolling|RollingWithAdditionalBatch|Immutable|TrafficSplitting)$/,
    IgnoreHealthCheck: FLAG,
    Timeout: COUNT,
  },
  'aws:elasticbeanstalk:environment': {
    EnvironmentType: /^(SingleInstance|LoadBalanced)$/,
    LoadBalancerIsShared: FLAG,
    LoadBalancerType: /^(classic|application|network)$/,
    ServiceRole: TEXT,
  },
  'aws:elasticbeanstalk:environment:process:default': PROCESS,
  'aws:elasticbeanstalk:healthreporting:system': {
    ConfigDocument: /^\{.*"CloudWatchMetrics":.*"Version":1.*\}$/,
    EnhancedHealthAuthEnabled: FLAG,
    HealthCheckSuccessThreshold: /^(Ok|Warning|Degraded|Severe)$/,
    SystemType: /^(basic|enhanced)$/,
  },
  'aws:elasticbeanstalk:hostmanager': { LogPublicationControl: FLAG },
  'aws:elasticbeanstalk:managedactions': {
    ManagedActionsEnabled: FLAG,
    PreferredStartTime: /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01]\d|2[0-3]):[0-5]\d$/,
    ServiceRoleForManagedUpdates: TEXT,
  },
  'aws:elasticbeanstalk:managedactions:platformupdate': {
    InstanceRefreshEnabled: FLAG,
    UpdateLevel: /^(patch|minor)$/,
  },
  'aws:elasticbeanstalk:sns:topics': {
    'Notification Endpoint': TEXT,
    'Notification Protocol': /^(https?|email|email-json|sqs)$/,
    'Notification Topic ARN': TEXT,
    'Notification Topic Name': TEXT,
  },
  'aws:elasticbeanstalk:trafficsplitting': { EvaluationTime: COUNT, NewVersionPercent: COUNT },
  'aws:elasticbeanstalk:xray': { XRayEnabled: FLAG },
  // The listener on port 80 and, by its port, the one with a certificate.
  'aws:elbv2:listener:default': LISTENER,
  'aws:elbv2:listener:443': LISTENER,
  'aws:elbv2:loadbalancer': {
    AccessLogsS3Bucket: TEXT,
    AccessLogsS3Enabled: FLAG,
    AccessLogsS3Prefix: TEXT,
    IdleTimeout: COUNT,
    IpAddressType: /^(ipv4|dualstack)$/,
    ManagedSecurityGroup: TEXT,
    SecurityGroups: TEXT,
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, RegExp>>>>;

/** Environment properties: the application's own environment variables, by any name. */
export const ENVIRONMENT_PROPERTIES = 'aws:elasticbeanstalk:application:environment';

type Options = typeof BEANSTALK_OPTIONS;

/** Values of options, by namespace and name; what is undefined is left to Elastic Beanstalk. */
export type BeanstalkOptionValues = {
  readonly [N in keyof Options]?: { readonly [K in keyof Options[N]]?: string | undefined };
};

/**
 * Metrics of an environment that enhanced health can send to CloudWatch once a minute; `EnvironmentHealth` is always sent
 * and free, these are billed as custom metrics.
 * Source: Developer Guide, "Publishing Amazon CloudWatch custom metrics for an environment".
 */
export type BeanstalkMetric =
  | `Instances${'Severe' | 'Degraded' | 'Warning' | 'Info' | 'Ok' | 'Pending' | 'Unknown' | 'NoData'}`
  | `ApplicationRequests${'Total' | '2xx' | '3xx' | '4xx' | '5xx'}`
  | `ApplicationLatencyP${'10' | '50' | '75' | '85' | '90' | '95' | '99' | '99.9'}`;
