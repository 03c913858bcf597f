import { OPTIONS, readConfig as read } from '../../lib/app';
import { defaultOf, type Option } from '../../lib/options/kinds';
import { PRESETS } from '../../tools/variants';
import { problems } from '../synthesis';

const WEB_ACL = 'arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/site/01234567-89ab-cdef-0123-456789abcdef';

const readConfig = (options: Record<string, unknown>) => read(options).values;

test('all that is wrong is said at once: unknown options, wrong values, and what right values contradict', () => {
  expect(
    problems({ 'ec2.pln': 'spot', 'lambda.memoryMiB': 64, 'lambda.pipelineMaxMiB': 100, 'fargate.tasks': 9 }),
  ).toEqual([
    expect.stringContaining('ec2.pln = "spot": no such option'),
    expect.stringContaining('lambda.memoryMiB = 64: allowed is'),
    // Nothing of lambda.pipelineMaxMiB, which only the default in place of the wrong value would contradict.
    expect.stringContaining('fargate.maxTasks = 4, fargate.tasks = 9, '),
  ]);
});

test('with nothing set, everything has the default of the sandbox', () => {
  const config = readConfig({});
  expect(config).toMatchObject({
    name: 'compute',
    preset: 'sandbox',
    network: { zones: 2, natGateways: 0, flowLogs: false },
    ec2: { instanceType: 't4g.micro', instances: 1, plan: 'on-demand' },
    lambda: { memoryMiB: 1024, timeoutSeconds: 15, provisionedConcurrency: 0, urlAuth: 'none' },
  });
});

test('production differs where it says so', () => {
  expect(readConfig(PRESETS.production)).toMatchObject({
    network: { natGateways: 2, flowLogs: true },
    ec2: { instances: 2, detailedMonitoring: true },
    access: { logs: true },
    logs: { retentionDays: 90 },
  });
});

test('a default that follows another option follows it', () => {
  expect(readConfig({ 'lambda.provisionedConcurrency': 3 }).lambda.nightProvisionedConcurrency).toBe(3);
  expect(readConfig({ ...PRESETS.production, 'network.zones': 3 }).network.natGateways).toBe(3);
});

test.each([
  ['lambda.memoryMiB', '512', 512],
  ['lambda.memoryMiB', ' 512 ', 512],
  ['lambda.memoryMiB', 512, 512],
  ['network.flowLogs', 'true', true],
  ['network.flowLogs', false, false],
  ['ec2.plan', 'spot', 'spot'],
  ['access.allowedCidr', '198.51.100.7/32, 203.0.113.0/24', ['198.51.100.7/32', '203.0.113.0/24']],
  ['access.allowedCidr', ['198.51.100.7/32'], ['198.51.100.7/32']],
  ['access.allowedCidr', '0.0.0.0/0, ::/0', ['0.0.0.0/0', '::/0']],
  ['lambda.pipelineWidths', '640, 320', [640, 320]],
  ['lambda.pipelineWidths', '640', [640]],
  ['lambda.pipelineWidths', 640, [640]],
  ['lambda.pipelineWidths', [640, '320'], [640, 320]],
])('%s is read from %p as %p, from the command line and from cdk.json alike', (name, given, expected) => {
  const [namespace = '', key = ''] = name.split('.');
  expect(readConfig({ [name]: given })).toHaveProperty([namespace, key], expected);
});

test.each([
  ['lambda.timeoutSeconds', 900],
  ['lambda.timeoutSeconds', 1],
  ['lambda.memoryMiB', 128],
  ['lambda.memoryMiB', 10_240],
  ['lambda.ephemeralMiB', 512],
  ['lambda.ephemeralMiB', 10_240],
  ['lambda.pipelineConcurrency', 2],
  ['lambda.pipelineConcurrency', 1_000],
  ['lambda.pipelineTimeoutSeconds', 900],
  ['lambda.pipelineWidths', [16, 2_048]],
])('the limit itself is allowed: %s = %i', (name, value) => {
  expect(problems({ [name]: value })).toEqual([]);
});

