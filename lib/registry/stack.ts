import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CfnOutput, Stack, type CustomResource, type RemovalPolicy, type StackProps } from 'aws-cdk-lib';
import { TagMutability, type CfnRepository, type Repository } from 'aws-cdk-lib/aws-ecr';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { imageSourceHash, imageTag, tagPrefix, type ImageVariant } from '../../docker/build';
import { imageContext } from '../../docker/context';
import type { LogSettings } from '../shared/log-settings';
import type { ServiceImage } from '../shared/service-image';
import { ImageBuild } from './image-build';
import { RepositoryImages } from './repository-image';
import { ServiceRepository } from './service-repository';

export interface RegistryStackProps extends StackProps {
  /** The images to make, each one once. */
  readonly images: readonly [ImageVariant, ...ImageVariant[]];
  /** Whether Docker builds the images where `cdk deploy` runs, or CodeBuild in the account. */
  readonly build: 'local' | 'codebuild';
  /** Days after its last pull until an image of tasks is deleted. Each start of a task pulls its image. */
  readonly keepDays: number;
  /** What becomes of the repository and its images when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
  readonly logs: LogSettings;
}

/** A private repository with the image of the service in it, one for each architecture that a stack runs it on, and for Lambda. */
export class RegistryStack extends Stack {
  private readonly repository: Repository;
  private readonly images: RepositoryImages;

  constructor(scope: Construct, id: string, props: RegistryStackProps) {
    super(scope, id, props);
    this.repository = this.createRepository(props);
    // Where the function and the builds write, which run while the stack is deployed, and at no other time.
    const logGroup = new LogGroup(this, 'DeployLogs', props.logs);
    this.images = new RepositoryImages(this, 'Images', { repository: this.repository, logGroup });

    let before: CustomResource | undefined;
    for (const variant of props.images) {
      const image = props.build === 'local' ? this.copyLocalBuild(variant) : this.buildInAws(variant, logGroup);
      // One after the other: a new account has one build at once, or none.
      if (before) image.node.addDependency(before);
      before = image;
    }

    new CfnOutput(this, 'RepositoryUri', { value: this.repository.repositoryUriForTag() });
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

  private createRepository({ keepDays, removalPolicy }: RegistryStackProps): Repository {
    const repository = new ServiceRepository(this, 'Repository', {
      imageScanOnPush: true,
      imageTagMutability: TagMutability.IMMUTABLE,
      removalPolicy,
    });
    const resource = repository.node.defaultChild as CfnRepository;
    // Also where it is kept: it is deleted with its images then, too, but only where its creation fails.
    resource.emptyOnDelete = true;
    // The default, which CDK leaves out.
    resource.encryptionConfiguration = { encryptionType: 'AES256' };
    // By the last pull and not by a count of newer images: builds of one service would expire the image that another one
    // still runs. CDK's `lifecycleRules` have no such rule (ECR User Guide, "Lifecycle policy properties"). No rule is about
    // the images of Lambda, which pulls an image only once, and needs it as long as there is a version of the function.
    const pulled = { countType: 'sinceImagePulled', countUnit: 'days', countNumber: keepDays };
    const rules = [
      {
        description: 'What no tag names',
        selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 1 },
      },
      ...[tagPrefix('arm64'), tagPrefix('x64')].map((prefix) => ({
        description: `What no task has been started from for ${keepDays} days, on ${prefix}`,
        selection: { tagStatus: 'tagged', tagPatternList: [`${prefix}-*`], ...pulled },
      })),
    ].map((rule, index) => ({ rulePriority: index + 1, ...rule, action: { type: 'expire' } }));
    resource.lifecyclePolicy = { lifecyclePolicyText: JSON.stringify({ rules }) };
    return repository;
  }

  /**
   * `cdk deploy` builds the image where it runs and pushes it into the asset repository of the bootstrap stack, as it
   * does with every image; from there it is copied here, under its own tag.
   */
  private copyLocalBuild({ architecture, target }: ImageVariant): CustomResource {
    const sourceHash = imageSourceHash(architecture, target);
    // A command and not a directory: synth stages nothing, and where there is no Docker the command says what to do.
    const { repositoryName, imageTag: assetTag = sourceHash } = this.synthesizer.addDockerImageAsset({
      // CDK shows the name where it fails for want of Docker, which it looks for before it runs the command.
      displayName: `Image of the service for ${tagPrefix(architecture, target)}, built here by Docker (without it: -c registry.build=codebuild)`,
      sourceHash,
      executable: [
        'node',
        '--import',
        pathToFileURL(require.resolve('tsx')).href,
        path.join(__dirname, '..', '..', 'docker', 'build.ts'),
        ...['--architecture', architecture, '--target', target],
      ],
    });
    const source = { repositoryName, tag: assetTag };
    return this.images.copy(tagPrefix(architecture, target), imageTag(architecture, target), source);
  }

  /** CodeBuild builds the image in the account, for people without Docker. */
  private buildInAws({ architecture, target }: ImageVariant, logGroup: LogGroup): CustomResource {
    const [prefix, tag] = [tagPrefix(architecture, target), imageTag(architecture, target)];
    const project = new ImageBuild(this, `Build-${prefix}`, {
      context: imageContext(architecture),
      architecture,
      target,
      repository: this.repository,
      tag,
      logGroup,
    });
    return this.images.build(prefix, tag, project);
  }
}
