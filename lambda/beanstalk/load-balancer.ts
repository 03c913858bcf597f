import {
  ElasticLoadBalancingV2Client,
  paginateDescribeLoadBalancers,
  type LoadBalancer,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { property, type Answer, type Request } from '../custom-resource';
import type { Patiently } from '../patience';

/**
 * The load balancer that Elastic Beanstalk made, found by its address: the one attribute of it that CloudFormation knows.
 * `DnsName` and `HostedZoneId` are what an alias record of Route 53 points at; `Arn` is what a web ACL is associated with.
 *
 * Property: `DnsName`.
 */
export async function loadBalancer(request: Request, patiently: Patiently): Promise<Answer> {
  const name = property(request, 'DnsName').toLowerCase();
  const { LoadBalancerArn: Arn, CanonicalHostedZoneId: HostedZoneId } = (await patiently(() => find(name))) ?? {};
  if (Arn === undefined || HostedZoneId === undefined) throw new Error(`There is no load balancer at ${name}.`);
  return { PhysicalResourceId: request.LogicalResourceId, Data: { Arn, DnsName: name, HostedZoneId } };
}

async function find(dnsName: string): Promise<LoadBalancer | undefined> {
  for await (const page of paginateDescribeLoadBalancers({ client: new ElasticLoadBalancingV2Client() }, {})) {
    const found = page.LoadBalancers?.find(({ DNSName }) => DNSName?.toLowerCase() === dnsName);
    if (found !== undefined) return found;
  }
  return undefined;
}
