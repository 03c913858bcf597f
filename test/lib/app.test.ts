import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import recommended from 'aws-cdk-lib/recommended-feature-flags.json';
import * as bundle from '../../packaging/bundle';
import { PRESETS } from '../../tools/variants';
import { CDK_CONTEXT } from '../../tools/cdk-json';
import { OPTIONS, RULES } from '../../lib/app';
import { appWith, errorsOf } from '../synthesis';
import { snapshotOf, type CloudFormationTemplate } from '../template';

jest.mock('../../packaging/bundle', () => ({
  ...jest.requireActual<object>('../../packaging/bundle'),
  serviceBundle: jest.fn(),
}));

const bundleWithHash = (hash: string): void => {
  const actual = jest.requireActual<typeof bundle>('../../packaging/bundle');
  jest.mocked(bundle.serviceBundle).mockImplementation((architecture) => ({
    ...actual.serviceBundle(architecture),
    hash: hash.repeat(64),
  }));
};
beforeEach(() => bundleWithHash('a'));

const assembled = new Map<string, Stack[]>();

/** The stacks of the app with these options, synthesised; the same ones each time for the same bundle. */
const stacksOf = (options: Record<string, unknown>): Stack[] => {
  const key = JSON.stringify([options, bundle.serviceBundle('arm64').hash]);
  const known = assembled.get(key);
  if (known) return known;
  const app = appWith(options);
  app.synth();
  const stacks = app.node.children.filter(Stack.isStack);
  assembled.set(key, stacks);
  return stacks;
};
const snapshots = (options: Record<string, unknown>): string[] =>
  stacksOf(options).map((stack) => snapshotOf(Template.fromStack(stack).toJSON()));

/** Every stack, with the stacks that are deployed with it. */
const STACKS: Readonly<Record<string, readonly string[]>> = {
  Network: [],
  Ec2: ['Network'],
  Beanstalk: ['Network'],
  Registry: [],
  Fargate: ['Network', 'Registry'],
  EcsEc2: ['Network', 'Registry'],
  ManagedInstances: ['Network', 'Registry'],
  Lambda: [],
  LambdaImage: ['Registry'],
  WebFunction: [],
  Frameworks: [],
};

test('stacks are called as `cdk deploy` calls them, and their CloudFormation names begin with the option name', () => {
  const options = { ...PRESETS.production, name: 'copy' };
  expect(stacksOf(options).map((stack) => [stack.node.id, stack.stackName])).toEqual(
    Object.keys(STACKS).map((id) => [id, `copy-${id}`]),
  );
});

test('each deploys with what it needs, and with nothing else', () => {
  const needs = stacksOf({}).map((stack) => [stack.node.id, stack.dependencies.map(({ node }) => node.id).sort()]);
  expect(Object.fromEntries(needs)).toEqual(STACKS);
});

test('with one zone, what needs a load balancer is refused, since that stands in two, and nothing else is', () => {
  const errors = (id: string): string[] => errorsOf(id, { 'network.zones': 1 });
  const inOneZone = ['Network', 'Ec2', 'Registry', 'Lambda', 'WebFunction', 'LambdaImage', 'Frameworks'];
  for (const id of Object.keys(STACKS))
    expect([id, errors(id)]).toEqual([
      id,
      inOneZone.includes(id) ? [] : [expect.stringContaining('an application load balancer needs 2 or 3 zones')],
    ]);
});

test('a broken rule of one stack is an error of that stack, and of what refers to it', () => {
  const withoutCertificate = { preset: 'production' };
  expect(errorsOf('Lambda', withoutCertificate)).toEqual([]);
  expect(errorsOf('Fargate', withoutCertificate)).toEqual([expect.stringContaining('HTTPS is required')]);
  const noSuchNetwork = { 'network.natGateways': 3 };
  expect(errorsOf('Network', noSuchNetwork)).toEqual([expect.stringContaining('at most one NAT gateway a zone')]);
  expect(errorsOf('Ec2', noSuchNetwork)).toEqual(['Ec2 needs the stack Network, which has errors']);
  expect(errorsOf('Lambda', noSuchNetwork)).toEqual([]);
});

test('every rule names an option of the app first, and only options of the app', () => {
  for (const { about } of RULES) {
    expect(about.length).toBeGreaterThan(0);
    for (const name of about) expect(Object.keys(OPTIONS)).toContain(name);
  }
});

