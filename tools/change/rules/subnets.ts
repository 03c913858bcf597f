import { created } from '../coexistence';
import { referredIds, resourcesOf, type Resource } from '../template';
import type { ChangeRule } from '../rule';

const SUBNET = 'AWS::EC2::Subnet';

export const subnets: ChangeRule = {
  name: 'subnets',
  promise: 'The subnets of a VPC do not overlap at any time.',
  find: ({ updates }) =>
    updates.flatMap((update) => {
      const isReplaced = (vpc: string): boolean =>
        update.changes.some(({ id, action }) => id === vpc && action === 'replace');
      return created(update)
        .filter(({ type, after }) => type === SUBNET && ![...referredIds(after.Properties?.['VpcId'])].some(isReplaced))
        .flatMap(({ id, after }) => {
          const standing = resourcesOf(update.before).find(
            ([, resource]) =>
              resource.Type === SUBNET &&
              vpcOf(resource) === vpcOf(after) &&
              overlap(blockOf(resource), blockOf(after)),
          );
          if (standing === undefined) return [];
          const problem = `is created with ${blockOf(after)} while ${standing[0]} still has ${blockOf(standing[1])}: "The CIDR conflicts with another subnet"`;
          return [{ stack: update.stack, resource: id, problem }];
        });
    }),
};

const vpcOf = ({ Properties }: Resource): string => JSON.stringify(Properties?.['VpcId']);
const blockOf = ({ Properties }: Resource): string => String(Properties?.['CidrBlock']);

/** Whether two IPv4 blocks share an address. */
export function overlap(one: string, other: string): boolean {
  const [first, second] = [addresses(one), addresses(other)];
  return first.start < second.end && second.start < first.end;
}

function addresses(block: string): { start: number; end: number } {
  const [address = '', bits = ''] = block.split('/');
  const start = address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);
  return { start, end: start + 2 ** (32 - Number(bits)) };
}
