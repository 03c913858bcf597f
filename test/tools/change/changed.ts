import type { AssembledStack } from '../../../tools/assembly';
import { change, type Change } from '../../../tools/change/change';
import type { Fault } from '../../../tools/change/rule';
import type { Resource, Template } from '../../../tools/change/template';

/** Resources by logical id: type and properties, and what CloudFormation notes about them. */
type Resources = Readonly<Record<string, Resource>>;

/** A change of one stack, from resources to resources. */
export const changed = (before: Resources, after: Resources): Change =>
  changedStacks({ Stack: { before: { Resources: before }, after: { Resources: after } } });

/** A change of several stacks, by id, in the order in which they are deployed. */
export function changedStacks(stacks: Readonly<Record<string, { before: Template; after: Template }>>): Change {
  const side = (which: 'before' | 'after'): AssembledStack[] =>
    Object.entries(stacks).map(([id, templates]) => ({
      id,
      stackName: `compute-${id}`,
      template: templates[which],
      needs: [],
      problems: [],
    }));
  return change({ options: {}, stacks: side('before') }, { options: {}, stacks: side('after') });
}

/** The stack and the resource of each fault. */
export const placesOf = (faults: readonly Fault[]): string[] =>
  faults.map(({ stack, resource }) => `${stack} ${resource}`);

export const ref = (id: string) => ({ Ref: id });
export const getAtt = (id: string, attribute: string) => ({ 'Fn::GetAtt': [id, attribute] });
