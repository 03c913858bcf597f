import { Fn } from 'aws-cdk-lib';
import {
  CfnEgressOnlyInternetGateway,
  CfnRoute,
  CfnSubnetCidrBlock,
  CfnVPCCidrBlock,
  type ISubnet,
  type Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

/** Bits that the addresses of one subnet differ in: every subnet has a `/64`. */
const BITS_OF_SUBNET = '64';

export interface Ipv6Props {
  readonly vpc: Vpc;
  /** The most zones that the network may ever have, for whose subnets it keeps blocks. */
  readonly mostZones: number;
}

/**
 * IPv6 beside IPv4, for load balancers that answer over both: a block of Amazon's, a part of it for each subnet, and the
 * ways out of them. No instance gets such an address by itself.
 *
 * All of it are resources of their own, and not properties of the VPC and its subnets, so that a deployed network only
 * gets more: a change of a subnet's `Ipv6CidrBlock` may replace it.
 */
export class Ipv6 extends Construct {
  /** Of which all addresses are. */
  readonly block: CfnVPCCidrBlock;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: Ipv6Props,
  ) {
    super(scope, id);
    const { vpc, mostZones } = props;
    this.block = new CfnVPCCidrBlock(this, 'Block', { vpcId: vpc.vpcId, amazonProvidedIpv6CidrBlock: true });
    vpc.publicSubnets.forEach((subnet, zone) => {
      const route = this.addSubnet(subnet, zone);
      route.gatewayId = vpc.internetGatewayId;
      route.node.addDependency(vpc.internetConnectivityEstablished);
    });
    if (vpc.privateSubnets.length === 0) return;
    const egressOnly = new CfnEgressOnlyInternetGateway(this, 'EgressOnlyGateway', { vpcId: vpc.vpcId });
    vpc.privateSubnets.forEach((subnet, zone) => {
      this.addSubnet(subnet, mostZones + zone).egressOnlyInternetGatewayId = egressOnly.attrId;
    });
  }

  /** Gives a subnet its block by its place, which no growth moves; returns the route to all addresses, yet without a way. */
  private addSubnet(subnet: ISubnet, place: number): CfnRoute {
    const { vpc, mostZones } = this.props;
    const blocks = Fn.cidr(Fn.select(0, vpc.vpcIpv6CidrBlocks), 2 * mostZones, BITS_OF_SUBNET);
    const block = new CfnSubnetCidrBlock(this, `${subnet.node.id}Block`, {
      subnetId: subnet.subnetId,
      ipv6CidrBlock: Fn.select(place, blocks),
    });
    block.node.addDependency(this.block);
    const route = new CfnRoute(this, `${subnet.node.id}Route`, {
      routeTableId: subnet.routeTable.routeTableId,
      destinationIpv6CidrBlock: '::/0',
    });
    route.node.addDependency(block);
    return route;
  }
}
