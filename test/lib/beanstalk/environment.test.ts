import { App, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { InstanceType, Port, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { branchOfArn, languageOf, PLATFORM_BRANCHES } from '../../../lambda/beanstalk/platforms';
import { BeanstalkApplication } from '../../../lib/beanstalk/application';
import { BeanstalkEnvironment } from '../../../lib/beanstalk/environment';
import type { BeanstalkEnvironmentProps } from '../../../lib/beanstalk/environment-props';
import { BeanstalkVersion } from '../../../lib/beanstalk/version';

/** The construct alone, as a copier has it, and what a copier adds to it. */
function environment(
  props: Partial<BeanstalkEnvironmentProps> = {},
  add: (environment: BeanstalkEnvironment, vpc: Vpc) => void = () => undefined,
): Template {
  const stack = new Stack(new App(), 'Stack');
  const vpc = new Vpc(stack, 'Vpc', { natGateways: 0 });
  const application = new BeanstalkApplication(stack, 'Application', {
    description: '',
    keepVersions: 3,
    removalPolicy: RemovalPolicy.RETAIN,
    logGroup: new LogGroup(stack, 'Logs'),
  });
  const made = new BeanstalkEnvironment(stack, 'Environment', {
    application,
    version: new BeanstalkVersion(stack, 'Version', { application, label: 'v1' }),
    platform: { branch: PLATFORM_BRANCHES.branches.ruby },
    description: '',
    vpc,
    traffic: { type: 'single' },
    allowedCidrs: ['10.0.0.0/8'],
    instanceTypes: [new InstanceType('t4g.small')],
    deployment: { policy: 'all-at-once' },
    variables: { GREETING: 'hello' },
    metrics: [],
    logs: { retentionDays: 7, removalPolicy: RemovalPolicy.DESTROY },
    notifications: new Topic(stack, 'Topic'),
    ...props,
  });
  add(made, vpc);
  return Template.fromStack(stack);
}

const bundle = (description: string) => ({ path: __filename, hash: 'a', description });
function version(props: { label?: string; bundle?: ReturnType<typeof bundle> }): BeanstalkVersion {
  const stack = new Stack(new App(), 'Stack');
  const application = new BeanstalkApplication(stack, 'Application', {
    description: '',
    keepVersions: 3,
    removalPolicy: RemovalPolicy.RETAIN,
    logGroup: new LogGroup(stack, 'Logs'),
  });
  return new BeanstalkVersion(stack, 'Version', { application, label: 'v1', ...props });
}

const settings = (of: Template): Record<string, unknown>[] =>
  Object.values(of.findResources('AWS::ElasticBeanstalk::Environment')).flatMap(
    (resource) => (resource as { Properties: { OptionSettings: Record<string, unknown>[] } }).Properties.OptionSettings,
  );

test('what it has no word for can be said all the same, once, and wins', () => {
  const additionalSettings = [
    { namespace: 'aws:autoscaling:launchconfiguration', optionName: 'RootVolumeSize', value: '64' },
    { namespace: 'aws:elasticbeanstalk:xray', optionName: 'XRayEnabled', value: 'true' },
  ];
  const all = settings(environment({ additionalSettings }));
  expect(all.filter(({ OptionName }) => OptionName === 'RootVolumeSize').map(({ Value }) => Value)).toEqual(['64']);
  expect(all.at(-1)).toEqual({ Namespace: 'aws:elasticbeanstalk:xray', OptionName: 'XRayEnabled', Value: 'true' });
});

test('the application’s variables are its environment properties', () => {
  expect(settings(environment())).toContainEqual({
    Namespace: 'aws:elasticbeanstalk:application:environment',
    OptionName: 'GREETING',
    Value: 'hello',
  });
});

test('instance types of two processors are refused', () => {
  const instanceTypes = [new InstanceType('t4g.small'), new InstanceType('t3.small')] as const;
  expect(() => environment({ instanceTypes })).toThrow(
    'Instance types t4g.small, t3.small: all have to be of one architecture, t3.small is not.',
  );
});

test.each([
  { policy: 'rolling', batch: 1 },
  { policy: 'rolling-with-additional-batch', batch: 1 },
  { policy: 'traffic-splitting', newVersionPercent: 10, evaluation: Duration.minutes(5) },
] as const)('a single instance with $policy is refused', (deployment) => {
  expect(() => environment({ deployment })).toThrow(
    `Deployment ${deployment.policy} needs instances behind a load balancer`,
  );
});

test('its instances are granted and connected as those of other constructs are', () => {
  const of = environment({}, (made, vpc) => {
    const scope = Stack.of(made);
    new Topic(scope, 'Orders').grantPublish(made);
    const database = new SecurityGroup(scope, 'Database', { vpc });
    database.connections.allowFrom(made, Port.tcp(5432));
  });
  of.hasResourceProperties('AWS::IAM::Policy', {
    Roles: [{ Ref: Match.stringLikeRegexp('^EnvironmentInstanceRole') }],
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Action: 'sns:Publish', Resource: { Ref: Match.stringLikeRegexp('^Orders') } }),
      ]),
    },
  });
  of.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    FromPort: 5432,
    SourceSecurityGroupId: {
      'Fn::GetAtt': [Match.stringLikeRegexp('^EnvironmentSingleInstanceSecurityGroup'), 'GroupId'],
    },
  });
  // Elastic Beanstalk starts instances as soon as the environment is made: the way out has to be open by then.
  const [rule] = Object.keys(of.findResources('AWS::EC2::SecurityGroupEgress'));
  of.hasResource('AWS::ElasticBeanstalk::Environment', { DependsOn: Match.arrayWith([rule]) });
});

