import { Aws, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type { IProject } from 'aws-cdk-lib/aws-codebuild';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { DeploymentFunction } from '../shared/deployment-function';

export interface RepositoryImagesProps {
  readonly repository: IRepository;
  /** Where the function writes. */
  readonly logGroup: ILogGroup;
}

// Longer than a build may wait and run (lib/registry/image-build.ts). CloudFormation hears nothing from a function that is
// ended at its limit, and waits for its own: without one, an hour.
const FUNCTION_TIMEOUT = Duration.minutes(14);
const SERVICE_TIMEOUT = Duration.minutes(15);

/**
 * Images in a repository, each under a tag of its content. One function copies them from another repository by the API of
 * ECR, or has CodeBuild build and push them. It pushes no tag that is there: the repository takes a tag only once.
 */
export class RepositoryImages extends Construct {
  private readonly role: Role;
  private readonly lambda: DeploymentFunction;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: RepositoryImagesProps,
  ) {
    super(scope, id);
    const { repository, logGroup } = props;
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);
    this.grant(repository.repositoryArn, [
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:CompleteLayerUpload',
      'ecr:InitiateLayerUpload',
      'ecr:PutImage',
      'ecr:UploadLayerPart',
    ]);
    this.lambda = new DeploymentFunction(this, 'Function', {
      description: 'Brings an image into a repository unless its tag is there',
      entry: 'lambda/registry/index.ts',
      role: this.role,
      logGroup,
      timeout: FUNCTION_TIMEOUT,
      memoryMiB: 512, // parts of layers have 20 MiB, and are sent as text
    });
  }

  /**
   * Copies an image that is in another repository of the account.
   *
   * @param id the same for every image that takes the place of another, so that a newer one is an update
   */
  copy(id: string, tag: string, source: { readonly repositoryName: string; readonly tag: string }): CustomResource {
    const { repositoryName } = source;
    const arn = Stack.of(this).formatArn({ service: 'ecr', resource: 'repository', resourceName: repositoryName });
    this.grant(arn, ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']);
    return this.addImage(id, tag, { SourceRepository: repositoryName, SourceTag: source.tag });
  }

  /** Runs a project that builds an image and pushes it under the tag. */
  build(id: string, tag: string, project: IProject): CustomResource {
    this.grant(project.projectArn, ['codebuild:BatchGetBuilds', 'codebuild:StartBuild']);
    const image = this.addImage(id, tag, { Project: project.projectName, DnsSuffix: Aws.URL_SUFFIX });
    image.node.addDependency(project);
    return image;
  }

  private addImage(id: string, tag: string, source: Readonly<Record<string, string>>): CustomResource {
    const image = new CustomResource(this, id, {
      serviceToken: this.lambda.functionArn,
      resourceType: 'Custom::RepositoryImage',
      serviceTimeout: SERVICE_TIMEOUT,
      properties: { Repository: this.props.repository.repositoryName, Tag: tag, ...source },
    });
    // The policies of the role, so that it may do what the function needs until the image is there.
    image.node.addDependency(this.role);
    return image;
  }

  private grant(resource: string, actions: string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
  }
}
