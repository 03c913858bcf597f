import { CfnOutput, Fn, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { LogSettings } from '../shared/log-settings';

export interface NetworkStackProps extends StackProps {
  /** IPv4 block of the VPC, `/16` to `/24`. */
  readonly cidr: string;
  /** Availability zones, 1 to 3. */
  readonly zones: number;
  /** NAT gateways, billed by the hour; 0: there are public subnets only. */
  readonly natGateways: number;
  /**
   * Records accepted and rejected connections.
   * @default - there are no flow logs
   */
  readonly flowLogs?: LogSettings | undefined;
}

/** The VPC that every compute option with instances or tasks runs in. */
export class NetworkStack extends Stack {
  readonly vpc: Vpc;

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    super(scope, id, props);
    const { cidr, zones, natGateways, flowLogs } = props;

    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(cidr),
      // Named by position, so that the template is right in every region without a look-up.
      availabilityZones: Array.from({ length: zones }, (_, zone) => Fn.select(zone, Fn.getAzs())),
      natGateways,
      subnetConfiguration: [
        {
          name: 'Public',
          subnetType: SubnetType.PUBLIC,
          // Without NAT, instances need an address to reach AWS. Every other stack asks for one; ECS Managed Instances
          // have no such setting, and take what the subnet gives.
          mapPublicIpOnLaunch: natGateways === 0,
        },
        ...(natGateways > 0 ? [{ name: 'Private', subnetType: SubnetType.PRIVATE_WITH_EGRESS }] : []),
      ],
      restrictDefaultSecurityGroup: true,
      // Packages of Amazon Linux, CDK assets and image layers come from S3: no charge, and none through NAT.
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
    });

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

    new CfnOutput(this, 'VpcId', { value: this.vpc.vpcId });
  }
}