test.each(['', 'a version', 'v1/2', 'x'.repeat(101)])('a version labelled %p is refused', (label) => {
  expect(() => version({ label })).toThrow(
    `Version label ${JSON.stringify(label)}: allowed are 1 to 100 letters, digits, ".", "_" and "-".`,
  );
});

test.each(['', ' ', 'x'.repeat(201)])('a version described by %p is refused', (description) => {
  expect(() => version({ bundle: bundle(description) })).toThrow(
    `Description ${JSON.stringify(description)} of version v1: allowed are 1 to 200 characters.`,
  );
});

test('a version whose label and description are known at deployment only is taken', () => {
  const [label, description] = [Lazy.string({ produce: () => 'v2' }), Lazy.string({ produce: () => 'The second' })];
  expect(version({ label, bundle: bundle(description) }).label).toBe(label);
  expect(version({ label: 'x'.repeat(100), bundle: bundle('x'.repeat(200)) }).label).toHaveLength(100);
});

test('every branch is of Amazon Linux 2023, and says when it was checked, and of which release', () => {
  for (const branch of Object.values(PLATFORM_BRANCHES.branches))
    expect(branch).toMatch(/^\S+( [\d.]+)? running on 64bit Amazon Linux 2023$/);
  const { checked, released } = PLATFORM_BRANCHES;
  for (const date of [checked, released]) expect(date).toMatch(/^20\d\d-\d\d-\d\d$/);
  expect(Date.parse(checked)).toBeGreaterThanOrEqual(Date.parse(released));
});

test.each([
  ['Node.js 24 running on 64bit Amazon Linux 2023', 'Node.js'],
  ['.NET 10 running on 64bit Amazon Linux 2023', '.NET'],
  ['Docker running on 64bit Amazon Linux 2023', 'Docker'],
  ['PHP 8.5 running on 64bit Amazon Linux 2023', 'PHP'],
])('%s is %s', (branch, language) => {
  expect(languageOf(branch)).toBe(language);
  expect(branchOfArn(`arn:aws-cn:elasticbeanstalk:cn-north-1::platform/${branch}/4.13.7`)).toBe(branch);
});
