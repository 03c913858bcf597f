import { HOURS } from '../load';
import type { Rule } from '../rule';
import { list, text } from '../template';
import { throughput, transferOut } from '../transfer';

/** https://aws.amazon.com/elasticloadbalancing/pricing/: a Classic Load Balancer by the hour and the GB. */
export const classicLoadBalancer: Rule = {
  type: 'AWS::ElasticLoadBalancing::LoadBalancer',
  billed(balancer, { template, load }) {
    const isPublic = text(balancer, 'Scheme') !== 'internal';
    const zones = list(balancer, 'Subnets').length;
    return [
      { what: 'load balancer', quantity: HOURS, price: 'clb.hour' },
      { what: 'data through the load balancer', quantity: throughput(template, load), price: 'clb.gb' },
      ...(isPublic ? [{ what: 'public IPv4 addresses, one a zone', quantity: zones * HOURS, price: 'ipv4' }] : []),
      ...(isPublic ? transferOut(template, load) : []),
    ];
  },
};
