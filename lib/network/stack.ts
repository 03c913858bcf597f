import {
  CfnOutput,
  CrossStackReferences,
  Fn,
  ReferenceStrength,
  Stack,
  Validations,
  type StackProps,
} from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  SubnetType,
  Vpc,
  type CfnVPCCidrBlock,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { LogSettings } from '../shared/log-settings';
import { Ipv6 } from './ipv6';

/** The most zones that a network may ever have, for whose subnets it keeps room. */
const MOST_ZONES = 3;
/** Public and private subnets of three zones are six blocks: eight is the next power of two. */
const BITS_OF_SUBNET = 3;

export interface NetworkStackProps extends StackProps {
  /** IPv4 block of the VPC, `/16` to `/24`. */
  readonly cidr: string;
  /** Availability zones, 1 to 3. */
  readonly zones: number;
  /**
   * Their names, as many as there are zones.
   * @default - the first of the region
   */
  readonly zoneNames?: readonly string[] | undefined;
  /** NAT gateways, billed by the hour; 0: there are public subnets only. */
  readonly natGateways: number;
  /** Whether the VPC and its subnets have IPv6 blocks too. Once they have, addresses of them are in use. */
  readonly ipv6?: boolean | undefined;
  /**
   * Records accepted and rejected connections.
   * @default - there are no flow logs
   */
  readonly flowLogs?: LogSettings | undefined;
}

/**
 * The VPC that every compute option with instances or tasks runs in. Each subnet has its block from the start, whether or
 * not it is there yet, so that more zones, NAT gateways, and the production preset only add to a deployed network.
 */
export class NetworkStack extends Stack {
  readonly vpc: Vpc;

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    super(scope, id, props);
    const { cidr, zones, zoneNames, natGateways, flowLogs, ipv6 = false } = props;
    const cidrMask = Number(cidr.split('/')[1]) + BITS_OF_SUBNET;

    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(cidr),
      // By default by position, so that the template is right in every region without a look-up.
      availabilityZones: Array.from({ length: zones }, (_, zone) => zoneNames?.[zone] ?? Fn.select(zone, Fn.getAzs())),
      reservedAzs: MOST_ZONES - zones,
      natGateways,
      subnetConfiguration: [
        {
          name: 'Public',
          subnetType: SubnetType.PUBLIC,
          cidrMask,
          // Without NAT, instances need an address to reach AWS. Every other stack asks for one; ECS Managed Instances
          // have no such setting, and take what the subnet gives.
          mapPublicIpOnLaunch: natGateways === 0,
        },
        { name: 'Private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask, reserved: natGateways === 0 },
      ],
      restrictDefaultSecurityGroup: true,
      // Packages of Amazon Linux, CDK assets and image layers come from S3: no charge, and none through NAT.
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
    });

    const block = ipv6 ? new Ipv6(this.vpc, 'Ipv6', { vpc: this.vpc, mostZones: MOST_ZONES }).block : undefined;

    if (flowLogs) {
      const logGroup = new LogGroup(this, 'FlowLogs', flowLogs);
      this.vpc.addFlowLog('FlowLog', {
        destination: FlowLogDestination.toCloudWatchLogs(logGroup),
        trafficType: FlowLogTrafficType.ALL,
      });
    } else {
      Validations.of(this.vpc).acknowledge({
        id: 'AwsSolutions-VPC7',
        reason: 'Flow logs are billed by the GiB; network.flowLogs turns them on, and the production preset does.',
      });
    }

    this.exportIds(block);
    new CfnOutput(this, 'VpcId', { value: this.vpc.vpcId });
  }

  /**
   * Other stacks import the ids, so CloudFormation refuses to remove or replace what they still use. Every id is exported
   * whether or not it is used today: an export that came and went with its users could not go before they have left.
   */
  private exportIds(block: CfnVPCCidrBlock | undefined): void {
    const { vpc } = this;
    const { vpcId, publicSubnets, privateSubnets } = vpc;
    const subnets = [...publicSubnets, ...privateSubnets];
    const blocks = block ? [block] : [];
    for (const each of [vpc, ...subnets, ...blocks]) CrossStackReferences.of(each).produce(ReferenceStrength.STRONG);
    const ids = [vpcId, ...subnets.map(({ subnetId }) => subnetId), ...blocks.map(({ attrId }) => attrId)];
    for (const each of ids) this.exportValue(each);
  }
}
