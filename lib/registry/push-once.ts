import { CfnResource, type CustomResource } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { DeploymentFunction } from '../shared/deployment-function';

export interface PushOnceProps {
  readonly repository: IRepository;
  /** Where the function writes. */
  readonly logGroup: ILogGroup;
}

/**
 * Has images pushed that are not in a repository yet, and no others: it takes a tag only once, even of the same image. A
 * library's custom resource pushes whenever it is created or changed: also when it goes back to the tag before, or is
 * made again after a deployment that failed elsewhere.
 */
export class PushOnce extends Construct {
  private readonly repository: IRepository;
  private readonly role: Role;
  private readonly lambda: DeploymentFunction;

  constructor(scope: Construct, id: string, { repository, logGroup }: PushOnceProps) {
    super(scope, id);
    this.repository = repository;
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);
    this.role.addToPolicy(
      new PolicyStatement({ actions: ['ecr:DescribeImages'], resources: [repository.repositoryArn] }),
    );
    this.lambda = new DeploymentFunction(this, 'Function', {
      description: 'Has an image pushed unless its tag is there',
      entry: 'lambda/registry/index.ts',
      role: this.role,
      logGroup,
    });
  }

  /** Comes between CloudFormation and the library's function that pushes `tag` for `resource`. */
  guard(resource: CustomResource, { tag, pushFunction }: { tag: string; pushFunction: IFunction }): void {
    this.role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [pushFunction.functionArn] }),
    );
    if (!CfnResource.isCfnResource(resource.node.defaultChild)) throw new Error(`${resource.node.path} is no resource`);
    resource.node.defaultChild.addPropertyOverride('ServiceToken', this.lambda.functionArn);
    resource.node.defaultChild.addPropertyOverride('Repository', this.repository.repositoryName);
    resource.node.defaultChild.addPropertyOverride('Tag', tag);
    resource.node.defaultChild.addPropertyOverride('PushFunction', pushFunction.functionArn);
    resource.node.addDependency(this.role, pushFunction);
  }
}
