import { HOURS } from '../load';
import type { Rule } from '../rule';

/** https://aws.amazon.com/vpc/pricing/: by the hour, and each GB that passes it. Its address is an Elastic IP of its own. */
export const natGateway: Rule = {
  type: 'AWS::EC2::NatGateway',
  billed: (_, { load }) => [
    { what: 'NAT gateway', quantity: HOURS, price: 'nat.hour' },
    { what: 'data through the NAT gateway', quantity: load.natGb, price: 'nat.gb' },
  ],
};
