import { Annotations, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import { Vpc, type IVpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

export interface ExistingNetworkStackProps extends StackProps {
  readonly vpcId: string;
  /** Availability zones of the subnets. */
  readonly zoneNames: readonly string[];
  /** Ids of the public subnets, one for each zone, in the order of the zones. */
  readonly publicSubnetIds: readonly string[];
  /**
   * Ids of the private subnets, one for each zone, in the order of the zones. They need a way out: NAT, or another.
   * @default - everything stands in the public subnets
   */
  readonly privateSubnetIds?: readonly string[] | undefined;
}

/**
 * A VPC that exists already, in place of one of our own. All values are given, so that nothing is looked up. The stack is
 * empty, and the CDK CLI does not deploy an empty stack.
 */
export class ExistingNetworkStack extends Stack {
  readonly vpc: IVpc;

  constructor(scope: Construct, id: string, props: ExistingNetworkStackProps) {
    super(scope, id, props);
    const { vpcId, zoneNames, publicSubnetIds, privateSubnetIds } = props;
    this.vpc = Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId,
      availabilityZones: [...zoneNames],
      publicSubnetIds: [...publicSubnetIds],
      ...(privateSubnetIds ? { privateSubnetIds: [...privateSubnetIds] } : {}),
    });
    // Nothing here reads a route table.
    Annotations.of(this).acknowledgeWarning('@aws-cdk/aws-ec2:noSubnetRouteTableId');
    Validations.of(this).acknowledge({
      id: 'CloudFormation-Validate::F0001',
      reason: 'The VPC exists already: there is nothing to deploy.',
    });
  }
}
