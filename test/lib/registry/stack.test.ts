import { Match, type Template } from 'aws-cdk-lib/assertions';
import { imageTag } from '../../../docker/build';
import { appWith, resources, statements, template, templateBesideAll } from '../../synthesis';
import { PRESETS } from '../../../tools/variants';
import { snapshotOf, type CloudFormationResource } from '../../template';

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

test('the newest images of each kind are kept, as many as the option says; untagged ones go', () => {
  const [repository] = resources(template('Registry', { 'registry.keepImages': 3 }), 'AWS::ECR::Repository');
  const policy = JSON.parse(
    (repository?.Properties?.['LifecyclePolicy'] as { LifecyclePolicyText: string }).LifecyclePolicyText,
  ) as { rules: object[] };
  expect(policy.rules).toEqual([
    expect.objectContaining({
      rulePriority: 1,
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countNumber: 1, countUnit: 'days' },
    }),
    ...['arm64', 'x64', 'lambda-arm64'].map((kind, index): unknown =>
      expect.objectContaining({
        rulePriority: 2 + index,
        selection: {
          tagStatus: 'tagged',
          tagPatternList: [`${kind}-*`],
          countType: 'imageCountMoreThan',
          countNumber: 3,
        },
      }),
    ),
  ]);
  // What the patterns are for.
  for (const architecture of ['arm64', 'x64'] as const)
    expect(imageTag(architecture)).toMatch(RegExp(`^${architecture}-`));
  expect(imageTag('arm64', 'exec')).toMatch(/^arm64-/);
  expect(imageTag('arm64', 'lambda')).toMatch(/^lambda-arm64-/);
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
  ).toEqual(['arm64', 'amd64', 'arm64']);
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

describe('an image that is there already', () => {
  const pushed = (of: Template): CloudFormationResource[] => [
    ...resources(of, 'Custom::CDKECRDeployment'),
    ...resources(of, 'Custom::CDKContainerImageBuild'),
  ];
  const idOf = (of: Template, start: string): string => {
    const [id = '', ...others] = Object.keys(of.findResources('AWS::Lambda::Function')).filter((name) =>
      name.startsWith(start),
    );
    expect(others).toEqual([]);
    return id;
  };

  test.each([
    ['copied', sandbox, 'CustomCDKECRDeployment'],
    ['built', codebuild, 'DeployTimeBuildCustomResourceHandler'],
  ])('is not %s again: a function in front of the library’s looks for the tag first', (_, each, library) => {
    const [front, push] = [idOf(each, 'PushOnceFunction'), idOf(each, library)];
    const [repository] = Object.keys(each.findResources('AWS::ECR::Repository'));
    expect(pushed(each).map(({ Properties }) => Properties)).toEqual(
      [imageTag('arm64'), imageTag('arm64', 'lambda')].map((Tag): unknown =>
        expect.objectContaining({
          ServiceToken: { 'Fn::GetAtt': [front, 'Arn'] },
          Repository: { Ref: repository },
          Tag,
          PushFunction: { 'Fn::GetAtt': [push, 'Arn'] },
        }),
      ),
    );
    const [role] = Object.keys(each.findResources('AWS::IAM::Role')).filter((id) => id.startsWith('PushOnceRole'));
    const own = Object.values(each.findResources('AWS::IAM::Policy'))
      .map(({ Properties }) => Properties as { Roles: object[]; PolicyDocument: { Statement: object[] } })
      .filter(({ Roles }) => JSON.stringify(Roles) === JSON.stringify([{ Ref: role }]));
    expect(own.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)).toEqual([
      expect.objectContaining({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }),
      { Effect: 'Allow', Action: 'ecr:DescribeImages', Resource: { 'Fn::GetAtt': [repository, 'Arn'] } },
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: { 'Fn::GetAtt': [push, 'Arn'] } },
    ]);
    for (const type of ['AWS::IAM::Policy', 'AWS::IAM::Role'])
      expect(pushed(each)[0]?.DependsOn).toEqual(
        expect.arrayContaining(Object.keys(each.findResources(type)).filter((id) => id.startsWith('PushOnceRole'))),
      );
  });

  test('is one resource for each architecture, whatever is in it, so that going back is no new one', () => {
    const ids = (of: Template): string[] => Object.keys(of.findResources('Custom::CDKECRDeployment'));
    expect(ids(sandbox)).toEqual(ids(template('Registry', { 'task.exec': true })));
  });
});

test('ECS Exec gets an image with what it needs, under a tag of its own', () => {
  const exec = { 'task.exec': true };
  expect(imageTag('arm64', 'exec')).not.toBe(imageTag('arm64'));
  template('Registry', exec).hasResourceProperties('Custom::CDKECRDeployment', { Tag: imageTag('arm64', 'exec') });
  const built = template('Registry', { ...exec, 'registry.build': 'codebuild' });
  built.hasResourceProperties('Custom::CDKContainerImageBuild', {
    Tag: imageTag('arm64', 'exec'),
    buildCommand: Match.stringLikeRegexp('--target exec '),
  });
  codebuild.hasResourceProperties('Custom::CDKContainerImageBuild', {
    buildCommand: Match.stringLikeRegexp('--target service '),
  });
});

test('CodeBuild builds the same tag in the account, from the bundle, and no image asset is left', () => {
  codebuild.hasResourceProperties('Custom::CDKContainerImageBuild', { imageTag: imageTag('arm64') });
  codebuild.resourceCountIs('Custom::CDKECRDeployment', 0);
  codebuild.hasResourceProperties('AWS::CodeBuild::Project', {
    Environment: Match.objectLike({ Type: 'ARM_CONTAINER' }),
    LogsConfig: Match.absent(), // so that it writes where the library says that it does
  });
});

test('the log of a build is where the words on a failure link to, before the build, and no longer than the stack', () => {
  const [project] = Object.keys(codebuild.findResources('AWS::CodeBuild::Project'));
  const named = { LogGroupName: { 'Fn::Join': ['', ['/aws/codebuild/', { Ref: project }]] } };
  codebuild.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete', Properties: named });
  const [logs = ''] = Object.keys(codebuild.findResources('AWS::Logs::LogGroup', { Properties: named }));
  expect(resources(codebuild, 'Custom::CDKContainerImageBuild')[0]?.DependsOn).toContain(logs);
});

test('the copy may read one repository and write one, and no bucket', () => {
  const ecr = statements(sandbox).filter(({ Action }) => [Action].flat().some((name) => name.startsWith('ecr:')));
  expect(ecr.length).toBeGreaterThan(2);
  expect(ecr.filter(({ Resource }) => Resource === '*').map(({ Action }) => Action)).toEqual([
    'ecr:GetAuthorizationToken',
  ]);
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