const NAME =
  /^(BucketName|FunctionName|RoleName|TopicName|LogGroupName|AlarmName|AutoScalingGroupName|LaunchTemplateName|GroupName|QueueName|TableName|InstanceProfileName|RepositoryName|ClusterName|ServiceName|DashboardName)$/;

test('no physical name is fixed, so that two copies live in one account', () => {
  const named = stacksOf({}).flatMap((stack) =>
    Object.entries((Template.fromStack(stack).toJSON() as CloudFormationTemplate).Resources).filter(([, resource]) =>
      Object.entries(resource.Properties ?? {}).some(([key, value]) => NAME.test(key) && typeof value === 'string'),
    ),
  );
  expect(named).toEqual([]);
});

// The CLI protects a stack before it creates anything of it, and cannot delete what then fails.
test('stacks are protected from being deleted by a slip once they stand, and are asked to be', () => {
  const isProtected = (options: Record<string, unknown>): boolean[] =>
    appWith(options)
      .node.children.filter(Stack.isStack)
      .map((stack) => stack.terminationProtection);
  for (const preset of Object.values(PRESETS)) {
    expect(new Set(isProtected({ ...preset, name: 'copy' }))).toEqual(new Set([false]));
    expect(new Set(isProtected({ ...preset, name: 'copy', protect: true }))).toEqual(new Set([true]));
  }
});

test('a region makes the stacks those of that region, and stops those alone that it has not all for', () => {
  const options = { ...PRESETS.production, region: 'cn-north-1', 'fargate.spotPercent': 0 };
  for (const stack of ['Fargate', 'EcsEc2', 'Ec2', 'Beanstalk', 'Registry']) {
    expect(errorsOf(stack, options)).toEqual([]);
    expect(appWith(options, stack).node.findChild(stack)).toMatchObject({ region: 'cn-north-1' });
  }
  for (const stack of ['Lambda', 'Frameworks'])
    expect(errorsOf(stack, options)).toEqual([expect.stringContaining('Lambda has no function URLs there')]);
  expect(errorsOf('WebFunction', options)).toEqual([expect.stringContaining('Lambda has no Web Functions there')]);
  const newer = { ...PRESETS.production, region: 'ap-east-2' };
  expect(errorsOf('Beanstalk', newer)).toEqual([expect.stringContaining('Elastic Beanstalk is not offered there')]);
  expect(errorsOf('Fargate', newer)).toEqual([]);
});

// AWS GovCloud User Guide, "AWS Lambda": there is no log in JSON. It has no function URLs, so that these run elsewhere.
test('no function of a stack that AWS GovCloud takes writes its log in JSON, in either preset', () => {
  const FUNCTION_URLS = ['Lambda', 'LambdaImage', 'WebFunction', 'Frameworks'];
  for (const preset of Object.values(PRESETS)) {
    const stacks = stacksOf(preset).filter(({ node }) => !FUNCTION_URLS.includes(node.id));
    expect(stacks.map(({ node }) => node.id)).toEqual(
      expect.arrayContaining(['Registry', 'Beanstalk', 'Ec2', 'Fargate', 'EcsEc2', 'ManagedInstances']),
    );
    for (const stack of stacks) expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('LogFormat');
  }
});

test('every custom resource of ours has a time limit of a quarter of an hour at most, in either preset', () => {
  const ours = /^Custom::(Ecs|Beanstalk|RepositoryImage|FirstAnswer|ProvisionedConcurrency)/;
  const found = new Set<string>();
  for (const preset of Object.values(PRESETS))
    for (const stack of stacksOf({ ...preset, 'lambda.provisionedConcurrency': 1 })) {
      const { Resources } = Template.fromStack(stack).toJSON() as CloudFormationTemplate;
      for (const [id, { Type, Properties }] of Object.entries(Resources)) {
        if (!ours.test(Type)) continue;
        found.add(Type);
        const limit = Number(Properties?.['ServiceTimeout']);
        expect([stack.node.id, id, limit > 0 && limit <= 900]).toEqual([stack.node.id, id, true]);
      }
    }
  expect([...found]).toEqual(
    expect.arrayContaining(['Custom::RepositoryImage', 'Custom::EcsShift', 'Custom::FirstAnswer']),
  );
});

