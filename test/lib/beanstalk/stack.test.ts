import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { Match } from 'aws-cdk-lib/assertions';
import { zipSync } from 'fflate';
import { stringify } from 'yaml';
import { sourceBundle } from '../../../lib/beanstalk/source-bundle';
import { BEANSTALK_OPTIONS, ENVIRONMENT_PROPERTIES } from '../../../lib/beanstalk/setting-names';
import { BEANSTALK_PLATFORMS, PLATFORM_BRANCHES } from '../../../lambda/beanstalk/platforms';
import { PRESETS } from '../../../tools/variants';
import { resources, statements, template } from '../../synthesis';
import { scrub, snapshotOf, type CloudFormationResource, type CloudFormationTemplate } from '../../template';

const folder = mkdtempSync(path.join(tmpdir(), 'beanstalk-stack-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Options = Readonly<Record<string, unknown>>;

const made = new Map<string, Template>();

/** The template of the stack as the app has it, without the other stacks, which would take most of the time. */
function beanstalk(options: Options = {}): Template {
  const key = JSON.stringify(options);
  const of = made.get(key) ?? template('Beanstalk', options);
  made.set(key, of);
  return of;
}

const production = (options: Options = {}): Template => beanstalk({ ...PRESETS.production, ...options });

const ARN = 'arn:aws:elasticbeanstalk:eu-central-1::platform/Node.js 22 running on 64bit Amazon Linux 2023/6.11.7';
const WEB_ACL = 'arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/site/01234567-89ab-cdef-0123-456789abcdef';
const DOMAIN = { 'access.domainName': 'example.com', 'access.hostedZoneId': 'Z0123456789ABCDEFGHIJ' };

const inSandbox = beanstalk();
const inProduction = production();
const single = beanstalk({ 'beanstalk.type': 'single' });
const https = beanstalk(DOMAIN);
const guarded = beanstalk({ 'access.webAclArn': WEB_ACL });
const variants = {
  inSandbox,
  inProduction,
  single,
  https,
  guarded,
  requests: beanstalk({ 'beanstalk.scaleOn': 'requests', 'beanstalk.updateWindow': 'none' }),
  splitting: beanstalk({ 'beanstalk.deployment': 'traffic-splitting' }),
  singleImmutable: beanstalk({ 'beanstalk.type': 'single', 'beanstalk.deployment': 'immutable' }),
  exact: beanstalk({ 'beanstalk.platformArn': ARN, 'beanstalk.instanceTypes': 't3.small,t3a.small' }),
};
const each = Object.entries(variants);

interface Setting {
  readonly Namespace: string;
  readonly OptionName: string;
  readonly Value: unknown;
}
function only(of: Template, type: string): [logicalId: string, resource: CloudFormationResource] {
  const found = Object.entries(of.findResources(type)) as [string, CloudFormationResource][];
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} of ${type}`);
  return found[0];
}
const environment = (of: Template): CloudFormationResource => only(of, 'AWS::ElasticBeanstalk::Environment')[1];
const settings = (of: Template): readonly Setting[] => environment(of).Properties?.['OptionSettings'] as Setting[];
const option = (of: Template, namespace: string, name: string): unknown =>
  settings(of).find(({ Namespace, OptionName }) => Namespace === namespace && OptionName === name)?.Value;
const options = (of: Template, namespace: string): Record<string, unknown> =>
  Object.fromEntries(
    settings(of).flatMap(({ Namespace, OptionName, Value }) => (Namespace === namespace ? [[OptionName, Value]] : [])),
  );
const label = (of: Template): string => environment(of).Properties?.['VersionLabel'] as string;

// Two templates whole, and of the others what is not the same. That is enough: the tests below put each together again.
describe('snapshots', () => {
  test('node in the sandbox', () => expect(snapshotOf(inSandbox.toJSON())).toMatchSnapshot());
  test('node in production', () => expect(snapshotOf(inProduction.toJSON())).toMatchSnapshot());

  type Flat = Readonly<Record<string, unknown>>;
  /** Every value of a template by its path, the logical id of the environment taken out: it is in many. */
  function flat(of: Template): Flat {
    const [id] = only(of, 'AWS::ElasticBeanstalk::Environment');
    const walk = (value: unknown, at: string): [string, unknown][] =>
      typeof value === 'object' && value !== null && Object.keys(value).length > 0
        ? Object.entries(value).flatMap(([key, inner]) => walk(inner, `${at}/${key}`))
        : [[at, value]];
    const text = JSON.stringify(scrub(of.toJSON())).replaceAll(id, '<environment>');
    return Object.fromEntries([['environment', id], ...walk(JSON.parse(text), '')]);
  }
  const differences = (from: Flat, to: Flat): Record<string, { from: unknown; to: unknown }> =>
    Object.fromEntries(
      [...new Set([...Object.keys(from), ...Object.keys(to)])]
        .filter((at) => from[at] !== to[at])
        .map((at) => [at, { from: from[at], to: to[at] }]),
    );

  const others = BEANSTALK_PLATFORMS.filter((platform) => platform !== 'node');
  test.each(others.flatMap((platform) => [[platform, 'sandbox'] as const, [platform, 'production'] as const]))(
    '%s in %s: node, but for this',
    (platform, preset) => {
      const node = flat(preset === 'sandbox' ? inSandbox : inProduction);
      const other = flat(beanstalk({ ...PRESETS[preset], 'beanstalk.platform': platform }));
      const changed = differences(node, other);
      const rebuilt = { ...node, ...Object.fromEntries(Object.entries(changed).map(([at, { to }]) => [at, to])) };
      expect(rebuilt).toEqual(other);
      expect(stringify(changed, { lineWidth: 0 })).toMatchSnapshot();
    },
  );

  test('a web ACL adds this to node in the sandbox', () =>
    expect(stringify(differences(flat(inSandbox), flat(guarded)), { lineWidth: 0 })).toMatchSnapshot());
});

describe('option settings', () => {
  test.each(each)('%s: each is known to Elastic Beanstalk, by namespace, name and form of its value', (_, of) => {
    const known: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = BEANSTALK_OPTIONS;
    const own = settings(of).filter(({ Namespace }) => Namespace !== ENVIRONMENT_PROPERTIES);
    expect(own.length).toBeGreaterThan(25);
    for (const { Namespace, OptionName, Value } of own) {
      const form = known[Namespace]?.[OptionName];
      expect(`${Namespace} ${OptionName}: ${form === undefined ? 'unknown' : 'known'}`).toMatch(/: known$/);
      // What is known at deployment only is a reference.
      if (typeof Value === 'string') expect(Value).toMatch(form ?? /$./);
      else expect(Value).toEqual(expect.any(Object));
    }
  });

  test.each(each)('%s: none is set twice', (_, of) => {
    const names = settings(of).map(({ Namespace, OptionName }) => `${Namespace} ${OptionName}`);
    expect(names).toEqual([...new Set(names)]);
  });

  test.each(each)('%s: a launch template, IMDSv2 only, gp3: without these, new accounts fail', (_, of) => {
    expect(options(of, 'aws:autoscaling:launchconfiguration')).toMatchObject({
      DisableIMDSv1: 'true',
      RootVolumeType: 'gp3',
    });
  });

  test('Graviton by default; the processor follows from the instance types', () => {
    expect(options(inSandbox, 'aws:ec2:instances')).toEqual({
      EnableSpot: 'false',
      InstanceTypes: 't4g.small',
      SupportedArchitectures: 'arm64',
    });
    expect(options(variants.exact, 'aws:ec2:instances')).toEqual({
      EnableSpot: 'false',
      InstanceTypes: 't3.small,t3a.small',
      SupportedArchitectures: 'x86_64',
    });
  });

  test('the service gets what it is, and what it may take', () => {
    expect(options(inSandbox, ENVIRONMENT_PROPERTIES)).toMatchObject({
      SERVICE_OPTION: 'beanstalk',
      SERVICE_MAX_BODY_BYTES: '4194304',
      SERVICE_MAX_PIXELS: '50000000',
    });
  });
});

describe('how versions take over', () => {
  const namespace = 'aws:elasticbeanstalk:command';
  test('rolling with an additional batch by default, one instance at a time', () => {
    expect(options(inSandbox, namespace)).toEqual({
      DeploymentPolicy: 'RollingWithAdditionalBatch',
      BatchSizeType: 'Fixed',
      BatchSize: '1',
    });
    expect(options(inSandbox, 'aws:autoscaling:updatepolicy:rollingupdate')).toEqual({
      RollingUpdateEnabled: 'true',
      RollingUpdateType: 'Health',
      MaxBatchSize: '1',
    });
  });

  test.each([
    ['all-at-once', 'AllAtOnce'],
    ['rolling', 'Rolling'],
    ['immutable', 'Immutable'],
    ['traffic-splitting', 'TrafficSplitting'],
  ])('%s is %s', (deployment, policy) => {
    expect(option(beanstalk({ 'beanstalk.deployment': deployment }), namespace, 'DeploymentPolicy')).toBe(policy);
  });

  test('traffic splitting tries the new version on a tenth of the traffic for five minutes', () => {
    expect(options(variants.splitting, 'aws:elasticbeanstalk:trafficsplitting')).toEqual({
      NewVersionPercent: '10',
      EvaluationTime: '5',
    });
  });

  test('a single instance can’t take turns with itself', () => {
    expect(options(single, namespace)).toEqual({ DeploymentPolicy: 'AllAtOnce' });
    expect(options(variants.singleImmutable, namespace)).toEqual({ DeploymentPolicy: 'Immutable' });
  });
});

describe('versions', () => {
  const version = (of: Template): Record<string, unknown> => only(of, 'Custom::BeanstalkVersion')[1].Properties ?? {};

  test('is the sample of the platform, labelled by its content', () => {
    expect(label(inSandbox)).toBe(sourceBundle('node', 'arm64').versionLabel);
    expect(label(beanstalk({ 'beanstalk.platform': 'go' }))).toBe(sourceBundle('go', 'arm64').versionLabel);
    expect(version(inSandbox)).toMatchObject({ Label: label(inSandbox), Description: 'The node sample' });
  });

  test('another content is another version, the same content the same', () => {
    const bundle = (text: string): Template => {
      const file = path.join(folder, 'bundle.zip');
      const mtime = new Date(2020, 0, 1);
      writeFileSync(file, zipSync({ 'server.js': [Buffer.from(text), { mtime }] }));
      return template('Beanstalk', { 'beanstalk.bundle': file });
    };
    const [one, two, again] = [bundle('1'), bundle('2'), bundle('1')];
    expect(label(one)).toMatch(/^node-[0-9a-f]{12}$/);
    expect(label(two)).not.toBe(label(one));
    expect(again.toJSON()).toEqual(one.toJSON());
  });

  test('an earlier one is deployed by its label, without an upload or the right to one', () => {
    const earlier = beanstalk({ 'beanstalk.version': 'node-arm64-0123456789ab' });
    expect(label(earlier)).toBe('node-arm64-0123456789ab');
    expect(version(earlier)).toEqual({
      ServiceToken: expect.anything() as unknown,
      ServiceTimeout: '300',
      Application: expect.anything() as unknown,
      Label: 'node-arm64-0123456789ab',
    });
    const actions = statements(earlier).flatMap(({ Action }) => Action);
    expect(actions).not.toContain('elasticbeanstalk:CreateApplicationVersion');
    expect(actions).not.toContain('s3:PutObject');
  });

  test('a rollback to an earlier version changes the template, and the options from before give the one from before', () => {
    const there = beanstalk({ 'beanstalk.version': 'node-arm64-0123456789ab' });
    expect(there.toJSON()).not.toEqual(inSandbox.toJSON());
    expect(template('Beanstalk', {}).toJSON()).toEqual(inSandbox.toJSON());
  });

  test('none is a resource that CloudFormation would delete', () => {
    for (const [, of] of each) of.resourceCountIs('AWS::ElasticBeanstalk::ApplicationVersion', 0);
  });

  test('as many as the option says are kept, and the bundles of the others deleted', () => {
    beanstalk({ 'beanstalk.keepVersions': 7 }).hasResourceProperties('AWS::ElasticBeanstalk::Application', {
      ResourceLifecycleConfig: {
        VersionLifecycleConfig: { MaxCountRule: { Enabled: true, MaxCount: 7, DeleteSourceFromS3: true } },
        ServiceRole: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ApplicationServiceRole'), 'Arn'] },
      },
    });
  });

  test('bundles are in a bucket of their own, emptied with the sandbox, kept in production', () => {
    inSandbox.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
    inSandbox.resourceCountIs('Custom::S3AutoDeleteObjects', 1);
    for (const type of ['AWS::S3::Bucket', 'Custom::S3AutoDeleteObjects']) {
      inProduction.resourceCountIs(type, 2);
      inProduction.allResources(type, { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    }
  });
});

test('buckets are private, encrypted, and reached by TLS only', () => {
  for (const of of [inSandbox, inProduction]) {
    const buckets = resources(of, 'AWS::S3::Bucket').length;
    of.allResourcesProperties('AWS::S3::Bucket', {
      BucketEncryption: Match.anyValue(),
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    const insecure = { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
    of.resourcePropertiesCountIs(
      'AWS::S3::BucketPolicy',
      { PolicyDocument: { Statement: Match.arrayWith([Match.objectLike(insecure)]) } },
      buckets,
    );
  }
});

describe('the platform', () => {
  test.each(BEANSTALK_PLATFORMS)('%s: the newest version of its branch, chosen at deployment', (platform) => {
    const of = platform === 'node' ? inSandbox : beanstalk({ 'beanstalk.platform': platform });
    const [id] = only(of, 'Custom::BeanstalkPlatform');
    expect(environment(of).Properties?.['PlatformArn']).toEqual({ 'Fn::GetAtt': [id, 'Arn'] });
    of.hasResourceProperties('Custom::BeanstalkPlatform', {
      Branch: PLATFORM_BRANCHES.branches[platform],
      Environment: only(of, 'AWS::ElasticBeanstalk::Environment')[0],
      ManagedUpdates: 'true',
    });
    expect(JSON.stringify(of.toJSON())).not.toMatch(/SolutionStackName|\/\d+\.\d+\.\d+"/);
  });

  test('is asked for anew whenever the environment changes, so that no update takes it back', () => {
    const revision = (of: Template): unknown => only(of, 'Custom::BeanstalkPlatform')[1].Properties?.['Revision'];
    const revisions = [
      inSandbox,
      beanstalk({ 'beanstalk.version': 'node-arm64-0123456789ab' }),
      beanstalk({ 'beanstalk.maxInstances': 3 }),
    ].map(revision);
    expect(new Set(revisions).size).toBe(3);
    expect(revision(beanstalk({ 'beanstalk.keepVersions': 3 }))).toBe(revision(inSandbox));
  });

  test('is exactly the one that is given, without a question to Elastic Beanstalk', () => {
    expect(environment(variants.exact).Properties?.['PlatformArn']).toBe(ARN);
    variants.exact.resourceCountIs('Custom::BeanstalkPlatform', 0);
  });

  test('is updated in a weekly window, in minor versions too', () => {
    expect(options(inSandbox, 'aws:elasticbeanstalk:managedactions')).toMatchObject({
      ManagedActionsEnabled: 'true',
      PreferredStartTime: 'Sun:03:00',
    });
    expect(options(inSandbox, 'aws:elasticbeanstalk:managedactions:platformupdate')).toEqual({ UpdateLevel: 'minor' });
    expect(options(variants.requests, 'aws:elasticbeanstalk:managedactions')).not.toHaveProperty('PreferredStartTime');
    expect(option(variants.requests, 'aws:elasticbeanstalk:managedactions', 'ManagedActionsEnabled')).toBe('false');
    variants.requests.hasResourceProperties('Custom::BeanstalkPlatform', { ManagedUpdates: 'false' });
  });

  test('another language, processor or way in is another environment, another version of it is not', () => {
    const id = (of: Template): string => only(of, 'AWS::ElasticBeanstalk::Environment')[0];
    const x86 = beanstalk({ 'beanstalk.instanceTypes': 't3.small' });
    expect(new Set([inSandbox, single, x86, beanstalk({ 'beanstalk.platform': 'go' })].map(id)).size).toBe(4);
    expect(id(https)).toBe(id(inSandbox)); // the listener of port 80 stays as it is
    expect(id(variants.exact)).toBe(id(x86)); // Node.js 22 and Node.js 24
    expect(id(beanstalk({ 'beanstalk.instanceTypes': 't4g.medium' }))).toBe(id(inSandbox));
  });
});

describe('who may do what', () => {
  const policies = (of: Template, role: RegExp): string[] =>
    Object.entries(of.findResources('AWS::IAM::Role') as Record<string, CloudFormationResource>)
      .filter(([id]) => role.test(id))
      .flatMap(([, { Properties }]) =>
        ((Properties?.['ManagedPolicyArns'] ?? []) as { 'Fn::Join': [string, string[]] }[]).map((arn) =>
          String(arn['Fn::Join'][1].at(-1)),
        ),
      );

  test.each(each)('%s: the managed policies that AWS documents, and no other', (_, of) => {
    expect(policies(of, /^EnvironmentInstanceRole/)).toEqual([':iam::aws:policy/AWSElasticBeanstalkWebTier']);
    expect(policies(of, /^ApplicationServiceRole/)).toEqual([
      ':iam::aws:policy/service-role/AWSElasticBeanstalkEnhancedHealth',
      ':iam::aws:policy/AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy',
    ]);
    expect(policies(of, /./)).toHaveLength(3);
  });

  test('Elastic Beanstalk alone takes the service role', () => {
    inSandbox.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Principal: { Service: 'elasticbeanstalk.amazonaws.com' },
            Condition: { StringEquals: { 'sts:ExternalId': 'elasticbeanstalk' } },
          },
        ],
      },
    });
  });

  test.each(each)('%s: no wildcard action; a wildcard resource only where AWS has none', (_, of) => {
    for (const { Effect, Action, Resource } of statements(of)) {
      if (Effect !== 'Allow') continue;
      for (const action of [Action].flat()) {
        // What CDK's own emptying of buckets is given by their policies.
        if (!/^s3:(DeleteObject\*|GetBucket\*|List\*)$/.test(action)) expect(action).not.toContain('*');
        if (Resource === '*')
          expect(action).toMatch(
            /^(ssm:Update|ssmmessages:|elasticbeanstalk:ListPlatformBranches$|elasticloadbalancing:DescribeLoadBalancers$)/,
          );
      }
    }
  });

  test('a version is made of this bundle only, for this application', () => {
    const of = (action: string): string =>
      JSON.stringify(statements(inSandbox).find(({ Action }) => [Action].flat().includes(action))?.Resource);
    expect(of('elasticbeanstalk:CreateApplicationVersion')).toMatch(/:applicationversion\/",\{"Ref":"\w+"\},"\/\*"/);
    const key = only(inSandbox, 'Custom::BeanstalkVersion')[1].Properties?.['SourceKey'] as string;
    const reads = statements(inSandbox).filter(({ Action }) => Action === 's3:GetObject');
    expect(reads).toHaveLength(1);
    expect(JSON.stringify(reads[0]?.Resource)).toContain(`/${key}`);
  });

  test('a version is made with the rights on the bucket that Elastic Beanstalk makes for itself, and keeps bundles in', () => {
    const own = (action: string): unknown[] =>
      statements(inSandbox)
        .filter(({ Action }) => [Action].flat().includes(action))
        .map(({ Resource }) => Resource);
    const bucket = [':s3:::elasticbeanstalk-', { Ref: 'AWS::Region' }, '-', { Ref: 'AWS::AccountId' }];
    expect(own('s3:CreateBucket')).toEqual([
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ...bucket] as unknown[]] },
    ]);
    expect(own('s3:PutObjectAcl')).toEqual([
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ...bucket, '/*'] as unknown[]] },
    ]);
  });

  test('what Elastic Beanstalk lets the function do is the same for every upload, so that IAM need spread nothing', () => {
    const rights = (of: Template): unknown =>
      statements(of).filter(({ Action }) => [Action].flat().some((action) => action.startsWith('elasticbeanstalk:')));
    expect(rights(beanstalk({ 'beanstalk.platform': 'go' }))).toEqual(rights(inSandbox));
    expect(rights(inSandbox)).not.toEqual([]);
  });

  test('no key pair; Session Manager instead', () => {
    expect(settings(inSandbox).map(({ OptionName }) => OptionName)).not.toContain('EC2KeyName');
    expect(statements(inSandbox).flatMap(({ Action }) => Action)).toContain('ssmmessages:OpenDataChannel');
  });
});

describe('who reaches it', () => {
  const groups = (of: Template): Record<string, unknown>[] =>
    resources(of, 'AWS::EC2::SecurityGroup').flatMap(
      ({ Properties }) => (Properties?.['SecurityGroupIngress'] ?? []) as Record<string, unknown>[],
    );
  const ports = (of: Template): unknown[] => groups(of).map(({ CidrIp, FromPort }) => [CidrIp, FromPort]);

  test.each(each)('%s: the security groups are the stack’s own, so that they go with it', (_, of) => {
    expect(options(of, 'aws:autoscaling:launchconfiguration')).toMatchObject({
      DisableDefaultEC2SecurityGroup: 'true',
      SecurityGroups: {
        'Fn::GetAtt': [expect.stringMatching(/^Environment(Single)?InstanceSecurityGroup/), 'GroupId'],
      },
    });
    if (option(of, 'aws:elasticbeanstalk:environment', 'EnvironmentType') === 'SingleInstance') return;
    const group = { 'Fn::GetAtt': [expect.stringMatching(/^EnvironmentLoadBalancerSecurityGroup/), 'GroupId'] };
    expect(options(of, 'aws:elbv2:loadbalancer')).toMatchObject({ SecurityGroups: group, ManagedSecurityGroup: group });
  });

  test('the allowed addresses reach the load balancer, and only the load balancer reaches the instances', () => {
    const of = beanstalk({ 'access.allowedCidr': '198.51.100.7/32,203.0.113.0/24' });
    expect(ports(of)).toEqual([
      ['198.51.100.7/32', 80],
      ['203.0.113.0/24', 80],
    ]);
    expect(resources(of, 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties)).toMatchObject([
      {
        FromPort: 80,
        SourceSecurityGroupId: { 'Fn::GetAtt': [expect.stringMatching(/LoadBalancerSecurityGroup/), 'GroupId'] },
      },
    ]);
  });

  test.each(each)('%s: instances reach HTTPS, and the load balancer its targets only', (_, of) => {
    const outbound = resources(of, 'AWS::EC2::SecurityGroup').flatMap(
      ({ Properties }) => (Properties?.['SecurityGroupEgress'] ?? []) as Record<string, unknown>[],
    );
    // A group without a rule is closed by a rule that matches nothing, which is CDK's own.
    const open = outbound.filter((rule) => rule['CidrIp'] !== '255.255.255.255/32');
    expect(open).toEqual([expect.objectContaining({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443 })]);
  });

  test('one instance and several have groups of their own: changed in place, one would cut the other off', () => {
    const ids = (of: Template) => Object.keys(of.findResources('AWS::EC2::SecurityGroup'));
    expect(ids(single).filter((id) => ids(inSandbox).includes(id))).toEqual([]);
  });

  describe('over IPv6', () => {
    const IPV6 = { 'access.allowedCidr': '0.0.0.0/0,::/0' };

    test('the load balancer is dual-stack where a block of IPv6 is allowed, and says so where it is not', () => {
      const rules = (of: Template) =>
        [
          ...resources(of, 'AWS::EC2::SecurityGroup').flatMap(
            ({ Properties }) => (Properties?.['SecurityGroupIngress'] ?? []) as Record<string, unknown>[],
          ),
          ...resources(of, 'AWS::EC2::SecurityGroupIngress').map(({ Properties = {} }) => Properties),
        ].filter((rule) => rule['CidrIpv6'] !== undefined);
      const dual = beanstalk({ ...IPV6, ...DOMAIN });
      expect(options(dual, 'aws:elbv2:loadbalancer')).toMatchObject({ IpAddressType: 'dualstack' });
      expect(rules(dual).map((rule): unknown => [rule['CidrIpv6'], rule['FromPort']])).toEqual([
        ['::/0', 80],
        ['::/0', 443],
      ]);
      expect(options(inSandbox, 'aws:elbv2:loadbalancer')).toMatchObject({ IpAddressType: 'ipv4' });
      expect(rules(inSandbox)).toEqual([]);
    });

    test('its name has a record of each protocol, by one look for the load balancer', () => {
      const dual = beanstalk({ ...IPV6, ...DOMAIN });
      const records = resources(dual, 'AWS::Route53::RecordSet').map(({ Properties = {} }) => Properties);
      expect(records.map(({ Type }) => Type as string)).toEqual(['A', 'AAAA']);
      expect(records[0]?.['AliasTarget']).toEqual(records[1]?.['AliasTarget']);
    });

    test('a single instance has none: Elastic Beanstalk has dual-stack for load balancers only', () => {
      const alone = { 'beanstalk.type': 'single' };
      expect(beanstalk({ ...alone, ...IPV6 }).toJSON()).toEqual(beanstalk(alone).toJSON());
    });
  });

  test('a single instance is reached by the allowed addresses', () => {
    const of = beanstalk({ 'beanstalk.type': 'single', 'access.allowedCidr': '198.51.100.7/32' });
    expect(ports(of)).toEqual([['198.51.100.7/32', 80]]);
    of.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });

  test('without a certificate, HTTP', () => {
    expect(options(inSandbox, 'aws:elbv2:listener:default')).toEqual({ ListenerEnabled: 'true' });
    expect(options(inSandbox, 'aws:elbv2:listener:443')).toEqual({});
    inSandbox.hasOutput('Url', { Value: { 'Fn::Join': ['', ['http://', Match.anyValue()]] } });
  });

  test('with a certificate, HTTPS, and HTTP is redirected', () => {
    expect(ports(inProduction)).toEqual([['0.0.0.0/0', 80]]);
    // A rule of its own, which goes only after the environment has left HTTPS.
    const rules = (inProduction.toJSON() as CloudFormationTemplate).Resources;
    const https = Object.entries(rules).filter(([, { Properties }]) => Properties?.['FromPort'] === 443);
    expect(https.map(([, { Type, Properties }]) => [Type, String(Properties?.['CidrIp'])])).toEqual([
      ['AWS::EC2::SecurityGroupIngress', '0.0.0.0/0'],
    ]);
    const [environment] = resources(inProduction, 'AWS::ElasticBeanstalk::Environment');
    expect(environment?.DependsOn).toEqual(expect.arrayContaining(https.map(([id]) => id)));
    expect(options(inProduction, 'aws:elbv2:listener:default')).toEqual({ ListenerEnabled: 'true' });
    expect(options(inProduction, 'aws:elbv2:listener:443')).toEqual({
      ListenerEnabled: 'true',
      Protocol: 'HTTPS',
      SSLCertificateArns: PRESETS.production['access.certificateArn'],
      SSLPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09',
    });
    // By nginx on the instances, so that an environment that is rebuilt has it too.
    inProduction.resourceCountIs('AWS::ElasticLoadBalancingV2::Listener', 0);
    expect(label(inProduction)).toBe(sourceBundle('node', 'arm64', true).versionLabel);
    expect(label(inSandbox)).toBe(sourceBundle('node', 'arm64', false).versionLabel);
  });

  test('under a domain of your own, with a certificate that is issued for it', () => {
    https.hasResourceProperties('AWS::CertificateManager::Certificate', {
      DomainName: 'compute-beanstalk.example.com',
    });
    const [loadBalancer] = only(https, 'Custom::BeanstalkLoadBalancer');
    https.hasResourceProperties('AWS::Route53::RecordSet', {
      Name: 'compute-beanstalk.example.com.',
      Type: 'A',
      TTL: Match.absent(),
      AliasTarget: {
        DNSName: { 'Fn::GetAtt': [loadBalancer, 'DnsName'] },
        HostedZoneId: { 'Fn::GetAtt': [loadBalancer, 'HostedZoneId'] },
      },
    });
    const [id] = only(https, 'AWS::ElasticBeanstalk::Environment');
    https.hasResourceProperties('Custom::BeanstalkLoadBalancer', {
      DnsName: { 'Fn::GetAtt': [id, 'EndpointURL'] },
    });
    for (const of of [inSandbox, inProduction]) of.resourceCountIs('Custom::BeanstalkLoadBalancer', 0);
    https.hasOutput('Url', { Value: 'https://compute-beanstalk.example.com' });
  });

  test('a web ACL sees each request of the load balancer that Elastic Beanstalk made', () => {
    const [loadBalancer] = only(guarded, 'Custom::BeanstalkLoadBalancer');
    guarded.hasResourceProperties('AWS::WAFv2::WebACLAssociation', {
      WebACLArn: WEB_ACL,
      ResourceArn: { 'Fn::GetAtt': [loadBalancer, 'Arn'] },
    });
    const [id] = only(guarded, 'AWS::ElasticBeanstalk::Environment');
    guarded.hasResourceProperties('Custom::BeanstalkLoadBalancer', {
      DnsName: { 'Fn::GetAtt': [id, 'EndpointURL'] },
    });
    for (const of of [inSandbox, inProduction, https]) of.resourceCountIs('AWS::WAFv2::WebACLAssociation', 0);
  });

  test('another web ACL, or another environment, takes its place without an end to any association', () => {
    guarded.hasResource('AWS::WAFv2::WebACLAssociation', { UpdateReplacePolicy: 'Retain', DeletionPolicy: 'Delete' });
  });

  test('a name leads to an environment once its web ACL is there, and both find it by one look', () => {
    const both = production({ ...DOMAIN, 'access.webAclArn': WEB_ACL });
    const [association] = only(both, 'AWS::WAFv2::WebACLAssociation');
    expect(only(both, 'AWS::Route53::RecordSet')[1].DependsOn).toContain(association);
    both.resourceCountIs('Custom::BeanstalkLoadBalancer', 1);
  });

  test('instances are out of reach where there is a way out, with addresses of their own where there is none', () => {
    const subnets = (of: Template): string => JSON.stringify(option(of, 'aws:ec2:vpc', 'Subnets'));
    expect(subnets(inProduction)).toContain('PrivateSubnet');
    expect(option(inProduction, 'aws:ec2:vpc', 'AssociatePublicIpAddress')).toBe('false');
    expect(subnets(inSandbox)).toContain('PublicSubnet');
    expect(option(inSandbox, 'aws:ec2:vpc', 'AssociatePublicIpAddress')).toBe('true');
    for (const of of [inProduction, inSandbox])
      expect(JSON.stringify(option(of, 'aws:ec2:vpc', 'ELBSubnets'))).toContain('PublicSubnet');
  });
});

describe('how it is looked after', () => {
  test('health is asked at /health', () => {
    expect(options(inSandbox, 'aws:elasticbeanstalk:environment:process:default')).toMatchObject({
      HealthCheckPath: '/health',
      MatcherHTTPCode: '200',
      HealthCheckInterval: '10',
      HealthyThresholdCount: '2',
      UnhealthyThresholdCount: '3',
    });
  });

  test('an instance that goes has 20 s to finish what it has begun', () => {
    expect(option(inSandbox, 'aws:elasticbeanstalk:environment:process:default', 'DeregistrationDelay')).toBe('20');
  });

  test('errors sound an alarm by their share of the requests, with a least count', () => {
    inSandbox.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Threshold: 5,
      Metrics: Match.arrayWith([
        Match.objectLike({ Expression: 'IF(errors >= 5, 100 * errors / requests, 0)', ReturnData: true }),
      ]),
    });
  });

  test('a dashboard shows what the alarms are about', () => {
    const [dashboard] = resources(inSandbox, 'AWS::CloudWatch::Dashboard');
    const body = JSON.stringify(dashboard?.Properties?.['DashboardBody']);
    for (const shown of ['EnvironmentHealth', 'ApplicationRequests5xx', 'ApplicationLatencyP99', 'InstancesOk'])
      expect(body).toContain(shown);
  });

  test('Spot instances are bought where asked for, of any of the types, beside the ones on demand', () => {
    const spot = beanstalk({
      'beanstalk.plan': 'spot',
      'beanstalk.instanceTypes': 't4g.small,t4g.medium',
      'beanstalk.onDemandBase': 1,
    });
    expect(options(spot, 'aws:ec2:instances')).toMatchObject({
      EnableSpot: 'true',
      InstanceTypes: 't4g.small,t4g.medium',
      SpotFleetOnDemandBase: '1',
      SpotFleetOnDemandAboveBasePercentage: '0',
    });
    expect(option(spot, 'aws:autoscaling:asg', 'EnableCapacityRebalancing')).toBe('true');
    for (const of of [inSandbox, inProduction, single])
      expect(options(of, 'aws:ec2:instances')).toMatchObject({ EnableSpot: 'false' });
  });

  test.each(each)('%s: whether the environment can be changed is looked at before anything of it is', (_, of) => {
    const [ready, { Properties }] = only(of, 'Custom::BeanstalkReady');
    expect(Properties).toMatchObject({
      Revision: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      ServiceTimeout: '300',
    });
    const template = of.toJSON() as { Resources: Record<string, CloudFormationResource> };
    const first = Object.entries(template.Resources).filter(([id]) =>
      /^Environment((Single)?InstanceSecurityGroup|InstanceRole|LoadBalancerSecurityGroup)[0-9A-F]{8}$|^Version[0-9A-F]{8}$/.test(
        id,
      ),
    );
    expect(first.length).toBeGreaterThanOrEqual(3);
    for (const [, { DependsOn }] of first) expect(DependsOn).toContain(ready);
  });

  test.each([
    ['EnvironmentHealth', 20, 5],
    ['ApplicationLatencyP99', 10, 3],
  ])('%s sounds an alarm from %i on, for %i periods', (MetricName, Threshold, EvaluationPeriods) => {
    inSandbox.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName, Threshold, EvaluationPeriods });
  });

  test('enhanced health sends the metrics that the alarms are about', () => {
    const document = JSON.parse(
      option(inSandbox, 'aws:elasticbeanstalk:healthreporting:system', 'ConfigDocument') as string,
    ) as { CloudWatchMetrics: { Environment: Record<string, number> } };
    const text = JSON.stringify(resources(inSandbox, 'AWS::CloudWatch::Alarm'));
    const shown = JSON.stringify(resources(inSandbox, 'AWS::CloudWatch::Dashboard'));
    for (const name of Object.keys(document.CloudWatchMetrics.Environment)) expect(shown).toContain(name);
    for (const [, name] of text.matchAll(/"MetricName":"(\w+)"/g))
      expect(['EnvironmentHealth', ...Object.keys(document.CloudWatchMetrics.Environment)]).toContain(name);
    const [id] = only(inSandbox, 'AWS::ElasticBeanstalk::Environment');
    for (const { Properties } of resources(inSandbox, 'AWS::CloudWatch::Alarm')) {
      expect(JSON.stringify(Properties)).toContain(`{"Name":"EnvironmentName","Value":{"Ref":"${id}"}}`);
      expect(Properties?.['AlarmActions']).toEqual([{ Ref: expect.stringMatching(/^AlarmsTopic/) as string }]);
    }
  });

  test('Elastic Beanstalk tells the same topic, and may', () => {
    const topic = { Ref: Object.keys(inSandbox.findResources('AWS::SNS::Topic'))[0] };
    expect(option(inSandbox, 'aws:elasticbeanstalk:sns:topics', 'Notification Topic ARN')).toEqual(topic);
    expect(statements(inSandbox)).toContainEqual({ Effect: 'Allow', Action: 'sns:Publish', Resource: topic });
  });

  test.each(['aws:elasticbeanstalk:cloudwatch:logs', 'aws:elasticbeanstalk:cloudwatch:logs:health'])(
    '%s: streamed, gone with the sandbox, kept in production for as long as the option says',
    (namespace) => {
      expect(Object.values(options(inSandbox, namespace))).toHaveLength(3);
      expect(options(inSandbox, namespace)).toMatchObject(
        namespace.endsWith(':health') ? { HealthStreamingEnabled: 'true' } : { StreamLogs: 'true' },
      );
      expect(options(inSandbox, namespace)).toMatchObject({ RetentionInDays: '7', DeleteOnTerminate: 'true' });
      expect(options(inProduction, namespace)).toMatchObject({ RetentionInDays: '90', DeleteOnTerminate: 'false' });
    },
  );

  test('a retention that Elastic Beanstalk hasn’t is rounded up', () => {
    const retention = (days: number): unknown =>
      option(beanstalk({ 'logs.retentionDays': days }), 'aws:elasticbeanstalk:cloudwatch:logs', 'RetentionInDays');
    expect([1096, 3288, 3653].map(retention)).toEqual(['1827', '3653', '3653']);
  });

  test('the function writes to a log group of the stack, and can make none', () => {
    for (const [, of] of each) {
      expect(statements(of).flatMap(({ Action }) => Action)).not.toContain('logs:CreateLogGroup');
      for (const { Properties } of resources(of, 'AWS::Lambda::Function'))
        expect(Properties?.['LoggingConfig']).toMatchObject({ LogGroup: { Ref: expect.any(String) as string } });
    }
  });

  test('instances follow the load, by CPU or by requests, and not too hastily', () => {
    expect(options(inProduction, 'aws:autoscaling:asg')).toMatchObject({ MinSize: '2', MaxSize: '4', Cooldown: '300' });
    expect(options(inSandbox, 'aws:autoscaling:trigger')).toMatchObject({
      MeasureName: 'CPUUtilization',
      Statistic: 'Average',
      Unit: 'Percent',
      UpperThreshold: '70',
      LowerThreshold: '25',
    });
    expect(options(variants.requests, 'aws:autoscaling:trigger')).toMatchObject({
      MeasureName: 'RequestCount',
      Statistic: 'Sum',
      Unit: 'Count',
      // A minute's, summed over the five of a period.
      UpperThreshold: '6000',
      LowerThreshold: '1500',
      Period: '5',
    });
    expect(options(single, 'aws:autoscaling:trigger')).toEqual({});
  });

  test('access logs are kept where the option says so, and the load balancer may write them first', () => {
    const bucket = Object.keys(inProduction.findResources('AWS::S3::Bucket')).find((id) => id.startsWith('AccessLogs'));
    expect(options(inProduction, 'aws:elbv2:loadbalancer')).toMatchObject({
      AccessLogsS3Enabled: 'true',
      AccessLogsS3Bucket: { Ref: bucket },
    });
    expect(options(inSandbox, 'aws:elbv2:loadbalancer')).toMatchObject({ AccessLogsS3Enabled: 'false' });
    expect(environment(inProduction).DependsOn).toContainEqual(expect.stringMatching(/^AccessLogsPolicy/));
  });

  test.each(each)('%s: the environment is made after all that it needs, and goes before it', (_, of) => {
    const needs = environment(of).DependsOn ?? [];
    for (const needed of [
      /^ApplicationServiceRoleDefaultPolicy/,
      /^EnvironmentSessionManagerPolicy/,
      /^Environment(Single)?InstanceSecurityGroup/,
      /^AlarmsTopicPolicy/,
      /^Version/,
      ...(resources(of, 'AWS::EC2::SecurityGroupIngress').length > 0
        ? [/^EnvironmentInstanceSecurityGroupfrom/, /^EnvironmentLoadBalancerSecurityGroupto/]
        : []),
    ])
      expect(needs).toContainEqual(expect.stringMatching(needed));
  });
});
