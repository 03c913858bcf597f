import { ElasticLoadBalancingV2Client, paginateDescribeLoadBalancers } from '@aws-sdk/client-elastic-load-balancing-v2';
import { property, type Answer, type Request } from './custom-resource';

/**
 * The load balancer that Elastic Beanstalk made, found by its address: the one thing of it that CloudFormation is told.
 * `Arn` is what a listener of ours is added to.
 *
 * Property: `DnsName`.
 */
export async function loadBalancer(request: Request): Promise<Answer> {
  const name = property(request, 'DnsName').toLowerCase();
  for await (const page of paginateDescribeLoadBalancers({ client: new ElasticLoadBalancingV2Client() }, {})) {
    const found = page.LoadBalancers?.find(({ DNSName }) => DNSName?.toLowerCase() === name);
    if (found?.LoadBalancerArn !== undefined) {
      return { PhysicalResourceId: request.LogicalResourceId, Data: { Arn: found.LoadBalancerArn } };
    }
  }
  throw new Error(`There is no load balancer at ${name}.`);
}