test.each([
  ['lambda.timeoutSeconds', 901, '1 to 900'],
  ['lambda.timeoutSeconds', 0, '1 to 900'],
  ['lambda.memoryMiB', 127, '128 to 10,240'],
  ['lambda.memoryMiB', '10241', '128 to 10,240'],
  ['lambda.memoryMiB', '1e3', '128 to 10,240'],
  ['lambda.memoryMiB', 512.5, 'a whole number'],
  ['lambda.memoryMiB', '', 'a whole number'],
  ['lambda.memoryMiB', true, 'a whole number'],
  ['lambda.memoryMiB', null, 'a whole number'],
  ['lambda.ephemeralMiB', 511, '512 to 10,240'],
  ['lambda.ephemeralMiB', 10_241, '512 to 10,240'],
  ['lambda.pipelineConcurrency', 1, '2 to 1,000'],
  ['lambda.pipelineConcurrency', 1_001, '2 to 1,000'],
  ['lambda.pipelineTimeoutSeconds', 901, '1 to 900'],
  ['lambda.pipelineMemoryMiB', 511, '512 to 10,240'],
  ['lambda.pipelineWidths', '15', '16 to 2,048'],
  ['lambda.pipelineWidths', '320,2049', '16 to 2,048'],
  ['lambda.pipelineWidths', '320,320', 'different'],
  ['lambda.pipelineWidths', '100,200,300,400,500,600', '1 to 5'],
  ['lambda.pipelineWidths', '320;640', 'separated by commas'],
  ['lambda.pipelineWidths', [], '1 to 5'],
  ['network.flowLogs', 'yes', 'true or false'],
  ['ec2.plan', 'reserved', 'one of on-demand, spot'],
  ['ec2.plan', ['spot'], 'one of on-demand, spot'],
  ['logs.retentionDays', 8, 'one of 1, 3, 5, 7, 14'],
  ['access.allowedCidr', '198.51.100.7', 'IPv4 blocks'],
  ['access.allowedCidr', '256.1.1.1/32', 'IPv4 blocks'],
  ['access.allowedCidr', '', 'IPv4 blocks'],
  ['access.allowedCidr', '10.0.0.0/8,2001:DB8::1/32', 'did you mean 10.0.0.0/8,2001:db8::/32?'],
  ['access.allowedCidr', '::/0', 'give the IPv4 blocks of the same callers too; allowed is'],
  ['access.allowedCidr', '198.51.100.7/32,::/0', 'give 0.0.0.0/0 and ::/0, or neither; allowed is'],
  ['access.allowedCidr', '0.0.0.0/0,2001:db8::/32', 'give 0.0.0.0/0 and ::/0, or neither; allowed is'],
  ['network.cidr', '10.0.0.0/28', '/16 to /24'],
  // Each would be another network than it says, the last two another owner's.
  [
    'network.cidr',
    '10.0.0.5/16',
    'from its first address on, /16 to /24, such as 10.0.0.0/16; did you mean 10.0.0.0/16?',
  ],
  ['network.cidr', '172.32.0.0/16', 'a private IPv4 block'],
  ['network.cidr', '192.0.2.0/24', 'a private IPv4 block'],
  ['network.flowLogs', ['true'], 'true or false'],
  ['access.allowedCidr', '10.0.0.1/8, 198.51.100.7/32', 'did you mean 10.0.0.0/8,198.51.100.7/32?'],
  ['access.allowedCidr', Array.from({ length: 31 }, (_, i) => `198.51.100.${i}/32`), '30 at most'],
  ['ec2.instanceType', 't4g.mirco', 'an EC2 instance type'],
  ['name', '1compute', 'a letter first'],
  ['name', '', 'a letter first'],
  ['alarms.email', 'nobody', 'one e-mail address'],
  ['ec2.instanceType', 'large', 'an EC2 instance type'],
  ['ec2.instanceType', 'a1.large', 'does not run on it'],
  ['ec2.instanceType', 'mac2.metal', 'does not run on it'],
  ['beanstalk.instanceTypes', 'mac2.metal', 'Amazon Linux 2023 does not run on it'],
  ['beanstalk.instanceTypes', 't4g.nano', 'its memory of 512 MiB is too small'],
  ['beanstalk.instanceTypes', 'c7g.metal', 'it boots longer than the deployment waits'],
  ['schedule.night', '07:00-07:00 Etc/UTC', 'begins when it ends'],
  ['schedule.night', '23:00-07:00 Mars/Olympus', 'there is no time zone Mars/Olympus'],
])('%s = %p is refused, with the value and what is allowed', (name, value, allowed) => {
  const [line = '', ...more] = problems({ [name]: value });
  expect(more).toEqual([]);
  expect(line).toContain(`${name} = ${JSON.stringify(value)}`);
  expect(line).toContain(allowed);
});

