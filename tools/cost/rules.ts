import type { Rule } from './rule';
import { autoScalingGroup } from './rules/auto-scaling-group';
import { beanstalkEnvironment } from './rules/beanstalk-environment';
import { classicLoadBalancer } from './rules/classic-load-balancer';
import { cloudwatchAlarm } from './rules/cloudwatch-alarm';
import { cloudwatchCompositeAlarm } from './rules/cloudwatch-composite-alarm';
import { cloudwatchDashboard } from './rules/cloudwatch-dashboard';
import { dynamodbGlobalTable } from './rules/dynamodb-global-table';
import { dynamodbTable } from './rules/dynamodb-table';
import { ec2Instance } from './rules/ec2-instance';
import { ec2Volume } from './rules/ec2-volume';
import { ecrRepository } from './rules/ecr-repository';
import { ecsCapacityProvider } from './rules/ecs-capacity-provider';
import { ecsCluster } from './rules/ecs-cluster';
import { ecsService } from './rules/ecs-service';
import { elasticIp } from './rules/elastic-ip';
import { eventSourceMapping } from './rules/event-source-mapping';
import { flowLog } from './rules/flow-log';
import { hostedZone } from './rules/hosted-zone';
import { httpApi } from './rules/http-api';
import { kmsKey } from './rules/kms-key';
import { lambdaAlias } from './rules/lambda-alias';
import { lambdaFunction } from './rules/lambda-function';
import { lambdaUrl } from './rules/lambda-url';
import { lambdaVersion } from './rules/lambda-version';
import { loadBalancer } from './rules/load-balancer';
import { logGroup } from './rules/log-group';
import { metricFilter } from './rules/metric-filter';
import { natGateway } from './rules/nat-gateway';
import { restApi } from './rules/rest-api';
import { s3Bucket } from './rules/s3-bucket';
import { schedulerSchedule } from './rules/scheduler-schedule';
import { secret } from './rules/secret';
import { sqsQueue } from './rules/sqs-queue';
import { vpcEndpoint } from './rules/vpc-endpoint';
import { webFunctionEndpoint } from './rules/web-function-endpoint';
import { webFunction } from './rules/web-function';

/** Every rule, one a billable type of resource. */
export const RULES: readonly Rule[] = [
  autoScalingGroup,
  beanstalkEnvironment,
  classicLoadBalancer,
  cloudwatchAlarm,
  cloudwatchCompositeAlarm,
  cloudwatchDashboard,
  dynamodbGlobalTable,
  dynamodbTable,
  ec2Instance,
  ec2Volume,
  ecrRepository,
  ecsCapacityProvider,
  ecsCluster,
  ecsService,
  elasticIp,
  eventSourceMapping,
  flowLog,
  hostedZone,
  httpApi,
  kmsKey,
  lambdaAlias,
  lambdaFunction,
  lambdaUrl,
  lambdaVersion,
  loadBalancer,
  logGroup,
  metricFilter,
  natGateway,
  restApi,
  s3Bucket,
  schedulerSchedule,
  secret,
  sqsQueue,
  vpcEndpoint,
  webFunctionEndpoint,
  webFunction,
];

/**
 * Types that cost nothing by themselves: rights, routes, rules, and what only holds or describes others. A type that is
 * neither here nor has a rule is named as not priced.
 */
export const FREE: ReadonlySet<string> = new Set([
  'AWS::ApiGateway::Account',
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::Stage',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::ApplicationAutoScaling::ScalableTarget',
  'AWS::ApplicationAutoScaling::ScalingPolicy',
  'AWS::AutoScaling::LaunchConfiguration',
  'AWS::AutoScaling::LifecycleHook',
  'AWS::AutoScaling::ScalingPolicy',
  'AWS::AutoScaling::ScheduledAction',
  'AWS::CDK::Metadata',
  // Free as long as it is not exportable (https://aws.amazon.com/certificate-manager/pricing/).
  'AWS::CertificateManager::Certificate',
  'AWS::CloudFormation::CustomResource',
  // Builds only when a stack is deployed.
  'AWS::CodeBuild::Project',
  // Deployments to Lambda are free (https://aws.amazon.com/codedeploy/pricing/).
  'AWS::CodeDeploy::Application',
  'AWS::CodeDeploy::DeploymentGroup',
  'AWS::EC2::EIPAssociation',
  'AWS::EC2::EgressOnlyInternetGateway',
  'AWS::EC2::InternetGateway',
  'AWS::EC2::LaunchTemplate',
  'AWS::EC2::NetworkAcl',
  'AWS::EC2::Route',
  'AWS::EC2::RouteTable',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::SecurityGroupEgress',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::EC2::Subnet',
  'AWS::EC2::SubnetCidrBlock',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::EC2::VPC',
  'AWS::EC2::VPCCidrBlock',
  'AWS::EC2::VPCGatewayAttachment',
  'AWS::ECS::ClusterCapacityProviderAssociations',
  'AWS::ECS::TaskDefinition',
  'AWS::ElasticBeanstalk::Application',
  'AWS::ElasticBeanstalk::ApplicationVersion',
  'AWS::ElasticBeanstalk::ConfigurationTemplate',
  'AWS::ElasticLoadBalancingV2::Listener',
  'AWS::ElasticLoadBalancingV2::ListenerCertificate',
  'AWS::ElasticLoadBalancingV2::ListenerRule',
  'AWS::ElasticLoadBalancingV2::TargetGroup',
  // Events of AWS services are free (https://aws.amazon.com/eventbridge/pricing/).
  'AWS::Events::Rule',
  'AWS::IAM::InstanceProfile',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::IAM::ServiceLinkedRole',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::LayerVersion',
  'AWS::Lambda::Permission',
  'AWS::Lambda::ResourcePolicy',
  'AWS::Lambda::WebFunctionRevision',
  'AWS::Logs::ResourcePolicy',
  'AWS::Route53::RecordSet',
  'AWS::S3::BucketPolicy',
  // Mails of alarms: 1,000 a month are free (https://aws.amazon.com/sns/pricing/).
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::SSM::Parameter',
]);

/** Custom resources are run by functions, which have a rule. */
export const isFree = (type: string): boolean => FREE.has(type) || type.startsWith('Custom::');
