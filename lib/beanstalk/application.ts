import { CustomResource, Duration, RemovalPolicy, Stack, Validations, type CfnResource } from 'aws-cdk-lib';
import { CfnApplication } from 'aws-cdk-lib/aws-elasticbeanstalk';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { keepOnceCreated } from '../shared/access-logs-bucket';
import { DeploymentFunction } from '../shared/deployment-function';

export interface BeanstalkApplicationProps {
  readonly description: string;
  /** Versions kept for a rollback, 1 to 1,000; older ones go when a new one is made, with their source bundles. */
  readonly keepVersions: number;
  /** What becomes of the source bundles when the application goes. */
  readonly removalPolicy: RemovalPolicy;
  /** Where the function writes that does what CloudFormation can't. */
  readonly logGroup: ILogGroup;
}

/** Something that CloudFormation has no resource for. */
export interface BeanstalkResource {
  readonly kind: 'Ready' | 'Platform' | 'Version' | 'LoadBalancer';
  readonly properties: Readonly<Record<string, string>>;
  /** What lambda/beanstalk/ needs to be allowed for it. */
  readonly permissions: readonly PolicyStatement[];
}

/**
 * An application of Elastic Beanstalk: its versions, each with its source bundle in a bucket of its own; how many of them
 * are kept; and the role under which Elastic Beanstalk looks after all of it.
 */
export class BeanstalkApplication extends Construct {
  readonly applicationName: string;
  /** Under which Elastic Beanstalk watches and updates the environments, and deletes old versions. */
  readonly serviceRole: Role;
  /** The source bundles of all versions, by label. */
  readonly bundles: Bucket;
  private readonly functionRole: Role;
  private readonly lambda: DeploymentFunction;

  constructor(scope: Construct, id: string, props: BeanstalkApplicationProps) {
    super(scope, id);
    this.bundles = this.bundleBucket(props.removalPolicy);
    this.serviceRole = this.makeServiceRole();
    const application = new CfnApplication(this, 'Resource', {
      description: props.description,
      resourceLifecycleConfig: {
        serviceRole: this.serviceRole.roleArn,
        versionLifecycleConfig: {
          maxCountRule: { enabled: true, maxCount: props.keepVersions, deleteSourceFromS3: true },
        },
      },
    });
    this.applicationName = application.ref;

    this.functionRole = new Role(this, 'FunctionRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    props.logGroup.grantWrite(this.functionRole);
    this.lambda = new DeploymentFunction(this, 'Function', {
      description: 'What CloudFormation has no resource for in Elastic Beanstalk',
      entry: 'lambda/beanstalk/index.ts',
      role: this.functionRole,
      logGroup: props.logGroup,
    });
  }

  /** A resource that lambda/beanstalk/ makes, and what it may do for that. */
  customResource(scope: Construct, id: string, { kind, properties, permissions }: BeanstalkResource): CustomResource {
    for (const statement of permissions) this.functionRole.addToPrincipalPolicy(statement);
    return new CustomResource(scope, id, {
      serviceToken: this.lambda.functionArn,
      serviceTimeout: Duration.minutes(5), // CloudFormation would wait an hour for a function that fell silent
      resourceType: `Custom::Beanstalk${kind}`,
      properties,
    });
  }

  /** Says why the function may do something to more than one resource, named as cdk-nag names it. */
  acknowledgeWildcard(resource: string, reason: string): void {
    Validations.of(this.functionRole).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
  }

  /** ARN of this application, or of its versions or environments by name. */
  arn(resource: 'application' | 'applicationversion' | 'environment', name?: string): string {
    const resourceName = [this.applicationName, name].filter((part) => part !== undefined).join('/');
    return Stack.of(this).formatArn({ service: 'elasticbeanstalk', resource, resourceName });
  }

  /** In place of CDK's bucket of assets, which is cleaned up by other rules, and where a lifecycle may delete nothing. */
  private bundleBucket(removalPolicy: RemovalPolicy): Bucket {
    const bucket = new Bucket(this, 'Bundles', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    });
    if (removalPolicy !== RemovalPolicy.DESTROY) keepOnceCreated(bucket);
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only deployments read and write here; the events of the environments and CloudTrail have those.',
    });
    return bucket;
  }

  /**
   * The role with the two managed policies that Elastic Beanstalk asks for, and the right to read and delete source
   * bundles, which those limit to buckets of Elastic Beanstalk's own.
   * Source: Developer Guide, "Managing Elastic Beanstalk service roles" and "Configuring application version lifecycle
   * settings".
   */
  private makeServiceRole(): Role {
    const role = new Role(this, 'ServiceRole', {
      assumedBy: new ServicePrincipal('elasticbeanstalk.amazonaws.com').withConditions({
        StringEquals: { 'sts:ExternalId': 'elasticbeanstalk' },
      }),
      managedPolicies: SERVICE_POLICIES.map((name) => ManagedPolicy.fromAwsManagedPolicyName(name)),
    });
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['s3:GetObject', 's3:DeleteObject'],
        resources: [this.bundles.arnForObjects('*')],
      }),
    );
    for (const name of SERVICE_POLICIES) acknowledgeManagedPolicy(role, name);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${logicalIdOf(this.bundles)}.Arn>/*]`,
      reason: BUNDLES_ONLY,
    });
    return role;
  }
}

const SERVICE_POLICIES = [
  'service-role/AWSElasticBeanstalkEnhancedHealth',
  'AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy',
];

/** Why a role may read or write every object of the bucket of source bundles. */
export const BUNDLES_ONLY = 'The bucket holds the source bundles of this application alone, whose names are to come.';

/** Says why a role has a managed policy of Elastic Beanstalk's. */
export function acknowledgeManagedPolicy(role: Role, name: string): void {
  Validations.of(role).acknowledge({
    id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${name}]`,
    reason:
      'Elastic Beanstalk documents this policy as what it needs, and extends it with what its platforms learn to do.',
  });
}

/** Logical id of the resource of a construct, by which cdk-nag names what a policy refers to. */
export const logicalIdOf = (construct: Construct): string =>
  Stack.of(construct).getLogicalId(construct.node.defaultChild as CfnResource);
