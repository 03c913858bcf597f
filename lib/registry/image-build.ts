import { Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  BuildSpec,
  ComputeType,
  LinuxArmBuildImage,
  LinuxBuildImage,
  Project,
  Source,
  type CfnProject,
} from 'aws-cdk-lib/aws-codebuild';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

export interface ImageBuildProps {
  /** The build context, as a zip with a Dockerfile. */
  readonly context: string;
  readonly architecture: 'arm64' | 'x64';
  /** What the Dockerfile is to make. */
  readonly target: string;
  /** Where the image is pushed. */
  readonly repository: IRepository;
  readonly tag: string;
  readonly logGroup: ILogGroup;
}

/** A project of CodeBuild that builds an image, without emulation, and pushes it: for people without Docker. */
export class ImageBuild extends Project {
  constructor(scope: Construct, id: string, props: ImageBuildProps) {
    const { context, architecture, target, repository, tag, logGroup } = props;
    const { urlSuffix, account, region } = Stack.of(scope);
    const source = new Asset(scope, `${id}Context`, { path: context });
    const image = repository.repositoryUriForTag(tag);
    super(scope, id, {
      description: 'Builds the image of the service and pushes it',
      source: Source.s3({ bucket: source.bucket, path: source.s3ObjectKey }),
      environment: {
        buildImage:
          architecture === 'arm64'
            ? LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0
            : LinuxBuildImage.AMAZON_LINUX_2023_5,
        computeType: ComputeType.SMALL,
        privileged: true, // Docker runs inside
      },
      // Some two minutes; with 5 in the queue, the least that CodeBuild has, it ends before the function that waits for it.
      timeout: Duration.minutes(8),
      queuedTimeout: Duration.minutes(5),
      logging: { cloudWatch: { logGroup } },
      buildSpec: BuildSpec.fromObject({
        version: '0.2',
        // One image and no attestations beside it, which would be a list of images.
        env: { variables: { DOCKER_BUILDKIT: '1', BUILDX_NO_DEFAULT_ATTESTATIONS: '1' } },
        phases: {
          build: {
            // A command that fails ends the phase, and the next one runs all the same.
            'on-failure': 'ABORT',
            commands: [
              `docker build --target ${target} --tag ${image} .`,
              `aws ecr get-login-password | docker login --username AWS --password-stdin ${account}.dkr.ecr.${region}.${urlSuffix}`,
              `docker push ${image}`,
            ],
          },
        },
      }),
    });
    repository.grantPush(this);
    this.acknowledgeWildcards(source.s3BucketName);
  }

  private acknowledgeWildcards(bucket: string): void {
    const { logicalId } = this.node.defaultChild as CfnProject;
    const name = `<${Stack.of(this).resolve(logicalId) as string}>`;
    const here = '<AWS::Region>:<AWS::AccountId>';
    const assets = (Stack.of(this).resolve(bucket) as { readonly 'Fn::Sub': string })['Fn::Sub']
      .replaceAll('${', '<')
      .replaceAll('}', '>');
    const findings = [
      'Action::s3:GetBucket*',
      'Action::s3:GetObject*',
      'Action::s3:List*',
      'Resource::*',
      `Resource::arn:<AWS::Partition>:s3:::${assets}/*`,
      `Resource::arn:<AWS::Partition>:codebuild:${here}:report-group/${name}-*`,
      // Of CDK, beside the log group that the project has.
      `Resource::arn:<AWS::Partition>:logs:${here}:log-group:/aws/codebuild/${name}:*`,
    ];
    Validations.of(this).acknowledge(
      {
        id: 'AwsSolutions-CB4',
        reason: 'It has no artifact to encrypt: what it makes is the image in the repository.',
      },
      { id: 'AwsSolutions-CB3', reason: 'Docker runs inside the build, which takes privileged mode.' },
      ...findings.map((finding) => ({
        id: `AwsSolutions-IAM5[${finding}]`,
        reason:
          'What CDK grants a project: its source in the asset bucket, its own report groups, logging in to a registry.',
      })),
    );
  }
}
