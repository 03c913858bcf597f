import { Match, type Template } from 'aws-cdk-lib/assertions';
import { imageSourceHash, imageTag } from '../../../docker/build';
import { appWith, resources, template, templateBesideAll, type Statement } from '../../synthesis';
import { PRESETS } from '../../../tools/variants';
import { snapshotOf } from '../../template';

const sandbox = templateBesideAll('Registry');
const production = templateBesideAll('Registry', PRESETS.production);
const codebuild = templateBesideAll('Registry', { 'registry.build': 'codebuild' });

describe('snapshots', () => {
  test('sandbox', () => expect(snapshotOf(sandbox.toJSON())).toMatchSnapshot());
  test('production', () => expect(snapshotOf(production.toJSON())).toMatchSnapshot());
  test('built by CodeBuild', () => expect(snapshotOf(codebuild.toJSON())).toMatchSnapshot());
});

test('images are scanned on push, encrypted, and a tag never changes its image', () => {
  sandbox.hasResourceProperties('AWS::ECR::Repository', {
    EncryptionConfiguration: { EncryptionType: 'AES256' },
    ImageScanningConfiguration: { ScanOnPush: true },
    ImageTagMutability: 'IMMUTABLE',
  });
});

test('an image of tasks is deleted by its last pull, not by the count of newer ones; an image of Lambda never is', () => {
  const [repository] = resources(template('Registry', { 'registry.keepDays': 90 }), 'AWS::ECR::Repository');
  const policy = JSON.parse(
    (repository?.Properties?.['LifecyclePolicy'] as { LifecyclePolicyText: string }).LifecyclePolicyText,
  ) as { rules: { selection: { tagPatternList?: string[] } }[] };
  const pulled = { tagStatus: 'tagged', countType: 'sinceImagePulled', countUnit: 'days', countNumber: 90 };
  expect(policy.rules).toEqual([
    expect.objectContaining({
      rulePriority: 1,
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countNumber: 1, countUnit: 'days' },
      action: { type: 'expire' },
    }),
    ...['arm64', 'x64'].map((architecture, index): unknown =>
      expect.objectContaining({
        rulePriority: 2 + index,
        selection: { ...pulled, tagPatternList: [`${architecture}-*`] },
        action: { type: 'expire' },
      }),
    ),
  ]);
  // Which tags the patterns match.
  const patterns = policy.rules.flatMap(({ selection }) => selection.tagPatternList ?? []);
  const expires = (tag: string): boolean => patterns.some((pattern) => tag.startsWith(pattern.replace('*', '')));
  expect(expires(imageTag('arm64'))).toBe(true);
  expect(expires(imageTag('x64', 'exec'))).toBe(true);
  expect(expires(imageTag('arm64', 'lambda'))).toBe(false);
});

test('the sandbox is destroyed with its images, production keeps them once they are there', () => {
  sandbox.hasResource('AWS::ECR::Repository', { DeletionPolicy: 'Delete', Properties: { EmptyOnDelete: true } });
  production.hasResource('AWS::ECR::Repository', {
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
    Properties: { EmptyOnDelete: true },
  });
});

const images = (of: Template): Record<string, unknown>[] =>
  resources(of, 'Custom::RepositoryImage').map(({ Properties }) => Properties ?? {});
const ids = (of: Template): string[] => Object.keys(of.findResources('Custom::RepositoryImage'));
const tagsOf = (of: Template): unknown[] => images(of).map(({ Tag }) => Tag);

test('each image is copied from where `cdk deploy` has pushed it, under a tag of its content', () => {
  const [repository] = Object.keys(sandbox.findResources('AWS::ECR::Repository'));
  const tags = {
    [imageTag('arm64')]: imageSourceHash('arm64'),
    [imageTag('arm64', 'lambda')]: imageSourceHash('arm64', 'lambda'),
  };
  expect(images(sandbox)).toEqual(
    Object.entries(tags).map(([Tag, SourceTag]): unknown =>
      expect.objectContaining({
        Repository: { Ref: repository },
        Tag,
        SourceRepository: { 'Fn::Sub': expect.stringContaining('container-assets') as string },
        SourceTag,
      }),
    ),
  );
});

test('with instances of x86-64 in the cluster, the image is there for both architectures', () => {
  expect(tagsOf(template('Registry', { 'ecs.instanceType': 't3.medium' }))).toEqual(
    expect.arrayContaining([imageTag('arm64'), imageTag('x64')]),
  );
});

test('synth needs no Docker: the assembly holds a command, run when it is deployed', () => {
  const assembly = appWith({}).synth();
  const assets = assembly.artifacts.find(({ id }) => id === 'Registry.assets') as unknown as {
    contents: { dockerImages: Record<string, { source: { executable: string[] } }> };
  };
  const [image] = Object.values(assets.contents.dockerImages);
  expect(image?.source.executable.slice(-5)).toEqual([
    expect.stringMatching(/docker[/\\]build\.ts$/),
    ...['--architecture', 'arm64', '--target', 'service'],
  ]);
});

