import type { Resource } from './assembly';
import * as details from './details';
import type { References } from './references';

/** How resources of one type are drawn. */
export interface Kind {
  /** A file of `aws-icons`, without its extension. */
  readonly icon: string;
  /** What AWS calls it. */
  readonly title: string;
  /** What a reader needs of its properties and of what belongs to it. */
  readonly details?: (of: Described) => readonly string[];
  /** Whether this resource is drawn. Default: yes. */
  readonly isDrawn?: (of: Described) => boolean;
  /** Whether callers outside the account may call it. */
  readonly isPublic?: (of: Described) => boolean;
}

/** A resource to describe, and where to find what belongs to it. */
export interface Described {
  readonly key: string;
  readonly resource: Resource;
  readonly references: References;
}

const resourceIcon = (name: string): string => `resource/${name}`;
const serviceIcon = (name: string): string => `architecture-service/${name}`;

/** The types that are drawn, the more important first: of a whole stack, its first one gives the icon. */
export const DRAWN: Readonly<Record<string, Kind>> = {
  'AWS::ElasticBeanstalk::Environment': {
    icon: serviceIcon('AWSElasticBeanstalk'),
    title: 'Beanstalk environment',
    details: details.ofEnvironment,
    isPublic: () => true,
  },
  'AWS::ECS::Service': {
    icon: serviceIcon('AmazonElasticContainerService'),
    title: 'ECS service',
    details: details.ofService,
  },
  'AWS::Lambda::Function': {
    icon: serviceIcon('AWSLambda'),
    title: 'Lambda function',
    details: details.ofFunction,
    isDrawn: (of) => !details.isCalledByCloudFormation(of),
    isPublic: details.hasUrl,
  },
  'AWS::Lambda::WebFunction': {
    icon: serviceIcon('AWSLambda'),
    title: 'Web Function',
    details: details.ofWebFunction,
    isPublic: details.hasPublicEndpoint,
  },
  'AWS::AutoScaling::AutoScalingGroup': {
    icon: resourceIcon('AmazonEC2Instances'),
    title: 'Auto Scaling group',
    details: details.ofGroup,
    isPublic: details.isOpenToTheWorld,
  },
  'AWS::EC2::Instance': {
    icon: serviceIcon('AmazonEC2'),
    title: 'EC2 instance',
    details: details.ofInstance,
    isPublic: details.isOpenToTheWorld,
  },
  'AWS::ECS::CapacityProvider': {
    icon: resourceIcon('AmazonEC2Instances'),
    title: 'Managed Instances',
    details: details.ofManagedInstances,
    isDrawn: ({ resource }) => resource.Properties?.['ManagedInstancesProvider'] !== undefined,
  },
  'AWS::ECR::Repository': {
    icon: serviceIcon('AmazonElasticContainerRegistry'),
    title: 'ECR repository',
    details: details.ofRepository,
  },
  'AWS::ElasticLoadBalancingV2::LoadBalancer': {
    icon: resourceIcon('ElasticLoadBalancingApplicationLoadBalancer'),
    title: 'Application Load Balancer',
    details: details.ofBalancer,
    isPublic: ({ resource }) => resource.Properties?.['Scheme'] === 'internet-facing',
  },
  'AWS::ElasticBeanstalk::Application': {
    icon: resourceIcon('AWSElasticBeanstalkApplication'),
    title: 'Beanstalk application',
    details: details.ofApplication,
  },
  'AWS::S3::Bucket': {
    icon: resourceIcon('AmazonSimpleStorageServiceBucket'),
    title: 'S3 bucket',
    details: details.ofBucket,
    isPublic: ({ resource }) => resource.Properties?.['NotificationConfiguration'] !== undefined,
  },
  'AWS::SQS::Queue': { icon: resourceIcon('AmazonSimpleQueueServiceQueue'), title: 'SQS queue' },
  'AWS::DynamoDB::GlobalTable': { icon: resourceIcon('AmazonDynamoDBTable'), title: 'DynamoDB table' },
  'AWS::DynamoDB::Table': { icon: resourceIcon('AmazonDynamoDBTable'), title: 'DynamoDB table' },
  'AWS::Events::Rule': {
    icon: resourceIcon('AmazonEventBridgeRule'),
    title: 'EventBridge rule',
    details: details.ofSchedule,
    isDrawn: ({ resource }) => resource.Properties?.['ScheduleExpression'] !== undefined,
  },
  'AWS::Scheduler::Schedule': {
    icon: resourceIcon('AmazonEventBridgeScheduler'),
    title: 'EventBridge schedule',
    details: details.ofSchedule,
  },
  'AWS::CodeBuild::Project': { icon: serviceIcon('AWSCodeBuild'), title: 'CodeBuild project' },
  'Custom::RepositoryImage': {
    icon: resourceIcon('AmazonElasticContainerRegistryImage'),
    title: 'Image of the service',
    details: details.ofImage,
  },
  'AWS::EC2::Subnet': {
    icon: 'architecture-group/Publicsubnet',
    title: 'Subnet',
    details: details.ofSubnet,
  },
  'AWS::EC2::NatGateway': { icon: resourceIcon('AmazonVPCNATGateway'), title: 'NAT gateway' },
  'AWS::EC2::VPCEndpoint': {
    icon: resourceIcon('AmazonVPCEndpoints'),
    title: 'VPC endpoint',
    details: details.ofEndpoint,
  },
  'AWS::EC2::InternetGateway': { icon: resourceIcon('AmazonVPCInternetGateway'), title: 'Internet gateway' },
};

