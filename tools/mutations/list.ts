/** Test files, by the short names that mutations use. */
export const TESTS = {
  network: 'test/lib/network/stack.test.ts',
  registry: 'test/lib/registry/stack.test.ts',
  ec2: 'test/lib/ec2/stack.test.ts',
  ec2Init: 'test/lib/ec2/service-init.test.ts',
  beanstalk: 'test/lib/beanstalk/stack.test.ts',
  fargate: 'test/lib/ecs/fargate/stack.test.ts',
  ecsOnEc2: 'test/lib/ecs/on-ec2/stack.test.ts',
  ecs: 'test/lib/ecs/both.test.ts',
  customResourceLogs: 'test/lib/shared/custom-resource-logs.test.ts',
  lambda: 'test/lib/lambda/stack.test.ts',
  lambdaImage: 'test/lib/lambda-image/stack.test.ts',
  frameworks: 'test/lib/frameworks/stack.test.ts',
  webFunction: 'test/lib/web-function/stack.test.ts',
  managedInstances: 'test/lib/ecs/managed-instances/stack.test.ts',
  loadBalancer: 'test/lib/shared/public-load-balancer.test.ts',
  github: 'test/lib/github/stack.test.ts',
  budget: 'test/lib/budget/stack.test.ts',
  sandbox: 'test/tools/sandbox/sandbox.test.ts',
  sandboxServer: 'test/tools/sandbox/server.test.ts',
  sandboxState: 'test/tools/sandbox/state.test.ts',
} as const;

/** A change that a reviewer would refuse, and the tests that should refuse it before. */
export interface Mutation {
  /** What is wrong after the change. */
  readonly name: string;
  /** From the repository's root. */
  readonly file: string;
  /** What is replaced: once in the file. */
  readonly find: string;
  readonly replacement: string;
  /** A file with snapshots among them, so that the report can say that only a snapshot notices. */
  readonly tests: readonly (keyof typeof TESTS)[];
}

type Change = (name: string, find: string, replacement: string) => Mutation;

const changes =
  (file: string, ...tests: Mutation['tests']): Change =>
  (name, find, replacement) => ({ name, file, find, replacement, tests });

const network = changes('lib/network/stack.ts', 'network');
const ipv6 = changes('lib/network/ipv6.ts', 'network');
const registry = changes('lib/registry/stack.ts', 'registry');
const images = changes('lib/registry/repository-image.ts', 'registry');

const lambdaImage = changes('lib/lambda-image/stack.ts', 'lambdaImage');
const lambdaImageOptions = changes('lib/lambda-image/options.ts', 'lambdaImage');
const functionAlarms = changes('lib/shared/function-alarms.ts', 'lambdaImage');

const webFunction = changes('lib/web-function/stack.ts', 'webFunction');
const codeBucket = changes('lib/web-function/code-bucket.ts', 'webFunction');
const github = changes('lib/github/stack.ts', 'github');
const budget = changes('lib/budget/stack.ts', 'budget');
const sandboxState = changes('tools/sandbox/processes.ts', 'sandboxState');
const sandboxServer = changes('tools/sandbox/server.ts', 'sandboxServer');
const sandboxWords = changes('tools/sandbox/words.ts', 'sandbox');
const sandboxStarts = changes('tools/sandbox/sandbox.ts', 'sandbox');
const managedCapacity = changes('lib/ecs/managed-instances/capacity.ts', 'managedInstances');

const ec2 = changes('lib/ec2/stack.ts', 'ec2');
const machine = changes('lib/ec2/machine.ts', 'ec2');
const singleInstance = changes('lib/ec2/single-instance.ts', 'ec2');
const serviceAlarms = changes('lib/ec2/service-alarms.ts', 'ec2');
const ec2Group = changes('lib/ec2/instance-group.ts', 'ec2');
const ec2Role = changes('lib/ec2/instance-role.ts', 'ec2');
const serviceInit = changes('lib/ec2/service-init.ts', 'ec2', 'ec2Init');