test.each(Object.entries({ sandbox, codebuild }))(
  '%s: a function that dies ends the deployment in minutes, and it may not outlast CloudFormation',
  (_, each) => {
    const [lambda] = Object.values(each.findResources('AWS::Lambda::Function')).filter(({ Properties }) =>
      JSON.stringify(Properties).includes('Brings an image'),
    );
    const { Timeout } = lambda?.['Properties'] as { Timeout: number };
    for (const { ServiceTimeout } of images(each)) {
      expect(Number(ServiceTimeout)).toBeGreaterThan(Timeout);
      expect(Number(ServiceTimeout)).toBeLessThanOrEqual(15 * 60);
    }
    for (const { Properties } of resources(each, 'AWS::CodeBuild::Project')) {
      const { TimeoutInMinutes, QueuedTimeoutInMinutes } = Properties as Record<string, number>;
      expect(((TimeoutInMinutes ?? 480) + (QueuedTimeoutInMinutes ?? 480)) * 60).toBeLessThan(Timeout);
    }
  },
);

test.each(Object.entries({ sandbox, codebuild }))('%s: images come one after the other', (_, each) => {
  const [first = '', ...others] = ids(each);
  expect(others).toHaveLength(1);
  expect(each.findResources('Custom::RepositoryImage')[others[0] ?? '']?.['DependsOn']).toContain(first);
});

test('an image is one resource for each kind, whatever is in it and whoever builds it, so that going back is no new one', () => {
  expect(ids(template('Registry', { 'task.exec': true }))).toEqual(ids(template('Registry')));
  expect(ids(codebuild)).toEqual(ids(sandbox));
});

test('ECS Exec gets an image with what it needs, under a tag of its own', () => {
  const exec = { 'task.exec': true };
  expect(imageTag('arm64', 'exec')).not.toBe(imageTag('arm64'));
  expect(tagsOf(template('Registry', exec))).toContain(imageTag('arm64', 'exec'));
  const built = template('Registry', { ...exec, 'registry.build': 'codebuild' });
  expect(tagsOf(built)).toContain(imageTag('arm64', 'exec'));
  expect(commandsOf(built)).toContain('docker build --target exec --tag');
  expect(commandsOf(codebuild)).toContain('docker build --target service --tag');
});

/** What the builds run. */
const commandsOf = (of: Template): string => JSON.stringify(resources(of, 'AWS::CodeBuild::Project'));

test('CodeBuild builds the same tag in the account, from the bundle, and no image asset is left', () => {
  expect(tagsOf(codebuild)).toEqual(tagsOf(sandbox));
  expect(commandsOf(codebuild)).toContain(`:${imageTag('arm64')}`);
  expect(JSON.stringify(codebuild.toJSON())).not.toContain('container-assets');
  codebuild.allResourcesProperties('AWS::CodeBuild::Project', {
    Environment: Match.objectLike({ Type: 'ARM_CONTAINER', PrivilegedMode: true }),
    Source: Match.objectLike({ Type: 'S3' }),
  });
});

test('a build writes to the log group of the stack, which goes with it', () => {
  const [logs] = Object.keys(codebuild.findResources('AWS::Logs::LogGroup'));
  codebuild.allResourcesProperties('AWS::CodeBuild::Project', {
    LogsConfig: { CloudWatchLogs: { GroupName: { Ref: logs }, Status: 'ENABLED' } },
  });
});

test('the function may read one repository, write one and run the builds: no wildcard, no bucket, no function', () => {
  for (const each of [sandbox, codebuild]) {
    const [role = ''] = Object.keys(each.findResources('AWS::IAM::Role')).filter((id) => id.startsWith('ImagesRole'));
    const own = Object.values(each.findResources('AWS::IAM::Policy'))
      .map(({ Properties }) => Properties as { Roles: object[]; PolicyDocument: { Statement: Statement[] } })
      .filter(({ Roles }) => JSON.stringify(Roles) === JSON.stringify([{ Ref: role }]))
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    expect(own.length).toBeGreaterThan(2);
    expect(own.filter(({ Resource }) => Resource === '*')).toEqual([]);
    expect(own.flatMap(({ Action }) => Action).filter((action) => !/^(ecr|logs|codebuild):/.test(action))).toEqual([]);
    for (const image of resources(each, 'Custom::RepositoryImage'))
      expect(image.DependsOn).toEqual(
        expect.arrayContaining(
          Object.keys(each.findResources('AWS::IAM::Policy')).filter((id) => id.startsWith('ImagesRole')),
        ),
      );
  }
});

test('no function of the stack makes a log group that would survive it', () => {
  for (const each of [sandbox, codebuild]) {
    for (const lambda of resources(each, 'AWS::Lambda::Function'))
      expect(lambda.Properties?.['LoggingConfig']).toHaveProperty('LogGroup.Ref');
    expect(JSON.stringify(each.toJSON())).not.toContain('AWSLambdaBasicExecutionRole');
    each.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' });
  }
});

test('where the image is, and how to pull it, are outputs', () => {
  sandbox.hasOutput('RepositoryUri', {});
  sandbox.hasOutput('ImageUri', {});
  expect(JSON.stringify(sandbox.findOutputs('PullCommand'))).toContain('docker pull');
});
