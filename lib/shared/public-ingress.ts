import { CfnOutput, Validations } from 'aws-cdk-lib';
import { CfnVPCCidrBlock, Peer, type IPeer, type IVpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

/** Whether there is a block of IPv6 among some. */
export const hasIpv6 = (cidrs: readonly string[]): boolean => cidrs.some((cidr) => cidr.includes(':'));

/** What a block is in a security group, and in a rule of its own. */
export const peerOf = (cidr: string): IPeer => (hasIpv6([cidr]) ? Peer.ipv6(cidr) : Peer.ipv4(cidr));
export const sourceOf = (cidr: string) => (hasIpv6([cidr]) ? { cidrIpv6: cidr } : { cidrIp: cidr });

/** Reads the IPv6 block of a VPC, so that CloudFormation refuses to take it away while a load balancer has addresses of it. */
export function holdIpv6Block(scope: Construct, vpc: IVpc): void {
  const value = vpc.node.findAll().find((each) => each instanceof CfnVPCCidrBlock)?.attrId; // none in one that exists
  const description = 'Association of the block of which the load balancer has its IPv6 addresses';
  if (value !== undefined) new CfnOutput(scope, 'Ipv6Block', { value, description }).overrideLogicalId('Ipv6Block');
}

/** Says why a security group, or a rule of one, is open to all addresses, where `access.allowedCidr` has it so. */
export function acknowledgePublicIngress(construct: Construct): void {
  Validations.of(construct).acknowledge({
    id: 'AwsSolutions-EC23',
    reason: 'A public web service, on its own port only; access.allowedCidr narrows who may reach it.',
  });
}
