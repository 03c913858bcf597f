import { Repository, type CfnRepository } from 'aws-cdk-lib/aws-ecr';

/**
 * A repository whose images other stacks name by its attribute `RepositoryUri`. CDK takes the ARN apart for that, which in
 * another stack is `Fn::Split` over `Fn::GetStackOutput`: CloudFormation's reference does not list that function among
 * those that `Fn::Split` supports.
 */
export class ServiceRepository extends Repository {
  override repositoryUriForTag(tag?: string): string {
    const { attrRepositoryUri } = this.node.defaultChild as CfnRepository;
    return tag === undefined ? attrRepositoryUri : `${attrRepositoryUri}:${tag}`;
  }

  override repositoryUriForTagOrDigest(tagOrDigest?: string): string {
    return tagOrDigest?.startsWith('sha256:') === true
      ? super.repositoryUriForTagOrDigest(tagOrDigest)
      : this.repositoryUriForTag(tagOrDigest);
  }
}
