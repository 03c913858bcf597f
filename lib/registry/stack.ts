import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CfnOutput, CustomResource, Duration, RemovalPolicy, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import { Project, type CfnProject } from 'aws-cdk-lib/aws-codebuild';
import { Repository, TagMutability, TagStatus, type CfnRepository } from 'aws-cdk-lib/aws-ecr';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DockerImageName, ECRDeployment } from 'cdk-ecr-deployment';
import type { Construct, IConstruct } from 'constructs';
import { ContainerImageBuild } from 'deploy-time-build';
import { imageSourceHash, imageTag, tagPrefix, type ImageVariant } from '../../docker/build';
import { imageContext } from '../../docker/context';
import { boundLogs, logTo } from '../shared/custom-resource-logs';
import type { LogSettings } from '../shared/log-settings';
import type { ServiceImage } from '../shared/service-image';
import { EcsServiceLinkedRole } from './ecs-service-linked-role';
import { PushOnce } from './push-once';

/** The kinds of images that there may be, each with tags that begin alike. */
const KINDS: Readonly<Record<string, string>> = {
  arm64: tagPrefix('arm64'),
  x64: tagPrefix('x64'),
  'Lambda on arm64': tagPrefix('arm64', 'lambda'),
};

export interface RegistryStackProps extends StackProps {
  /** The images to make, each one once. */
  readonly images: readonly [ImageVariant, ...ImageVariant[]];
  /** Whether Docker builds the images where `cdk deploy` runs, or CodeBuild in the account. */
  readonly build: 'local' | 'codebuild';
  /** Images of each kind that are kept; older ones expire. */
  readonly keepImages: number;
  /** What becomes of the repository and its images when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
  readonly logs: LogSettings;
}

/** A private repository with the image of the service in it, one for each architecture that a stack runs it on, and for Lambda. */
export class RegistryStack extends Stack {
  private readonly repository: Repository;
  /** Where the functions write that work while the stack is deployed, and at no other time. */
  private readonly deployLogs: LogGroup;
  private readonly logs: LogSettings;
  private readonly pushOnce: PushOnce;
  private copier: Role | undefined;

  constructor(scope: Construct, id: string, props: RegistryStackProps) {
    super(scope, id, props);
    const { removalPolicy, logs } = props;
    this.logs = logs;

    this.repository = new Repository(this, 'Repository', {
      imageScanOnPush: true,
      imageTagMutability: TagMutability.IMMUTABLE,
      lifecycleRules: [
        { description: 'What no tag names', tagStatus: TagStatus.UNTAGGED, maxImageAge: Duration.days(1) },
        // Each kind by itself, so that the images of one don't take the place of the other's.
        ...Object.entries(KINDS).map(([kind, prefix]) => ({
          description: `All but the newest for ${kind}`,
          tagStatus: TagStatus.TAGGED,
          tagPatternList: [`${prefix}-*`],
          maxImageCount: props.keepImages,
        })),
      ],
      removalPolicy,
      emptyOnDelete: removalPolicy === RemovalPolicy.DESTROY,
    });

    // Said all the same, where CDK leaves out what is the default.
    (this.repository.node.defaultChild as CfnRepository).encryptionConfiguration = { encryptionType: 'AES256' };

    this.deployLogs = new LogGroup(this, 'DeployLogs', logs);
    this.pushOnce = new PushOnce(this, 'PushOnce', { repository: this.repository, logGroup: this.deployLogs });
    for (const image of props.images)
      if (props.build === 'local') this.copyLocalBuild(image);
      else this.buildInAws(image);

    new EcsServiceLinkedRole(this, 'ServiceLinkedRole', { logGroup: this.deployLogs });
    this.settleDeployFunctions();

    new CfnOutput(this, 'RepositoryUri', { value: this.repository.repositoryUri });
    const imageUri = this.repository.repositoryUriForTag(this.image(props.images[0]).tag);
    new CfnOutput(this, 'ImageUri', { value: imageUri });
    new CfnOutput(this, 'PullCommand', {
      value:
        `aws ecr get-login-password --region ${this.region} | docker login --username AWS --password-stdin ` +
        `${this.account}.dkr.ecr.${this.region}.${this.urlSuffix} && docker pull ${imageUri}`,
    });
  }

  /** One of the images, by the tag that its content has. */
  image({ architecture, target }: ImageVariant): ServiceImage {
    return { repository: this.repository, tag: imageTag(architecture, target) };
  }

  /**
   * `cdk deploy` builds the image where it runs and pushes it into the asset repository of the bootstrap stack, as it
   * does with every image; from there it is copied here, under its own tag.
   */
  private copyLocalBuild({ architecture, target }: ImageVariant): void {
    // A command and not a directory: synth stages nothing, and where there is no Docker the command says what to do.
    const asset = this.synthesizer.addDockerImageAsset({
      // CDK shows the name where it fails for want of Docker, which it looks for before it runs the command.
      displayName: `Image of the service for ${tagPrefix(architecture, target)}, built here by Docker (without it: -c registry.build=codebuild)`,
      sourceHash: imageSourceHash(architecture, target),
      executable: [
        'node',
        '--import',
        pathToFileURL(require.resolve('tsx')).href,
        path.join(__dirname, '..', '..', 'docker', 'build.ts'),
        ...['--architecture', architecture, '--target', target],
      ],
    });
    const { tag } = this.image({ architecture, target });
    const copy = new ECRDeployment(this, `Copy-${tagPrefix(architecture, target)}`, {
      src: new DockerImageName(asset.imageUri),
      dest: new DockerImageName(this.repository.repositoryUriForTag(tag)),
      imageArch: [architecture === 'x64' ? 'amd64' : 'arm64'],
      role: this.copyRole(asset.repositoryName).withoutPolicyUpdates(),
    });
    this.push(copy, tag);
  }

