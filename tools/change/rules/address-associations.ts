import { twins } from '../coexistence';
import type { ResourceChange } from '../plan';
import type { ChangeRule, Fault } from '../rule';
import { referredIds, resourcesOf, type Template } from '../template';

const ASSOCIATION = 'AWS::EC2::EIPAssociation';

export const addressAssociations: ChangeRule = {
  name: 'address associations',
  promise: 'One mechanism associates an Elastic IP address, before and after, and finds it free.',
  find: ({ updates }) =>
    updates.flatMap((update) => [
      ...twins(update, (type, { AllocationId, EIP }) => (type === ASSOCIATION ? (AllocationId ?? EIP) : undefined)).map(
        ({ created, standing }) => ({
          stack: update.stack,
          resource: created.id,
          problem: `is created while ${standing.id} still associates the address: CloudFormation answers that the association "already exists" (aws/aws-cdk#26423)`,
        }),
      ),
      ...update.changes.flatMap((each) => otherMechanism(update.stack, each, update.before, update.after)),
    ]),
};

/** An address that CloudFormation associates on one side, and what boots on the other. */
function otherMechanism(stack: string, change: ResourceChange, before: Template, after: Template): Fault[] {
  const { id, type, action } = change;
  if (type !== ASSOCIATION || (action !== 'add' && action !== 'remove')) return [];
  const address = [...referredIds((change.after ?? change.before)?.Properties?.['AllocationId'])].find(
    (each) => before.Resources?.[each] !== undefined && after.Resources?.[each] !== undefined,
  );
  if (address === undefined) return [];
  const other = action === 'add' ? before : after;
  if (!resourcesOf(other).some(([each, { Properties }]) => each !== id && referredIds(Properties).has(address)))
    return [];
  const problem =
    action === 'add'
      ? `is created for ${address}, which an instance has taken at boot: CloudFormation answers that the association "already exists" (aws/aws-cdk#26423)`
      : `is deleted after the new instance has taken ${address} at boot, and may take the address from it`;
  return [{ stack, resource: id, problem }];
}
