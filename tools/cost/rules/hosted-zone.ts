import type { Rule } from '../rule';

/** https://aws.amazon.com/route53/pricing/: by the zone and month; queries for records of AWS resources are free. */
export const hostedZone: Rule = {
  type: 'AWS::Route53::HostedZone',
  billed: () => [{ what: 'hosted zone', quantity: 1, price: 'hostedZone' }],
};