const alarms = changes('lib/shared/alarms.ts', 'ec2');
const accessLogs = changes('lib/shared/access-logs-bucket.ts', 'ec2');
const balancer = changes('lib/shared/public-load-balancer.ts', 'ec2');
const publicLoadBalancer = changes('lib/shared/public-load-balancer.ts', 'ec2', 'loadBalancer', 'network');
const sessionManager = changes('lib/shared/session-manager-access.ts', 'ec2');
const settings = changes('lib/shared/settings.ts', 'lambda');
const serviceFunction = changes('lib/shared/service-function.ts', 'lambda');

const customResourceLogs = changes('lib/shared/custom-resource-logs.ts', 'customResourceLogs');

const task = changes('lib/ecs/task.ts', 'fargate');
const scaling = changes('lib/ecs/scaling.ts', 'fargate');
const traffic = changes('lib/ecs/traffic.ts', 'fargate');
const deployment = changes('lib/ecs/traffic.ts', 'ecs');
const monitoring = changes('lib/ecs/monitoring.ts', 'fargate');
const failedTasks = changes('lib/ecs/failed-tasks.ts', 'fargate');
const fargate = changes('lib/ecs/fargate/stack.ts', 'fargate');
const ecsOnEc2 = changes('lib/ecs/on-ec2/stack.ts', 'ecsOnEc2');
const ecsGroup = changes('lib/ecs/on-ec2/instance-group.ts', 'ecsOnEc2');
const ecsWait = changes('lib/ecs/on-ec2/capacity-provider-wait.ts', 'ecsOnEc2');
const ecsRole = changes('lib/ecs/on-ec2/instance-role.ts', 'ecsOnEc2');

const lambda = changes('lib/lambda/stack.ts', 'lambda');
const serviceUrl = changes('lib/shared/service-url.ts', 'lambda');
const keepWarm = changes('lib/lambda/keep-warm.ts', 'lambda');
const pipeline = changes('lib/lambda/thumbnail-pipeline.ts', 'lambda');
const frameworks = changes('lib/frameworks/stack.ts', 'frameworks');

const beanstalkMonitoring = changes('lib/beanstalk/monitoring.ts', 'beanstalk');
const beanstalk = changes('lib/beanstalk/stack.ts', 'beanstalk');
const optionSettings = changes('lib/beanstalk/option-settings.ts', 'beanstalk');
const environment = changes('lib/beanstalk/environment.ts', 'beanstalk');
const application = changes('lib/beanstalk/application.ts', 'beanstalk');
const beanstalkLoadBalancer = changes('lib/beanstalk/load-balancer.ts', 'beanstalk');

