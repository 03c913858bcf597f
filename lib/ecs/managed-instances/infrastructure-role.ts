import { Stack, Validations } from 'aws-cdk-lib';
import type { ISecurityGroup, ISubnet } from 'aws-cdk-lib/aws-ec2';
import { Policy, PolicyStatement, Role, ServicePrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

export interface InfrastructureRoleProps {
  /** The role of the instances: the one role that ECS may give them. */
  readonly instanceRole: IRole;
  /** Where ECS may launch instances. */
  readonly subnets: readonly ISubnet[];
  readonly securityGroup: ISecurityGroup;
  /** Whether ECS may buy Spot Instances, and create the service-linked role that a new account lacks for it. */
  readonly spot: boolean;
}

/** What ECS puts on every resource that it creates for Managed Instances. */
const MANAGED = { 'aws:RequestTag/AmazonECSManaged': 'true' };

/**
 * The role with which ECS launches instances: what the managed policy
 * AmazonECSInfrastructureRolePolicyForManagedInstances (version 11, February 2026) allows, in this account and region, in
 * these subnets, and with this instance role. The managed policy passes only roles whose names begin with
 * `ecsInstanceRole`, which CloudFormation's names do not; a fixed name would collide with that of a second copy.
 */
export class InfrastructureRole extends Role {
  constructor(scope: Construct, id: string, props: InfrastructureRoleProps) {
    super(scope, id, { assumedBy: new ServicePrincipal('ecs.amazonaws.com') });
    // Below the role, so that what depends on the role has the policy until it is deleted: ECS needs it to the last
    // instance.
    const policy = new Policy(this, 'Policy', {
      statements: [
        ...this.createLaunchTemplates(),
        ...this.launchInstances(props),
        this.tagWhatItCreates(),
        new PolicyStatement({
          actions: ['iam:PassRole'],
          resources: [props.instanceRole.roleArn],
          // With a suffix in the China regions, as the managed policy has it.
          conditions: { StringLike: { 'iam:PassedToService': 'ec2.*' } },
        }),
        ...(props.spot ? [this.createSpotRole()] : []),
        this.describe(),
      ],
    });
    policy.attachToRole(this);
    const own = ['fleet', 'instance', 'launch-template', 'network-interface', 'volume'];
    Validations.of(policy).acknowledge(
      ...own.map((kind) => ({
        id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:${kind}/*]`,
        reason: 'The ids of resources to come are unknown; a condition holds each action to what ECS creates and tags.',
      })),
      {
        id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>::image/*]',
        reason: 'AWS chooses the machine image of Managed Instances, and replaces it with each patch.',
      },
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'The Describe actions of EC2 support no resource-level permission.',
      },
    );
  }

  private createLaunchTemplates(): PolicyStatement[] {
    const resources = this.ec2Arns('launch-template');
    return [
      new PolicyStatement({
        actions: ['ec2:CreateLaunchTemplate'],
        resources,
        conditions: { StringEquals: MANAGED },
      }),
      new PolicyStatement({
        actions: ['ec2:CreateLaunchTemplateVersion', 'ec2:ModifyLaunchTemplate'],
        resources,
        conditions: { StringEquals: { 'ec2:ManagedResourceOperator': 'ecs.amazonaws.com' } },
      }),
    ];
  }

  private launchInstances({ subnets, securityGroup }: InfrastructureRoleProps): PolicyStatement[] {
    const stack = Stack.of(this);
    const places = [
      ...subnets.map(({ subnetId }) => stack.formatArn({ service: 'ec2', resource: 'subnet', resourceName: subnetId })),
      stack.formatArn({ service: 'ec2', resource: 'security-group', resourceName: securityGroup.securityGroupId }),
      stack.formatArn({ service: 'ec2', account: '', resource: 'image', resourceName: '*' }),
    ];
    return [
      new PolicyStatement({
        actions: ['ec2:CreateFleet'],
        resources: this.ec2Arns('fleet', 'instance', 'network-interface', 'launch-template', 'volume'),
        conditions: { StringEquals: MANAGED },
      }),
      new PolicyStatement({
        actions: ['ec2:RunInstances'],
        resources: this.ec2Arns('instance', 'network-interface', 'volume'),
        conditions: { StringEquals: MANAGED },
      }),
      new PolicyStatement({
        actions: ['ec2:RunInstances'],
        resources: this.ec2Arns('launch-template'),
        conditions: { StringEquals: { 'ec2:ResourceTag/AmazonECSManaged': 'true' } },
      }),
      new PolicyStatement({ actions: ['ec2:CreateFleet', 'ec2:RunInstances'], resources: places }),
    ];
  }

  private tagWhatItCreates(): PolicyStatement {
    return new PolicyStatement({
      actions: ['ec2:CreateTags'],
      resources: this.ec2Arns('fleet', 'launch-template', 'network-interface', 'instance', 'volume'),
      conditions: {
        StringEquals: { 'ec2:CreateAction': ['CreateFleet', 'CreateLaunchTemplate', 'RunInstances'] },
      },
    });
  }

  private createSpotRole(): PolicyStatement {
    return new PolicyStatement({
      actions: ['iam:CreateServiceLinkedRole'],
      resources: [
        Stack.of(this).formatArn({
          service: 'iam',
          region: '',
          resource: 'role',
          resourceName: 'aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot',
        }),
      ],
    });
  }

  private describe(): PolicyStatement {
    return new PolicyStatement({
      actions: [
        'ec2:DescribeAvailabilityZones',
        'ec2:DescribeInstanceTypeOfferings',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeInstances',
        'ec2:DescribeLaunchTemplates',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
      ],
      resources: ['*'],
    });
  }

  private ec2Arns(...kinds: readonly string[]): string[] {
    return kinds.map((resource) => Stack.of(this).formatArn({ service: 'ec2', resource, resourceName: '*' }));
  }
}
