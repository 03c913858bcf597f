import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { InstanceType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { branchOfArn, languageOf, PLATFORM_BRANCHES } from '../../../lib/beanstalk-platforms';
import { BeanstalkApplication } from '../../../lib/constructs/beanstalk-application';
import { BeanstalkEnvironment, type BeanstalkEnvironmentProps } from '../../../lib/constructs/beanstalk-environment';
import { BeanstalkVersion } from '../../../lib/constructs/beanstalk-version';

/** The construct alone, as somebody has it who copied it. */
function environment(props: Partial<BeanstalkEnvironmentProps> = {}): Template {
  const stack = new Stack(new App(), 'Stack');
  const application = new BeanstalkApplication(stack, 'Application', {
    description: '',
    keepVersions: 3,
    removalPolicy: RemovalPolicy.RETAIN,
    logGroup: new LogGroup(stack, 'Logs'),
  });
  new BeanstalkEnvironment(stack, 'Environment', {
    application,
    version: new BeanstalkVersion(stack, 'Version', { application, label: 'v1' }),
    platform: { branch: PLATFORM_BRANCHES.branches.ruby },
    description: '',
    vpc: new Vpc(stack, 'Vpc', { natGateways: 0 }),
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
  return Template.fromStack(stack);
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

test('every branch is of Amazon Linux 2023, and told when it was checked', () => {
  for (const branch of Object.values(PLATFORM_BRANCHES.branches))
    expect(branch).toMatch(/^\S+( [\d.]+)? running on 64bit Amazon Linux 2023$/);
  expect(PLATFORM_BRANCHES.checked).toMatch(/^20\d\d-\d\d-\d\d$/);
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