test.each([
  ['ec2.instancetype', 'ec2.instanceType'],
  ['lambda.memory', 'lambda.memoryMiB'],
  ['ec2.pan', 'ec2.plan'],
  ['prest', 'preset'],
  ['Name', 'name'],
  ['EC2.PLAN', 'ec2.plan'],
  ['ec2.plan ', 'ec2.plan'],
  ['ec2-plan', 'ec2.plan'],
  ['ec2/plan', 'ec2.plan'],
  ['ec2.instance-type', 'ec2.instanceType'],
  ['lambda-memoryMiB', 'lambda.memoryMiB'],
  ['lambda.timeout', 'lambda.timeoutSeconds'],
  ['network.nat', 'network.natGateways'],
  ['access.cidr', 'access.allowedCidr'],
  ['fargate.max', 'fargate.maxTasks'],
])('an unknown option %s is refused, and %s suggested', (slip, meant) => {
  expect(problems({ [slip]: 'x' })).toEqual([`${slip} = "x": no such option; did you mean ${meant}?`]);
});

test('an unknown option that is near to nothing is refused without a guess', () => {
  expect(problems({ 'lambda.wibbleWobble': 1 })).toEqual(['lambda.wibbleWobble = 1: no such option']);
});

test.each([
  ['preset', 'prodution', 'production'],
  ['preset', 'prod', 'production'],
  ['ec2.plan', 'SPOT', 'spot'],
  ['ec2.plan', 'ondemand', 'on-demand'],
  ['beanstalk.deployment', 'additional-batch', 'rolling-with-additional-batch'],
])('%s = %s is answered with %s, which was meant', (name, slip, meant) => {
  expect(problems({ [name]: slip })[0]).toContain(`; did you mean ${meant}?`);
});

test('a block that is given twice is one', () => {
  expect(readConfig({ 'access.allowedCidr': '198.51.100.7/32,10.0.0.0/8,198.51.100.7/32' }).access.allowedCidr).toEqual(
    ['198.51.100.7/32', '10.0.0.0/8'],
  );
});

test("CDK's own context is passed over", () => {
  expect(
    problems({
      '@aws-cdk/core:stackRelativeExports': true,
      'aws:cdk:bundling-stacks': [],
      'availability-zones:account=1:region=x': [],
      'cli-telemetry': false,
      'acknowledged-issue-numbers': [1],
    }),
  ).toEqual([]);
});

test('all that is wrong is said at once, and how to see what is right', () => {
  const options = { 'lambda.memoryMiB': 64, 'ec2.pln': 'spot', 'ec2.plan': 'spt', preset: 'sandbx' };
  expect(problems(options)).toHaveLength(4);
  expect(() => readConfig(options)).toThrow(
    /^4 options are wrong; nothing was written\.\n( {2}- .*\n){4}.*npm run options$/,
  );
});