export const MUTATIONS: readonly Mutation[] = [
  lambdaImage(
    'the adapter looks for the server where it listens for all',
    "AWS_LWA_HOST: '127.0.0.1'",
    "AWS_LWA_HOST: '0.0.0.0'",
  ),
  lambdaImage(
    'an image is ready before its server answers',
    "AWS_LWA_READINESS_CHECK_PATH: '/health',",
    "AWS_LWA_READINESS_CHECK_PROTOCOL: 'tcp',",
  ),
  lambdaImage(
    'the server may take longer to end than Lambda waits',
    "SERVICE_DRAIN_SECONDS: '1'",
    "SERVICE_DRAIN_SECONDS: '25'",
  ),
  serviceFunction(
    'there is no version to go back to',
    'RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE',
    'RemovalPolicy.DESTROY',
  ),
  lambdaImageOptions(
    'the function runs the image of tasks, without the adapter',
    "target: 'lambda' }",
    "target: 'service' }",
  ),
  lambdaImageOptions(
    'the service answers as another option',
    "lambdaServiceEnvironment('lambda-image', values",
    "lambdaServiceEnvironment('lambda', values",
  ),
  functionAlarms('a crash sounds no alarm', 'target.metricErrors', 'target.metricInvocations'),
  network(
    'the default security group keeps its rules',
    'restrictDefaultSecurityGroup: true',
    'restrictDefaultSecurityGroup: false',
  ),
  network('subnets give out public addresses', 'mapPublicIpOnLaunch: natGateways === 0', 'mapPublicIpOnLaunch: true'),
  network('flow logs leave rejected connections out', 'FlowLogTrafficType.ALL', 'FlowLogTrafficType.ACCEPT'),
  network('one NAT gateway serves all zones', '      natGateways,\n', '      natGateways: Math.min(natGateways, 1),\n'),
  ipv6('a new zone moves the IPv6 blocks of private subnets', 'mostZones + zone', 'vpc.publicSubnets.length + zone'),
  ipv6(
    'private subnets are reached from the internet',
    'egressOnlyInternetGatewayId = egressOnly.attrId',
    'gatewayId = vpc.internetGatewayId',
  ),
  network(
    'traffic to S3 goes through NAT',
    'gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } }',
    'gatewayEndpoints: {}',
  ),

  registry('images are not scanned', 'imageScanOnPush: true', 'imageScanOnPush: false'),
  registry('a tag can be pushed again', 'TagMutability.IMMUTABLE', 'TagMutability.MUTABLE'),
  registry(
    'untagged images stay for a year',
    "countUnit: 'days', countNumber: 1 }",
    "countUnit: 'days', countNumber: 365 }",
  ),
  registry('newer images expire what a service runs', "'sinceImagePulled'", "'sinceImagePushed'"),
  registry(
    'production images go with the stack',
    '      removalPolicy,\n    });\n    const resource',
    '      removalPolicy: "destroy" as RemovalPolicy,\n    });\n    const resource',
  ),
  images('the function writes every repository', 'this.grant(repository.repositoryArn, [', "this.grant('*', ["),
  images('a function that dies holds the deployment up', 'serviceTimeout: SERVICE_TIMEOUT,\n', ''),

  ec2(
    'instances answer SSH to all',
    'this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443));',
    'this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443));\n    this.securityGroup.addIngressRule(Peer.anyIpv4(), Port.tcp(22));',
  ),
  ec2('instances reach every port of the internet', 'allowAllOutbound: false', 'allowAllOutbound: true'),
  ec2(
    'targets are deregistered after five minutes',
    'deregistrationDelay: Duration.seconds(20)',
    'deregistrationDelay: Duration.seconds(300)',
  ),
  ec2('an unhealthy target is found late', 'unhealthyThresholdCount: 3', 'unhealthyThresholdCount: 10'),
  ec2('the probe asks for another path', "path: '/health'", "path: '/'"),
  ec2('one unhealthy target sounds no alarm', '      threshold: 1,', '      threshold: 2,'),
  ec2(
    'production instances have public addresses',
    'associatePublicIpAddress: !outOfReach',
    'associatePublicIpAddress: true',
  ),
  machine('containers may reach the metadata service', 'httpPutResponseHopLimit: 1', 'httpPutResponseHopLimit: 2'),
  machine('volumes are not encrypted', 'encrypted: true', 'encrypted: false'),
  singleInstance('an instance takes IMDSv1', 'HttpTokens.REQUIRED', 'HttpTokens.OPTIONAL'),
  singleInstance(
    'an impaired host is not left',
    'new Ec2Action(Ec2InstanceAction.RECOVER)',
    'new Ec2Action(Ec2InstanceAction.STOP)',
  ),
  singleInstance('the alarm on CPU comes too late', 'threshold: 80', 'threshold: 99'),
  serviceAlarms('the alarm on memory comes too late', 'threshold: 90', 'threshold: 99'),
  singleInstance(
    'a new image does not replace the instance',
    'userDataCausesReplacement: true',
    'userDataCausesReplacement: false',
  ),
  ec2Group(
    'instances of the group take IMDSv1',
    'LaunchTemplateHttpTokens.REQUIRED',
    'LaunchTemplateHttpTokens.OPTIONAL',
  ),
  ec2Group('Spot is bought where it is interrupted most', 'PRICE_CAPACITY_OPTIMIZED', 'LOWEST_PRICE'),
  ec2Group('a group without data sounds no alarm', 'TreatMissingData.BREACHING', 'TreatMissingData.NOT_BREACHING'),
  ec2Group('an update ends all instances at once', 'minInstancesInService: instances', 'minInstancesInService: 0'),
  ec2Group(
    'the group waits for one healthy instance of several',
    'Signals.waitForAll({ timeout: readyWithin })',
    'Signals.waitForCount(1, { timeout: readyWithin })',
  ),
  ec2Group(
    'a single Spot instance is replaced on a recommendation',
    'capacityRebalance: spot && behindLoadBalancer',
    'capacityRebalance: spot',
  ),
  ec2Role(
    'an instance reads every asset',
    'bundle.bucket.arnForObjects(bundle.s3ObjectKey)',
    "bundle.bucket.arnForObjects('*')",
  ),
  ec2Role(
    'an instance writes metrics of any namespace',
    "          conditions: { StringEquals: { 'cloudwatch:namespace': namespace } },\n",
    '',
  ),
  serviceInit('the service can ask for credentials', 'IPAddressDeny=169.254.169.254 fd00:ec2::254\n', ''),

  alarms('the end of an alarm is not reported', '    alarm.addOkAction(new SnsAction(this.topic));\n', ''),
  alarms('an alarm notifies no topic', '    alarm.addAlarmAction(new SnsAction(this.topic));\n', ''),
  alarms(
    'a service without requests sounds alarms',
    'treatMissingData: TreatMissingData.NOT_BREACHING, ...props',
    'treatMissingData: TreatMissingData.BREACHING, ...props',
  ),
  alarms('alarms may travel unencrypted', '{ enforceSSL: true }', '{ enforceSSL: false }'),
  alarms('other accounts publish alarms', "'cloudwatch.amazonaws.com', { conditions }", "'cloudwatch.amazonaws.com'"),
  accessLogs(
    'access logs are public',
    '      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,\n',
    '      blockPublicAccess: BlockPublicAccess.BLOCK_ACLS_ONLY,\n',
  ),
  accessLogs('access logs may travel unencrypted', 'enforceSSL: true', 'enforceSSL: false'),
  accessLogs('access logs stay for ten years', 'Duration.days(retention)', 'Duration.days(3_650)'),
  accessLogs('load balancers write anywhere in the bucket', 'AWSLogs/${Stack.of(this).account}/*', '*'),
  balancer('the load balancer takes old TLS', 'SslPolicy.TLS13_12_PQ', 'SslPolicy.LEGACY'),
  balancer(
    'HTTP is redirected to HTTP',
    "ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true })",
    "ListenerAction.redirect({ protocol: 'HTTP', port: '443', permanent: true })",
  ),
  balancer(
    'every address reaches the load balancer',
    'addIngressRule(peerOf(cidr), Port.tcp(80))',
    "addIngressRule(peerOf('0.0.0.0/0'), Port.tcp(80))",
  ),
  balancer(
    'a listener opens itself to all',
    'protocol: ApplicationProtocol.HTTP,\n      open: false',
    'protocol: ApplicationProtocol.HTTP,\n      open: true',
  ),
  publicLoadBalancer(
    'who is allowed over IPv6 finds no address',
    'isDualStack ? IpAddressType.DUAL_STACK : IpAddressType.IPV4',
    'IpAddressType.IPV4',
  ),
  publicLoadBalancer(
    'the network may lose the IPv6 block of a load balancer',
    '    if (isDualStack) holdIpv6Block(this, vpc);\n',
    '',
  ),
  balancer('the load balancer reaches all', 'allowAllOutbound: false', 'allowAllOutbound: true'),
  balancer('invalid headers pass', 'dropInvalidHeaderFields: true', 'dropInvalidHeaderFields: false'),
  sessionManager(
    'instances read all parameters',
    "            'ssm:UpdateInstanceInformation',",
    "            'ssm:UpdateInstanceInformation',\n            'ssm:GetParameters',",
  ),
  settings('logs are kept for ten years', 'retention: values.logs.retentionDays', 'retention: 3653'),
  settings(
    'production data goes with its stack',
    "preset === 'production' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE",
    "preset === 'production' ? RemovalPolicy.DESTROY",
  ),
  serviceFunction('functions send no traces', 'Tracing.ACTIVE', 'Tracing.DISABLED'),

  customResourceLogs(
    'functions of users lose their rights',
    'node instanceof LambdaFunction && marks.includes(FUNCTION_OF_CDK)',
    'node instanceof LambdaFunction',
  ),
  customResourceLogs(
    'functions of CDK make log groups',
    "    role.addPropertyDeletionOverride('ManagedPolicyArns');\n",
    '',
  ),
  customResourceLogs('logs of functions of CDK stay', 'logGroup.applyRemovalPolicy(removalPolicy);', ''),

  task('the container runs as root', "user: '1000:1000'", "user: '0:0'"),
  task('the container keeps its capabilities', '    parameters.dropCapabilities(Capability.ALL);\n', ''),
  task(
    'the root file system is writable',
    'readonlyRootFilesystem: execLogs === undefined',
    'readonlyRootFilesystem: false',
  ),
  task(
    'a target drains for longer than its task lives',
    'DEREGISTRATION_DELAY = Duration.seconds(20)',
    'DEREGISTRATION_DELAY = Duration.seconds(300)',
  ),
  task(
    'a task is killed before it has drained',
    'STOP_TIMEOUT = Duration.seconds(60)',
    'STOP_TIMEOUT = Duration.seconds(20)',
  ),
  task('a hung container is found late', 'retries: 3', 'retries: 10'),
  task(
    'a full log stops the service',
    'mode: AwsLogDriverMode.NON_BLOCKING,\n        maxBufferSize: Size.mebibytes(4),',
    'mode: AwsLogDriverMode.BLOCKING,',
  ),
  scaling('tasks are added too late', 'targetUtilizationPercent: 60', 'targetUtilizationPercent: 90'),
  traffic('no task at all sounds no alarm', 'TreatMissingData.BREACHING', 'TreatMissingData.NOT_BREACHING'),
  traffic('an unhealthy task is found late', 'unhealthyThresholdCount: 3', 'unhealthyThresholdCount: 10'),
  traffic('the probe of tasks asks for another path', "path: '/health'", "path: '/'"),
  traffic(
    'hundreds of errors sound no alarm',
    'usingMetrics: { errors, requests }, period: MINUTE }),\n      threshold: 5',
    'usingMetrics: { errors, requests }, period: MINUTE }),\n      threshold: 50',
  ),
  traffic(
    'slow answers sound no alarm',
    "statistic: 'p99', period: MINUTE }),\n        threshold: 5",
    "statistic: 'p99', period: MINUTE }),\n        threshold: 50",
  ),
  deployment(
    'a deployment that fails stays',
    'circuitBreaker: { rollback: true }',
    'circuitBreaker: { rollback: false }',
  ),
  deployment('an alarm does not roll back', 'AlarmBehavior.ROLLBACK_ON_ALARM', 'AlarmBehavior.FAIL_ON_ALARM'),
  monitoring(
    'the alarm on memory of tasks comes too late',
    'metric: memory,\n      threshold: 85',
    'metric: memory,\n      threshold: 99',
  ),
  failedTasks('tasks that fail sound no alarm', 'threshold: 3', 'threshold: 30'),
  fargate('ECS Exec is always on', 'enableExecuteCommand: props.exec', 'enableExecuteCommand: true'),
  fargate(
    'tasks reach every port of the internet',
    'securityGroup.addEgressRule(peer, Port.tcp(443));',
    'securityGroup.addEgressRule(peer, Port.allTcp());',
  ),
  fargate('tasks have public addresses beside NAT', 'assignPublicIp: inPublic', 'assignPublicIp: true'),
  fargate('every task may be Spot', 'base: props.onDemandTasks', 'base: 0'),
  ecsOnEc2(
    'half of the tasks go during a deployment',
    '      ...deployment,\n',
    '      ...deployment,\n      minHealthyPercent: 50,\n',
  ),
  ecsOnEc2('instances end without draining', 'enableManagedDraining: true', 'enableManagedDraining: false'),
  ecsOnEc2(
    'no instance may leave',
    'enableManagedTerminationProtection: false',
    'enableManagedTerminationProtection: true',
  ),
  ecsOnEc2('tasks that wait sound no alarm', 'threshold: 101', 'threshold: 201'),
  ecsOnEc2(
    'the load balancer reaches every port of instances',
    'Port.tcpRange(32_768, 65_535)',
    'Port.tcpRange(1, 65_535)',
  ),
  ecsGroup(
    'an interrupted Spot instance does not drain',
    'ECS_ENABLE_SPOT_INSTANCE_DRAINING=true',
    'ECS_ENABLE_SPOT_INSTANCE_DRAINING=false',
  ),
  ecsGroup(
    'instances of the cluster take IMDSv1',
    'LaunchTemplateHttpTokens.REQUIRED',
    'LaunchTemplateHttpTokens.OPTIONAL',
  ),
  ecsGroup('tasks get the credentials of their instance', 'httpPutResponseHopLimit: 1', 'httpPutResponseHopLimit: 2'),
  ecsGroup('volumes of the cluster are not encrypted', 'encrypted: true', 'encrypted: false'),
  ecsGroup(
    'Spot is not left before it is interrupted',
    'capacityRebalance: spotPercent > 0',
    'capacityRebalance: false',
  ),
  ecsGroup('half of the instances go at once for a new image', 'minHealthyPercentage: 100', 'minHealthyPercentage: 50'),
  ecsRole(
    'instances act on every cluster',
    "          conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },\n",
    '',
  ),

  serviceUrl('function URLs are open to all', "auth === 'none' ? 'NONE' : 'AWS_IAM'", "'NONE'"),
  serviceUrl('function URLs answer every address', 'allowedCidrs === undefined', 'true'),
  serviceUrl('a version that fails is not called off', 'threshold: ERROR_PERCENT', 'threshold: 100'),
  serviceFunction(
    'there is no version to roll back to',
    'RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE',
    'RemovalPolicy.DESTROY',
  ),
  serviceFunction(
    'a failed deployment is in the way of the next',
    'RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE',
    'RemovalPolicy.RETAIN',
  ),
  lambda('a new version that fails is not called off', 'alarms: [failing]', 'alarms: []'),
  functionAlarms(
    'errors sound no alarm',
    'metric: target.metricErrors({ period }),\n    threshold: 1',
    'metric: target.metricErrors({ period }),\n    threshold: 100',
  ),
  functionAlarms('a timeout comes without a warning', 'timeout.toMilliseconds() * 0.8', 'timeout.toMilliseconds() * 2'),
  keepWarm('the schedule may invoke every function', 'resources: [alias.functionArn]', "resources: ['*']"),
  pipeline('dead letters go after a day', 'retentionPeriod: Duration.days(14)', 'retentionPeriod: Duration.days(1)'),
  pipeline('an upload is tried once', 'MAX_TRIES = 5', 'MAX_TRIES = 1'),
  pipeline('an upload is handled twice at once', 'Duration.seconds(6 * timeout.toSeconds())', 'timeout'),
  pipeline('one bad upload fails the batch', 'reportBatchItemFailures: true', 'reportBatchItemFailures: false'),
  pipeline('uploads have no versions', 'versioned: true', 'versioned: false'),
  pipeline(
    'deleted pictures stay for ten years',
    'noncurrentVersionExpiration: Duration.days(30)',
    'noncurrentVersionExpiration: Duration.days(3_650)',
  ),
  pipeline('pictures are public', 'BlockPublicAccess.BLOCK_ALL', 'BlockPublicAccess.BLOCK_ACLS_ONLY'),
  pipeline(
    'buckets of other accounts fill the queue',
    "          StringEquals: { 'aws:SourceAccount': account },\n",
    '',
  ),
  pipeline(
    'the queue invokes code and settings that change in two steps',
    'target: this.live',
    'target: this.function',
  ),
  pipeline(
    'the function reads every object',
    'this.bucket.arnForObjects(`${UPLOADS}*`)',
    "this.bucket.arnForObjects('*')",
  ),
  pipeline(
    'dead letters sound no alarm',
    "threshold: 1,\n      evaluationPeriods: 1,\n      alarmDescription:\n        'An upload",
    "threshold: 100,\n      evaluationPeriods: 1,\n      alarmDescription:\n        'An upload",
  ),
  frameworks('function URLs of frameworks are open to all', '...props.access', "...props.access, auth: 'none'"),
  frameworks('errors of frameworks sound no alarm', 'threshold: 1', 'threshold: 100'),

  beanstalkMonitoring('degraded health sounds no alarm', 'threshold: 20', 'threshold: 25'),
  beanstalkMonitoring('errors of the environment sound no alarm', 'threshold: 5,', 'threshold: 500,'),
  environment(
    'a deployment begins while the environment is busy',
    'construct?.node.addDependency(isReady);',
    'construct?.node.addDependency();',
  ),
  beanstalk('the probe of the environment asks for another path', "healthCheckPath: '/health'", "healthCheckPath: '/'"),
  optionSettings(
    'targets of the environment drain for five minutes',
    "DeregistrationDelay: '20'",
    "DeregistrationDelay: '300'",
  ),
  optionSettings(
    'an unhealthy target of the environment is found late',
    "UnhealthyThresholdCount: '3'",
    "UnhealthyThresholdCount: '10'",
  ),
  optionSettings('instances of the environment take IMDSv1', "DisableIMDSv1: 'true'", "DisableIMDSv1: 'false'"),
  optionSettings('logs are not streamed', "StreamLogs: 'true'", "StreamLogs: 'false'"),
  optionSettings(
    'a security group is open to all',
    "DisableDefaultEC2SecurityGroup: 'true'",
    "DisableDefaultEC2SecurityGroup: 'false'",
  ),
  optionSettings('the environment takes old TLS', 'SslPolicy.TLS13_12_RES_PQ', 'SslPolicy.LEGACY'),
  optionSettings(
    'configurations change without a look at health',
    "RollingUpdateType: 'Health'",
    "RollingUpdateType: 'Time'",
  ),
  environment(
    'instances of the environment reach every port',
    'this.instances.addEgressRule(Peer.anyIpv4(), Port.tcp(443))',
    'this.instances.addEgressRule(Peer.anyIpv4(), Port.allTcp())',
  ),
  publicLoadBalancer(
    'another web ACL takes the place of one, and goes with it',
    'CfnDeletionPolicy.RETAIN',
    'undefined',
  ),
  beanstalkLoadBalancer(
    'another web ACL of the environment takes the place of one, and goes with it',
    'updateReplacePolicy = CfnDeletionPolicy.RETAIN',
    'updateReplacePolicy = CfnDeletionPolicy.DELETE',
  ),
  beanstalkLoadBalancer(
    'a name leads to a load balancer before its web ACL is there',
    'if (this.association) record',
    'if (!this.association) record',
  ),
  beanstalk('the web ACL of the environment sees nothing', 'webAclArn: access.webAclArn,', 'webAclArn: undefined,'),
  ecsWait('an instance joins before its cluster has a capacity provider', '&& break', '; break'),
  ecsRole('an instance may not ask for the capacity provider', "          'ecs:DescribeClusters',", '         '),
  application('source bundles may travel unencrypted', 'enforceSSL: true', 'enforceSSL: false'),
  application(
    'anyone with the id of a role takes the service role',
    "'sts:ExternalId': 'elasticbeanstalk'",
    "'sts:ExternalId': '*'",
  ),

  webFunction(
    'anyone may call a revision that was not asked yet',
    'authType: WebFunctionAuthType.IAM_AUTH,\n      maxEnvironments: 2',
    'authType: WebFunctionAuthType.APPLICATION_MANAGED,\n      maxEnvironments: 2',
  ),
  webFunction(
    'callers meet a revision before it has answered',
    'service.endpoint.node.addDependency(',
    'this.node.addDependency(',
  ),
  webFunction('a Web Function that is for IAM is public', 'props.isPublic ?', 'props.timeout !== undefined ?'),
  webFunction(
    'the local log of a Web Function is kept without end',
    '{ ...logs, logGroupName: `${logGroup.logGroupName}.local` }',
    '{ logGroupName: `${logGroup.logGroupName}.local` }',
  ),
  webFunction(
    'a replaced revision goes, and with it the way back',
    'updateReplacePolicy = CfnDeletionPolicy.RETAIN',
    'updateReplacePolicy = CfnDeletionPolicy.DELETE',
  ),
  webFunction('a Web Function has no bound of environments', 'maxEnvironments: props.maxEnvironments, ', ''),
  webFunction('names of Web Functions collide over regions', '${this.stackName}-${this.region}', '${this.stackName}'),
  codeBucket('code may travel unencrypted', 'enforceSSL: true', 'enforceSSL: false'),
  codeBucket('the bucket of code stays when its stack goes', 'autoDeleteObjects: true', 'autoDeleteObjects: false'),
  managedCapacity(
    'roles go before the last managed instance has ended',
    'provider.node.addDependency(infrastructureRole, instanceRole, cluster);',
    '',
  ),
  managedCapacity('no task of ManagedInstances is kept on demand', 'base: onDemandTasks,', 'base: 0,'),
  managedCapacity(
    'managed instances may be bare metal',
    'bareMetal: BareMetal.EXCLUDED',
    'bareMetal: BareMetal.INCLUDED',
  ),
  managedCapacity(
    'managed instances of other processors than the image',
    "architecture === 'arm64' ? [CpuManufacturer.AWS]",
    "architecture === 'x86' ? [CpuManufacturer.AWS]",
  ),
  managedCapacity(
    'managed instances carry no tags',
    'PropagateManagedInstancesTags.CAPACITY_PROVIDER',
    'PropagateManagedInstancesTags.NONE',
  ),

  github(
    'any branch may deploy from GitHub',
    'this.tokens(provider, `environment:${environment}`, { [`${ISSUER}:ref`]: `refs/heads/${branch}` })',
    'this.tokens(provider, `environment:${environment}`)',
  ),
  budget('a budget that is spent by credits unseen', 'includeCredit: false, ', ''),
  budget('a budget of a day, of which AWS has none for costs', "timeUnit: 'MONTHLY'", "timeUnit: 'DAILY'"),
  budget('a budget that waits for the end of the month', "{ notificationType: 'ACTUAL', threshold: 50 },\n", ''),
  github('any job of the repository may deploy', '`environment:${environment}`, {', "'*', {"),
  github('subjects of GitHub are patterns', 'StringEquals: {', 'StringLike: {'),
  github('tokens of GitHub for anyone', '[`${ISSUER}:aud`]: AUDIENCE,', ''),
  github(
    "GitHub gets CloudFormation's own role",
    "'image-publishing', 'lookup']",
    "'image-publishing', 'lookup', 'cfn-exec']",
  ),
  github('pull requests may deploy', "this.assumption(['lookup'])", 'this.assumption(DEPLOYMENT)'),
  github(
    'GitHub may assume roles of any region',
    '`cdk-${qualifier}-${kind}-role-${this.account}-${region}`',
    '`cdk-${qualifier}-${kind}-role-${this.account}-*`',
  ),
  github('GitHub may change stacks of any name', 'resourceName: `${name}-*/*`', "resourceName: '*'"),

  sandboxState(
    'the sandbox ends programs of others',
    '(group === leader && `${folder} ${command}`.includes(root))',
    '(group === leader)',
  ),
  sandboxState('the sandbox leaves what has left its group', 'own.has(group) || ', ''),
  sandboxServer(
    'any page sends pictures to the sandbox',
    "if (method !== 'GET' && isForeign)",
    "if (method === 'PUT' && isForeign)",
  ),
  sandboxServer(
    'the sandbox answers under any name',
    "if (!hosts.includes(headers.host ?? ''))",
    "if (!hosts.includes(headers.host ?? '') && port === 0)",
  ),
  sandboxServer('the sandbox takes a picture of any size', 'if (length > MAX_BODY_BYTES)\n', 'if (length > 1e12)\n'),
  sandboxWords('a full disk is not named by the sandbox', "code !== 'ENOSPC'", "code !== 'ENOENT'"),
  sandboxStarts(
    'an option that never starts keeps the others waiting',
    "signal.addEventListener('abort', () => reject",
    "signal.addEventListener('abort', () => false && reject",
  ),
];
