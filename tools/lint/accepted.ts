import type { Accepted } from './finding';

const EVERYWHERE = /./;
/** The service, or a web framework, behind a function URL. */
const BEHIND_URL = [/ (Lambda|LambdaImage) Service$/, / Frameworks \w+$/];
const PIPELINE = / Lambda PipelineFunction$/;
/** What CloudFormation calls while it deploys or deletes. */
const AT_DEPLOYMENT = [
  / Beanstalk ApplicationFunction$/,
  / WebFunction FirstAnswerFunction$/,
  / Registry ImagesFunction$/,
  / (Network|WebFunction) Custom\w+$/,
  /^sandbox (Beanstalk|Lambda) Custom\w+$/,
  // Sees to what must hold before a service of ECS is made or changed.
  / (Fargate|EcsEc2|ManagedInstances) CustomEcs\w+$/,
  // Empties a bucket whose creation is rolled back.
  /^production (Ec2|Beanstalk|Fargate|EcsEc2|ManagedInstances) CustomS3\w+$/,
];

/** What cfn-lint takes for an error and is none. */
export const ACCEPTED_BY_CFN_LINT: readonly Accepted[] = [];

/** Checks of checkov that fail here, each once. What may be turned on by an option of the app names the option. */
export const ACCEPTED_BY_CHECKOV: readonly Accepted[] = [
  {
    rule: 'CKV_AWS_2',
    where: [/^sandbox (Fargate|EcsEc2|ManagedInstances) BalancerLoadBalancerHttp$/],
    reason:
      'The sandbox asks for no domain name and so has no certificate; production is refused without one. With access.certificateArn or access.domainName, port 80 only redirects.',
  },
  {
    rule: 'CKV_AWS_103',
    where: [/^sandbox (Fargate|EcsEc2|ManagedInstances) BalancerLoadBalancerHttp$/],
    reason:
      'The same listener: it has no TLS, so that it has no version of it. With a certificate its policy takes TLS 1.2 and 1.3.',
  },
  {
    rule: 'CKV_AWS_260',
    where: [/ (Fargate|EcsEc2|ManagedInstances|Beanstalk) \w+SecurityGroup$/, / Ec2 (Balancer)?SecurityGroup$/],
    reason:
      'The service is for everybody, and answers on port 80: with a redirect to HTTPS where there is a certificate. access.allowedCidr narrows it.',
  },
  {
    rule: 'CKV_AWS_258',
    where: [/ (Lambda|LambdaImage) LiveFunctionUrl$/, / Frameworks \w+LiveFunctionUrl$/],
    reason:
      'The service is for everybody, as behind the load balancers. lambda.urlAuth=iam asks for credentials, and access.allowedCidr narrows by address.',
  },
  {
    rule: 'CKV_AWS_88',
    where: [/^sandbox Ec2 Instance$/, /^sandbox EcsEc2 LaunchTemplate$/],
    reason:
      'The sandbox has no NAT gateway (32 USD a month), so that instances reach package repositories and AWS by addresses of their own; their security group admits the port of the service alone. Production runs in private subnets.',
  },
  {
    rule: 'CKV_AWS_91',
    where: [/^sandbox (Fargate|EcsEc2|ManagedInstances) BalancerLoadBalancer$/],
    reason: 'access.logs, on in production: the sandbox keeps nothing after it is gone, and pays for no objects.',
  },
  {
    rule: 'CKV_AWS_65',
    where: [/^sandbox (Fargate|EcsEc2|ManagedInstances) Cluster$/],
    reason: 'task.insights, on in production: Container Insights bills custom metrics for each task.',
  },
  {
    rule: 'CKV_AWS_111',
    where: [
      / Ec2 RoleSessionManagerPolicy$/,
      / EcsEc2 InstanceRoleSessionManagerPolicy$/,
      / Beanstalk \w+SessionManagerPolicy$/,
    ],
    reason:
      'The actions of ssmmessages know no resource (Service Authorization Reference), and the instances that ssm:UpdateInstanceInformation is for are younger than their role. It replaces SSH, a key and an open port.',
  },
  {
    rule: 'CKV_AWS_115',
    where: [...BEHIND_URL, PIPELINE, ...AT_DEPLOYMENT],
    reason:
      'A new account has a concurrency of 10 and lets none of it be reserved, so that the deployment would fail there. lambda.reservedConcurrency bounds the service; the queue bounds the pipeline; CloudFormation calls the others one at a time.',
  },
  {
    rule: 'CKV_AWS_116',
    where: [...BEHIND_URL, PIPELINE, ...AT_DEPLOYMENT],
    reason:
      'A dead-letter queue of a function takes asynchronous events only. A caller of a function URL and CloudFormation see the failure themselves, and the queue of uploads has its own dead-letter queue, with the reasons in it.',
  },
  {
    rule: 'CKV_AWS_117',
    where: [...BEHIND_URL, PIPELINE, ...AT_DEPLOYMENT],
    reason:
      'They talk to public endpoints of AWS and to nothing in a VPC. Within one they would need a NAT gateway or interface endpoints, which bill by the hour, and gain nothing: nothing can connect to a function.',
  },
  {
    rule: 'CKV_AWS_173',
    where: [...BEHIND_URL, PIPELINE],
    reason:
      'Lambda encrypts environment variables at rest by its own key. They hold limits and names, and no secret; a key of the account costs a dollar a month, and a call for each cold start.',
  },
  {
    rule: 'CKV_AWS_158',
    where: [EVERYWHERE],
    reason:
      'CloudWatch Logs encrypts every log group at rest by its own key. The logs hold no pictures and no credentials; a key of the account would cost a dollar a month for each stack.',
  },
  {
    rule: 'CKV_AWS_136',
    where: [/ Registry Repository$/],
    reason:
      'AES256 encrypts the images at rest by keys of S3. They hold public code; a repository cannot change to a key later, so that whoever needs one sets it in a repository of their own.',
  },
  {
    rule: 'CKV_AWS_26',
    where: [EVERYWHERE],
    reason:
      'CloudWatch cannot publish to a topic that the AWS managed key encrypts (SNS Developer Guide, "Encrypted topics"), and a key of the account costs a dollar a month for each stack. A message holds the name and state of an alarm; the topic refuses connections without TLS.',
  },
  {
    rule: 'CKV_AWS_18',
    where: [
      / (Ec2|Fargate|EcsEc2|ManagedInstances) BalancerAccessLogs$/,
      / Beanstalk (AccessLogs|ApplicationBundles)$/,
      / Lambda PipelinePictures$/,
      / WebFunction Code$/,
    ],
    reason:
      'Access logs of a bucket need a second bucket, and that one the same. The first are logs themselves; bundles and code are read at deployments, which CloudTrail has; pictures are read by the one function, which logs each.',
  },
  {
    rule: 'CKV_AWS_21',
    where: [
      / (Ec2|Fargate|EcsEc2|ManagedInstances) BalancerAccessLogs$/,
      / Beanstalk (AccessLogs|ApplicationBundles)$/,
    ],
    reason:
      'Each object is written once: access logs under a name with time and random letters, bundles under the hash of their content. Nothing overwrites one.',
  },
  {
    rule: 'CKV_AWS_27',
    where: [/ Lambda Pipeline(Uploads|DeadLetters)$/],
    reason:
      'Both queues are encrypted by keys of SQS (SqsManagedSseEnabled), which this check does not look at. S3 cannot send to a queue with the AWS managed key, and a key of the account costs a dollar a month and a call for each message.',
  },
  {
    rule: 'CKV_AWS_165',
    where: [/ Lambda PipelineDone$/],
    reason:
      'The table remembers for 18 days which uploads are done, so that a second event makes no second thumbnail. What is lost is made again; a restored table would be older than its queue.',
  },
];
