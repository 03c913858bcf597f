import { share } from '../fronts';
import { HOURS, perSecond, SECONDS, type Load } from '../load';
import type { Rule } from '../rule';
import { list, number, text, type Template } from '../template';
import { throughput, transferOut } from '../transfer';

/** What an application load balancer handles, per second but for the GB of an hour. */
export interface Handled {
  readonly newConnections: number;
  readonly activeConnections: number;
  readonly gbAnHour: number;
  readonly ruleEvaluations: number;
}

/** What one capacity unit holds (https://aws.amazon.com/elasticloadbalancing/pricing/): the largest share counts. */
export const capacityUnits = ({ newConnections, activeConnections, gbAnHour, ruleEvaluations }: Handled): number =>
  Math.max(newConnections / 25, activeConnections / 3_000, gbAnHour, ruleEvaluations / 1_000);

/** The same of a network load balancer, for TCP. */
const networkUnits = ({ newConnections, activeConnections, gbAnHour }: Handled): number =>
  Math.max(newConnections / 800, activeConnections / 100_000, gbAnHour);

/** Each request on a connection of its own, which is the most that a load can take; the free ten rules are enough. */
export function handled(template: Template, load: Load): Handled {
  const requestsASecond = perSecond(share(template, load));
  return {
    newConnections: requestsASecond,
    activeConnections: (requestsASecond * (load.ms ?? load.cpuMs)) / 1_000,
    gbAnHour: throughput(template, load) / (SECONDS / 3_600),
    ruleEvaluations: 0,
  };
}

/** By the hour and capacity unit; one that faces the internet has a public address in each zone, billed by the hour. */
export const loadBalancer: Rule = {
  type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
  billed(balancer, { template, load }) {
    const isPublic = text(balancer, 'Scheme') === 'internet-facing';
    const zones = Math.max(list(balancer, 'Subnets').length, list(balancer, 'SubnetMappings').length);
    const network = text(balancer, 'Type') === 'network';
    const of = handled(template, load);
    return [
      { what: 'load balancer', quantity: HOURS, price: network ? 'nlb.hour' : 'alb.hour' },
      {
        what: 'capacity units of the load balancer',
        quantity: HOURS * (network ? networkUnits(of) : capacityUnits(of)),
        price: network ? 'nlb.lcu' : 'alb.lcu',
      },
      ...(isPublic ? [{ what: 'public IPv4 addresses, one a zone', quantity: zones * HOURS, price: 'ipv4' }] : []),
      ...(isPublic ? transferOut(template, load) : []),
      ...((number(balancer, 'MinimumLoadBalancerCapacity.CapacityUnits') ?? 0) > 0
        ? [{ what: 'reserved capacity units', why: 'their price is not in the price files' }]
        : []),
    ];
  },
};