  /** Has what a library pushes pushed once. */
  private push(library: Construct, tag: string): void {
    const [resource] = library.node.children.filter((child) => child instanceof CustomResource);
    // The libraries keep their functions at the top of the stack, and there is no other yet.
    const [pushFunction] = this.node.children.filter((child) => child instanceof LambdaFunction);
    if (!resource || !pushFunction) throw new Error(`${library.node.path} has no resource and function of its own`);
    this.pushOnce.guard(resource, { tag, pushFunction });
  }

  /** From one repository into the other; the library would ask for every repository of the account, and every bucket. */
  private copyRole(sourceRepository: string): Role {
    this.copier ??= this.newCopyRole(sourceRepository);
    return this.copier;
  }

  private newCopyRole(sourceRepository: string): Role {
    const role = new Role(this, 'CopyRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const source = this.formatArn({ service: 'ecr', resource: 'repository', resourceName: sourceRepository });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
        resources: [source, this.repository.repositoryArn],
      }),
    );
    this.repository.grantPush(role);
    this.deployLogs.grantWrite(role);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'ecr:GetAuthorizationToken supports no resource-level permission.',
    });
    return role;
  }

  /** CodeBuild builds the image in the account, for people without Docker. */
  private buildInAws({ architecture, target }: ImageVariant): void {
    const { tag } = this.image({ architecture, target });
    const build = new ContainerImageBuild(this, `Build-${tagPrefix(architecture, target)}`, {
      directory: imageContext(architecture),
      platform: architecture === 'x64' ? Platform.LINUX_AMD64 : Platform.LINUX_ARM64,
      target,
      repository: this.repository,
      tag,
    });
    this.push(build, tag);
    for (const project of this.node.children.filter((child) => child instanceof Project)) {
      build.node.addDependency(this.buildLogs(project));
      Validations.of(project).acknowledge(
        {
          id: 'AwsSolutions-CB4',
          reason: 'It has no artifact to encrypt: what it makes is the image in the repository.',
        },
        {
          id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonElasticContainerRegistryPublicReadOnly]',
          reason:
            'The library logs in to public.ecr.aws, from where the base image comes: reading public images, no more.',
        },
        ...this.codeBuildWildcards(project).map((finding) => ({
          id: `AwsSolutions-IAM5[${finding}]`,
          reason:
            'What the library and CDK grant a project: its source in the asset bucket, its own log and report groups, logging in to a registry.',
        })),
      );
    }
  }

  /**
   * The group that a project writes to, and that the library's words on a failed build link to, by the name that it has.
   * CodeBuild would make it at the first build, never delete what is in it, and leave it behind.
   */
  private buildLogs(project: Project): IConstruct {
    return (
      project.node.tryFindChild('Logs') ??
      new LogGroup(project, 'Logs', {
        logGroupName: `/aws/codebuild/${project.projectName}`,
        ...this.logs,
      })
    );
  }

  /** The wildcards in the role of a project, as cdk-nag names them. */
  private codeBuildWildcards(project: Project): string[] {
    const name = `<${this.resolve((project.node.defaultChild as CfnProject).logicalId) as string}>`;
    const here = '<AWS::Region>:<AWS::AccountId>';
    return [
      'Action::s3:GetBucket*',
      'Action::s3:GetObject*',
      'Action::s3:List*',
      'Resource::*',
      `Resource::arn:<AWS::Partition>:s3:::cdk-${this.synthesizer.bootstrapQualifier ?? ''}-assets-<AWS::AccountId>-<AWS::Region>/*`,
      `Resource::arn:<AWS::Partition>:logs:${here}:log-group:/aws/codebuild/${name}:*`,
      `Resource::arn:<AWS::Partition>:codebuild:${here}:report-group/${name}-*`,
    ];
  }

  /** The libraries keep their functions at the top of the stack, one of each kind. */
  private settleDeployFunctions(): void {
    for (const lambda of this.node.children.filter((child) => child instanceof LambdaFunction)) {
      if (lambda.role !== undefined && !Role.isRole(lambda.role)) logTo(lambda, this.deployLogs.logGroupName);
      else boundLogs(lambda, this.logs);
      for (const id of DEPLOY_FUNCTION_FINDINGS)
        Validations.of(lambda).acknowledge({
          id,
          reason: 'Called by CloudFormation a few times in its life, which waits for the answer and shows the failure.',
        });
    }
  }
}

// The last two: the library's function is built for the Node.js it names.
const DEPLOY_FUNCTION_FINDINGS = [
  'Serverless-LambdaDLQ',
  'Serverless-LambdaTracing',
  'Serverless-LambdaDefaultMemorySize',
  'Serverless-LambdaLatestVersion',
  'AwsSolutions-L1',
];