test.each([
  [{ 'network.natGateways': 3 }, 'at most one NAT gateway a zone'],
  [{ preset: 'production' }, 'HTTPS is required; set access.certificateArn'],
  [{ ...PRESETS.production, 'network.natGateways': 0 }, 'production runs in private subnets'],
  [{ ...PRESETS.production, 'network.zones': 1 }, 'two or more of everything'],
  [{ ...PRESETS.production, 'ec2.instances': 1 }, 'two or more of everything'],
  [{ region: 'eu-central-2' }, 'region = eu-central-2: Lambda has no function URLs there; choose another region'],
  [{ region: 'cn-north-1' }, 'Lambda has no function URLs there'],
  [{ region: 'us-gov-west-1' }, 'Lambda has no function URLs there'],
  [{ region: 'ap-east-1' }, 'region = ap-east-1: Lambda has no Web Functions there; choose another region'],
  [{ region: 'cn-northwest-1' }, 'Lambda has no Web Functions there'],
  [{ region: 'us-gov-west-1' }, 'Lambda has no Web Functions there'],
  [
    { region: 'cn-north-1' },
    'fargate.spotPercent = 50, task.architecture = arm64 and region = cn-north-1: Fargate Spot has no Graviton there; set fargate.spotPercent to 0, or task.architecture to x64',
  ],
  [{ region: 'ap-east-2' }, 'region = ap-east-2: Elastic Beanstalk is not offered there; choose another region'],
  [{ region: 'mx-central-1' }, 'Elastic Beanstalk is not offered there'],
  [
    { region: 'ca-west-1', 'registry.build': 'codebuild' },
    'registry.build = codebuild and region = ca-west-1: CodeBuild is not offered there; set registry.build to local',
  ],
  [{ 'access.domainName': 'example.com' }, 'set access.hostedZoneId too'],
  [{ 'access.hostedZoneId': 'Z0123456789' }, 'set access.domainName too'],
  [
    { 'lambda.provisionedConcurrency': 5, 'lambda.reservedConcurrency': 4 },
    'what is provisioned is of what is reserved; set lambda.reservedConcurrency to 5 or more',
  ],
  [{ 'lambda.nightProvisionedConcurrency': 1, 'schedule.night': 'none' }, 'without a night it is never used'],
  [{ 'task.memoryMiB': 1536 }, 'Fargate has 512, 1024 or 2048 MiB'],
  [{ 'ec2.volumeIops': 4001 }, 'ec2.volumeType = gp3: that type gives at most 500 IOPS a GiB'],
  [{ ...PRESETS.production, 'beanstalk.type': 'single' }, 'two or more of everything; load-balanced'],
  [{ ...PRESETS.production, 'beanstalk.minInstances': 1 }, 'two or more of everything'],
  [{ 'beanstalk.minInstances': 3 }, 'the maximum is below the minimum'],
  [
    { ...PRESETS.production, preset: 'sandbox', 'beanstalk.type': 'single' },
    'HTTPS ends at the load balancer; set load-balanced',
  ],
  [
    { 'beanstalk.type': 'single', 'access.webAclArn': WEB_ACL },
    'a web ACL sees the requests of a load balancer; set load-balanced, or leave access.webAclArn out',
  ],
  [
    { 'ec2.instances': 1, 'access.webAclArn': WEB_ACL },
    'a web ACL sees the requests of a load balancer; set ec2.instances to 2 or more, or leave access.webAclArn out',
  ],
  [
    { region: 'eu-west-1', 'access.webAclArn': WEB_ACL },
    `access.webAclArn = "${WEB_ACL}" and region = eu-west-1: that is in eu-central-1; name one in eu-west-1`,
  ],
  [
    { 'beanstalk.type': 'single', 'beanstalk.deployment': 'rolling' },
    'a single instance has all-at-once and immutable',
  ],
  [{ 'beanstalk.type': 'single', 'beanstalk.plan': 'spot' }, 'AWS would take the only instance; set load-balanced'],
  [{ 'beanstalk.instanceTypes': 't4g.small,t3.small' }, 'both arm64 and x86-64'],
  [
    {
      'beanstalk.platform': 'go',
      'beanstalk.platformArn':
        'arn:aws:elasticbeanstalk:eu-central-1::platform/PHP 8.5 running on 64bit Amazon Linux 2023/4.13.7',
    },
    'that is a platform of PHP, and go is Go',
  ],
  [{ 'beanstalk.version': 'go-0123456789ab' }, 'that version is for go; set both alike'],
  [{ 'beanstalk.version': 'v1', 'beanstalk.bundle': 'app.zip' }, 'leave one of the two out'],
  [
    { 'beanstalk.version': 'node-x64-0123456789ab' },
    'beanstalk.version = node-x64-0123456789ab and beanstalk.instanceTypes = ["t4g.small"]: that version has native code for x64, and the instances are arm64; set both alike',
  ],
])('%p contradicts itself and is refused with both options named', (options, message) => {
  expect(problems(options).join('\n')).toContain(message);
});

test.each([{}, { 'lambda.urlAuth': 'none' }, { 'lambda.urlAuth': 'iam' }])(
  'a narrowed address with %p is no contradiction',
  (auth) => expect(problems({ 'access.allowedCidr': '198.51.100.7/32', ...auth })).toEqual([]),
);

test('every default is a value that its own option allows', () => {
  for (const [name, option] of Object.entries<Option<unknown>>(OPTIONS))
    for (const preset of ['sandbox', 'production'] as const) {
      const value = defaultOf(option, preset);
      if (value !== undefined && !(typeof value === 'object' && value !== null && 'sameAs' in value))
        expect([name, option.schema.safeParse(value).success]).toEqual([name, true]);
    }
});