// CloudFormation's reference does not list Fn::GetStackOutput among what these functions support.
test('no stack takes an output of another stack apart, in either preset', () => {
  const apart = (value: unknown, within: string): string[] => {
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) =>
      key === 'Fn::GetStackOutput' && within !== ''
        ? [within]
        : apart(inner, /^Fn::(Split|Cidr)$/.test(key) ? key : within),
    );
  };
  for (const preset of Object.values(PRESETS))
    expect(stacksOf(preset).flatMap((stack) => apart(Template.fromStack(stack).toJSON(), ''))).toEqual([]);
});

describe('what production keeps when a stack goes', () => {
  const kept = (options: Record<string, unknown>) =>
    stacksOf(options).flatMap((stack) =>
      Object.entries((Template.fromStack(stack).toJSON() as CloudFormationTemplate).Resources).filter(([, resource]) =>
        ['Retain', 'RetainExceptOnCreate'].includes(resource.DeletionPolicy ?? ''),
      ),
    );
  // Those of a function, and those of a Web Function with the copies of their code, as CDK keeps them.
  const VERSIONS = ['AWS::Lambda::Version', 'AWS::S3::BucketPolicy', 'Custom::S3ObjectCopy'];
  test('goes where its creation fails, so that nothing is in the way of the next try', () => {
    const all = kept({ ...PRESETS.production, name: 'copy' });
    expect(all.filter(([, { DeletionPolicy }]) => DeletionPolicy === 'Retain').map(([id]) => id)).toEqual([]);
    expect(new Set(all.map(([, { Type }]) => Type))).toEqual(
      // What empties a bucket is kept with it, so that it empties nothing that is kept.
      new Set([
        ...VERSIONS,
        'AWS::Logs::LogGroup',
        'AWS::ECR::Repository',
        'AWS::S3::Bucket',
        'Custom::S3AutoDeleteObjects',
      ]),
    );
  });

  test('is emptied first where its creation fails, and after what fills it has gone', () => {
    for (const stack of stacksOf({ ...PRESETS.production, name: 'copy' })) {
      const { Resources } = Template.fromStack(stack).toJSON() as CloudFormationTemplate;
      const emptied = Object.entries(Resources).filter(([, { Type }]) => Type === 'Custom::S3AutoDeleteObjects');
      for (const [id, { Type, DependsOn }] of Object.entries(Resources))
        if (Type === 'AWS::ElasticLoadBalancingV2::LoadBalancer' || Type === 'AWS::ElasticBeanstalk::Environment')
          expect([stack.node.id, id, DependsOn]).toEqual([
            stack.node.id,
            id,
            expect.arrayContaining(
              emptied
                .map(([each]) => each)
                .filter((each) => each.startsWith('AccessLogs') || each.includes('BalancerAccessLogs')),
            ),
          ]);
    }
  });

  test('is nothing in the sandbox but the versions of a function, which go with it', () => {
    expect(new Set(kept({}).map(([, { Type }]) => Type))).toEqual(new Set(VERSIONS));
  });
});

test('synth is pure: the same options give the same templates', () => {
  const first = snapshots({});
  assembled.clear();
  expect(snapshots({})).toEqual(first);
});

test('other bytes in the bundle change no snapshot, though they change the template; another property changes both', () => {
  const raw = (): string => JSON.stringify(stacksOf({}).map((stack) => Template.fromStack(stack).toJSON()));
  const [before, rawBefore] = [snapshots({}), raw()];
  bundleWithHash('b');
  expect(raw()).not.toEqual(rawBefore);
  expect(snapshots({})).toEqual(before);
  expect(snapshots({ 'lambda.memoryMiB': 2048 })).not.toEqual(before);
});

test.each(['aws', 'aws-cn', 'aws-us-gov'])(
  'no template names the partition %s or a region: any will do',
  (partition) => {
    const text = stacksOf({})
      .map((stack) => JSON.stringify(Template.fromStack(stack).toJSON()))
      .join('\n');
    expect(text).not.toMatch(new RegExp(`arn:${partition}:`));
    expect(text).not.toMatch(/\b(us|eu|ap|cn|sa|ca|me|af)-(gov-)?(north|south|east|west|central)[a-z]*-\d\b/);
    expect(text).not.toContain('amazonaws.com.cn');
  },
);

test('every recommended feature flag of the installed library is set as recommended', () => {
  const ours = Object.fromEntries(Object.keys(recommended).map((flag) => [flag, CDK_CONTEXT[flag]]));
  expect(ours).toEqual({
    ...recommended,
    // One more than recommended: GovCloud is a partition we say we work in.
    '@aws-cdk/core:target-partitions': ['aws', 'aws-cn', 'aws-us-gov'],
  });
});
