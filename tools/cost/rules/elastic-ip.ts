import { fronts } from '../fronts';
import { HOURS } from '../load';
import type { Rule } from '../rule';
import { transferOut } from '../transfer';

/** https://aws.amazon.com/vpc/pricing/: each public IPv4 address by the hour, in use or not. */
export const elasticIp: Rule = {
  type: 'AWS::EC2::EIP',
  billed(address, { template, load }) {
    const associated = template.referringTo(address.id, 'AWS::EC2::EIPAssociation');
    const serves = fronts(template).some(({ id }) =>
      associated.some((each) => template.referringTo(id).includes(each)),
    );
    return [
      { what: 'public IPv4 address', quantity: HOURS, price: 'ipv4' },
      ...(serves ? transferOut(template, load) : []),
    ];
  },
};
