import { Match } from 'aws-cdk-lib/assertions';
import { imageTag } from '../../../docker/build';
import { appWith, productionTemplate, resources, statements, template } from '../../synthesis';
import { snapshotOf } from '../../template';

const sandbox = template('Registry');
const production = productionTemplate('Registry');
const codebuild = template('Registry', { 'registry.build': 'codebuild' });

describe('snapshots', () => {
  test('sandbox', () => expect(snapshotOf(sandbox.toJSON())).toMatchSnapshot());
  test('production', () => expect(snapshotOf(production.toJSON())).toMatchSnapshot());
  test('built by CodeBuild', () => expect(snapshotOf(codebuild.toJSON())).toMatchSnapshot());
});

test('images are scanned when they come, and a tag never changes its image', () => {
  sandbox.hasResourceProperties('AWS::ECR::Repository', {
    ImageScanningConfiguration: { ScanOnPush: true },
    ImageTagMutability: 'IMMUTABLE',
  });
});

test('the newest images are kept, as many as the option says; what no tag names goes', () => {
  const [repository] = resources(template('Registry', { 'registry.keepImages': 3 }), 'AWS::ECR::Repository');
  const policy = JSON.parse(
    (repository?.Properties?.['LifecyclePolicy'] as { LifecyclePolicyText: string }).LifecyclePolicyText,
  ) as { rules: { selection: object }[] };
  expect(policy.rules.map(({ selection }) => selection)).toEqual([
    { tagStatus: 'untagged', countType: 'sinceImagePushed', countNumber: 1, countUnit: 'days' },
    { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 3 },
  ]);
});

test('the sandbox is destroyed with its images, production keeps them', () => {
  sandbox.hasResource('AWS::ECR::Repository', { DeletionPolicy: 'Delete', Properties: { EmptyOnDelete: true } });
  production.hasResource('AWS::ECR::Repository', {
    DeletionPolicy: 'Retain',
    Properties: { EmptyOnDelete: false },
  });
});

test('the image is copied from where `cdk deploy` has pushed it, under a tag that tells its content', () => {
  sandbox.hasResourceProperties('Custom::CDKECRDeployment', {
    DestImage: { 'Fn::Join': ['', Match.arrayWith([`:${imageTag('arm64')}`])] },
    ImageArch: 'arm64',
  });
});

test('with instances of x86-64 in the cluster, the image is there for both architectures', () => {
  const both = template('Registry', { 'ecs.instanceType': 't3.medium' });
  expect(
    resources(both, 'Custom::CDKECRDeployment').map(({ Properties }) => Properties?.['ImageArch'] as unknown),
  ).toEqual(['arm64', 'amd64']);
});

test('synth needs no Docker: the assembly holds a command, run when it is deployed', () => {
  const assembly = appWith({}).synth();
  const assets = assembly.artifacts.find(({ id }) => id === 'Registry.assets') as unknown as {
    contents: { dockerImages: Record<string, { source: { executable: string[] } }> };
  };
  const [image] = Object.values(assets.contents.dockerImages);
  expect(image?.source.executable.slice(-3)).toEqual([
    expect.stringMatching(/docker[/\\]build\.ts$/),
    '--architecture',
    'arm64',
  ]);
});

test('CodeBuild builds the same tag in the account, from the bundle, and no image asset is left', () => {
  codebuild.hasResourceProperties('Custom::CDKContainerImageBuild', { imageTag: imageTag('arm64') });
  codebuild.resourceCountIs('Custom::CDKECRDeployment', 0);
  codebuild.hasResourceProperties('AWS::CodeBuild::Project', {
    Environment: Match.objectLike({ Type: 'ARM_CONTAINER' }),
    LogsConfig: { CloudWatchLogs: { Status: 'ENABLED', GroupName: { Ref: Match.stringLikeRegexp('^DeployLogs') } } },
  });
});

test('the copy may read one repository and write one, and no bucket', () => {
  for (const { Action, Resource } of statements(sandbox))
    for (const action of [Action].flat().filter((name) => /^(ecr|s3):/.test(name)))
      if (Resource === '*') expect(action).toBe('ecr:GetAuthorizationToken');
  expect(JSON.stringify(statements(sandbox))).not.toContain('s3:');
});

test('an account that never had a cluster gets the role of ECS, and one that has it keeps it', () => {
  const [create] = resources(sandbox, 'Custom::AWS');
  expect(JSON.parse(create?.Properties?.['Create'] as string)).toMatchObject({
    action: 'CreateServiceLinkedRole',
    parameters: { AWSServiceName: 'ecs.amazonaws.com' },
    ignoreErrorCodesMatching: 'InvalidInput.*',
  });
  expect(create?.Properties).not.toHaveProperty('Delete');
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