/** What is counted below a picture, by type: one, and several. */
export const COUNTED: Readonly<Record<string, readonly [one: string, several: string]>> = {
  'AWS::CloudWatch::Alarm': ['alarm', 'alarms'],
  'AWS::CloudWatch::CompositeAlarm': ['composite alarm', 'composite alarms'],
  'AWS::CloudWatch::Dashboard': ['dashboard', 'dashboards'],
  'AWS::SNS::Topic': ['SNS topic', 'SNS topics'],
  'AWS::Logs::LogGroup': ['log group', 'log groups'],
  'AWS::Logs::MetricFilter': ['metric filter', 'metric filters'],
  'AWS::Events::Rule': ['event rule', 'event rules'],
  'AWS::EC2::SecurityGroup': ['security group', 'security groups'],
  'AWS::IAM::Role': ['IAM role', 'IAM roles'],
  'AWS::S3::Bucket': ['bucket', 'buckets'],
  'AWS::EC2::FlowLog': ['flow log', 'flow logs'],
  'AWS::KMS::Key': ['KMS key', 'KMS keys'],
  'AWS::Route53::RecordSet': ['DNS record', 'DNS records'],
  'AWS::WAFv2::WebACL': ['web ACL', 'web ACLs'],
  'AWS::Lambda::Function': ['function that CloudFormation calls', 'functions that CloudFormation calls'],
};

/**
 * What neither a card nor a number tells: parts of what is drawn, whose properties stand on its card or whose
 * references are its arrows, and permissions.
 */
export const LEFT_OUT: readonly RegExp[] = [
  /^Custom::/,
  /^AWS::CloudFormation::/,
  /^AWS::IAM::(Policy|ManagedPolicy|InstanceProfile|ServiceLinkedRole)$/,
  /^AWS::(SNS::TopicPolicy|SNS::Subscription|SQS::QueuePolicy|S3::BucketPolicy|Logs::ResourcePolicy)$/,
  /^AWS::EC2::(EIP|EIPAssociation|LaunchTemplate|SecurityGroupIngress|SecurityGroupEgress|Volume)$/,
  /^AWS::EC2::(VPC|VPCCidrBlock|SubnetCidrBlock|EgressOnlyInternetGateway|VPCGatewayAttachment)$/,
  /^AWS::EC2::(RouteTable|Route|SubnetRouteTableAssociation)$/,
  /^AWS::ElasticLoadBalancingV2::(Listener|ListenerRule|ListenerCertificate|TargetGroup)$/,
  /^AWS::ApplicationAutoScaling::/,
  /^AWS::AutoScaling::(ScheduledAction|ScalingPolicy|LifecycleHook|WarmPool)$/,
  /^AWS::ECS::(Cluster|ClusterCapacityProviderAssociations|TaskDefinition|CapacityProvider)$/,
  /^AWS::ElasticBeanstalk::(ApplicationVersion|ConfigurationTemplate)$/,
  /^AWS::Lambda::(Version|Alias|Url|Permission|ResourcePolicy|EventSourceMapping|EventInvokeConfig|LayerVersion)$/,
  /^AWS::Lambda::WebFunction(Revision|Endpoint)$/,
  /^AWS::(CodeDeploy::|WAFv2::WebACLAssociation$)/,
];

/** An arrow by rule: from each resource of one type to those of another that references lead to. */
export interface ArrowRule {
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** The types of which one or more stand between; by default the first refers to the second itself. */
  readonly through?: readonly string[];
  /** Whether the second refers to the first, with nothing between. */
  readonly isReferredTo?: boolean;
  /** Whether it stands for what a role allows. */
  readonly isPermission?: boolean;
  readonly label?: string;
}

