import { fronts } from '../fronts';
import { HOURS } from '../load';
import type { Rule } from '../rule';
import type { Resource } from '../template';
import { transferOut } from '../transfer';

/** https://aws.amazon.com/vpc/pricing/: each public IPv4 address by the hour, in use or not. */
export const elasticIp: Rule = {
  type: 'AWS::EC2::EIP',
  billed(address, { template, load }) {
    const naming = template.referringTo(address.id);
    const isAssociated = (front: Resource): boolean =>
      naming.includes(front) || // its own commands take the address
      template.referringTo(front.id, 'AWS::EC2::EIPAssociation').some((association) => naming.includes(association));
    const serves = fronts(template).some(isAssociated);
    return [
      { what: 'public IPv4 address', quantity: HOURS, price: 'ipv4' },
      ...(serves ? transferOut(template, load) : []),
    ];
  },
};
