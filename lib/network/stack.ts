import { CfnOutput, Fn, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { Config } from '../options/config';
import { ServiceLogGroup } from '../shared/service-log-group';

export interface NetworkStackProps extends StackProps {
  readonly config: Config;
}

/** The VPC that every option with instances or tasks runs in. */
export class NetworkStack extends Stack {
  readonly vpc: Vpc;

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    super(scope, id, props);
    const { network } = props.config;

    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(network.cidr),
      // Named by position, so that the template is right in every region without a look-up.
      availabilityZones: Array.from({ length: network.zones }, (_, zone) => Fn.select(zone, Fn.getAzs())),
      natGateways: network.natGateways,
      subnetConfiguration: [
        { name: 'Public', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false },
        ...(network.natGateways > 0 ? [{ name: 'Private', subnetType: SubnetType.PRIVATE_WITH_EGRESS }] : []),
      ],
      restrictDefaultSecurityGroup: true,
      // Packages of Amazon Linux, CDK assets and image layers come from S3: no charge, and none through NAT.
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
    });

    if (network.flowLogs) {
      const logGroup = new ServiceLogGroup(this, 'FlowLogs', { config: props.config });
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