const COMPUTE = [
  'AWS::ECS::Service',
  'AWS::Lambda::Function',
  'AWS::EC2::Instance',
  'AWS::AutoScaling::AutoScalingGroup',
];
const DATA = ['AWS::S3::Bucket', 'AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table', 'AWS::SQS::Queue'];

/** In the order in which they count: between two resources, the first arrow is drawn and no other. */
export const ARROWS: readonly ArrowRule[] = [
  {
    from: ['AWS::ElasticLoadBalancingV2::LoadBalancer'],
    to: COMPUTE,
    through: [
      'AWS::ElasticLoadBalancingV2::Listener',
      'AWS::ElasticLoadBalancingV2::ListenerRule',
      'AWS::ElasticLoadBalancingV2::TargetGroup',
    ],
    label: 'target group',
  },
  { from: ['AWS::S3::Bucket'], to: ['AWS::SQS::Queue', 'AWS::Lambda::Function'], label: 'event' },
  {
    from: ['AWS::SQS::Queue', 'AWS::DynamoDB::Table'],
    to: ['AWS::Lambda::Function'],
    through: ['AWS::Lambda::EventSourceMapping', 'AWS::Lambda::Alias'],
    label: 'batch',
  },
  { from: ['AWS::SQS::Queue'], to: ['AWS::SQS::Queue'], label: 'failed' },
  {
    from: ['AWS::Events::Rule', 'AWS::Scheduler::Schedule'],
    to: ['AWS::Lambda::Function', 'AWS::SQS::Queue'],
    through: ['AWS::Lambda::Alias'],
    label: 'calls',
  },
  { from: ['AWS::Events::Rule', 'AWS::Scheduler::Schedule'], to: ['AWS::Lambda::Function'], label: 'calls' },
  { from: ['AWS::ECR::Repository'], to: ['AWS::Lambda::Function'], isReferredTo: true, label: 'image' },
  {
    from: ['AWS::S3::Bucket'],
    to: ['AWS::Lambda::WebFunction'],
    through: ['Custom::S3ObjectCopy', 'AWS::Lambda::WebFunctionRevision'],
    label: 'code',
  },
  {
    from: ['AWS::ECS::Service'],
    to: ['AWS::AutoScaling::AutoScalingGroup'],
    through: ['AWS::ECS::CapacityProvider'],
    label: 'runs on',
  },
  { from: ['AWS::ECS::Service'], to: ['AWS::ECS::CapacityProvider'], label: 'runs on' },
  { from: ['AWS::ECR::Repository'], to: ['AWS::ECS::Service'], through: ['AWS::ECS::TaskDefinition'], label: 'image' },
  { from: ['Custom::RepositoryImage'], to: ['AWS::ECR::Repository'], label: 'pushed once' },
  { from: ['AWS::CodeBuild::Project'], to: ['AWS::ECR::Repository'], through: ['AWS::IAM::Role', 'AWS::IAM::Policy'] },
  {
    from: ['AWS::S3::Bucket'],
    to: ['AWS::ElasticBeanstalk::Application'],
    through: ['Custom::BeanstalkVersion', 'AWS::ElasticBeanstalk::ApplicationVersion'],
    label: 'version',
  },
  {
    from: ['AWS::ElasticBeanstalk::Application'],
    to: ['AWS::ElasticBeanstalk::Environment'],
    isReferredTo: true,
    label: 'deploys',
  },
  { from: COMPUTE, to: DATA, through: ['AWS::IAM::Role', 'AWS::IAM::Policy'], label: 'may use', isPermission: true },
  {
    from: ['AWS::EC2::Subnet'],
    to: ['AWS::EC2::InternetGateway', 'AWS::EC2::NatGateway'],
    through: ['AWS::EC2::SubnetRouteTableAssociation', 'AWS::EC2::RouteTable', 'AWS::EC2::Route'],
    label: 'route',
  },
  {
    from: ['AWS::EC2::Subnet'],
    to: ['AWS::EC2::VPCEndpoint'],
    through: ['AWS::EC2::SubnetRouteTableAssociation', 'AWS::EC2::RouteTable'],
  },
];

/** The kind of a resource that is drawn; undefined where it is not. */
export function kindOf(of: Described): Kind | undefined {
  const kind = DRAWN[of.resource.Type];
  return kind !== undefined && (kind.isDrawn?.(of) ?? true) ? kind : undefined;
}

/** Whether a rule says of a type what becomes of it. */
export const isKnown = (type: string): boolean =>
  type in DRAWN || type in COUNTED || LEFT_OUT.some((pattern) => pattern.test(type));
