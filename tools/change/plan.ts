import { diffTemplate, ResourceImpact, type ResourceDifference } from '@aws-cdk/cloudformation-diff';
import { schemas, type Replacement } from './schemas';
import { creationOrder, referredIds, replaceReferences, resourcesOf, type Resource, type Template } from './template';

/** What CloudFormation does to a resource. */
export type Action = 'add' | 'update' | 'replace' | 'remove';

/** A property that changes. */
export interface PropertyChange {
  readonly name: string;
  readonly replacement: Replacement;
}

/** What CloudFormation does to one resource of a stack. */
export interface ResourceChange {
  readonly id: string;
  readonly type: string;
  readonly action: Action;
  readonly before: Resource | undefined;
  readonly after: Resource | undefined;
  /** The properties that change, also where only the physical id of what they refer to does; none of a new resource. */
  readonly properties: readonly PropertyChange[];
}

/** A deployed stack, and the template that it is changed to. */
export interface Update {
  readonly stack: string;
  readonly before: Template;
  readonly after: Template;
  /**
   * What is added, updated or replaced, each after all that it depends on, and then what is removed, each before all that
   * it depends on. Of what is replaced, the new one is created at its place in this list, and the old one is deleted
   * with the removed.
   */
  readonly changes: readonly ResourceChange[];
}

/** What CloudFormation does where a stack's template is changed. */
export function plan(stack: string, before: Template, after: Template): Update {
  const differences = settle(before, after);
  const changes = new Map<string, ResourceChange>();
  for (const [id, difference] of differences) {
    const change = changeOf(id, difference, before, after);
    if (change) changes.set(id, change);
  }
  const inOrder = (ids: readonly string[]): ResourceChange[] => ids.flatMap((id) => changes.get(id) ?? []);
  return {
    stack,
    before,
    after,
    changes: [
      ...inOrder(creationOrder(after)).filter(({ action }) => action !== 'remove'),
      ...inOrder(creationOrder(before).toReversed()).filter(({ action }) => action === 'remove'),
    ],
  };
}

/**
 * The differences, with those that follow from others: what refers to a replaced resource gets another physical id, and
 * what reads an attribute that an update changes gets another value.
 */
function settle(before: Template, after: Template): Map<string, ResourceDifference> {
  const replaced = new Set<string>();
  const updated = new Map<string, (attribute: string | undefined) => boolean>();
  for (;;) {
    // The marker stands for the value that is not known before the deployment.
    const marked = replaceReferences(after, ({ id, attribute }) =>
      replaced.has(id) || updated.get(id)?.(attribute) === true
        ? { 'Fn::New': attribute === undefined ? id : `${id}.${attribute}` }
        : undefined,
    ) as Template;
    const known = replaced.size + updated.size;
    const differences = new Map<string, ResourceDifference>();
    diffTemplate(before, marked).resources.forEachDifference((id, difference) => {
      differences.set(id, difference);
      if (!difference.isUpdate) return;
      const isVolatile = volatileAttributes(difference);
      if (isReplaced(difference)) replaced.add(id);
      else if (isVolatile) updated.set(id, isVolatile);
    });
    if (replaced.size + updated.size === known) return differences;
  }
}

function isReplaced(difference: ResourceDifference): boolean {
  if (difference.changeImpact === ResourceImpact.WILL_REPLACE) return true;
  return propertyChanges(difference).some(({ replacement }) => replacement === 'yes');
}

/** The attributes that an update in place changes. */
function volatileAttributes(difference: ResourceDifference): ((attribute: string | undefined) => boolean) | undefined {
  if (Object.keys(difference.propertyUpdates).length === 0) return undefined;
  const type = difference.newResourceType ?? '';
  if (type === 'AWS::EC2::LaunchTemplate')
    return (attribute) => attribute === 'LatestVersionNumber' || attribute === 'DefaultVersionNumber';
  // Their function decides what they answer.
  return type.startsWith('Custom::') ? (attribute) => attribute !== undefined : undefined;
}

function propertyChanges(difference: ResourceDifference): PropertyChange[] {
  const type = difference.newResourceType ?? '';
  return Object.entries(difference.propertyUpdates).map(([name, { changeImpact, oldValue, newValue }]) => {
    if (changeImpact === ResourceImpact.WILL_REPLACE || isOtherVolume(type, name, oldValue, newValue))
      return { name, replacement: 'yes' };
    const replacement = schemas.replacement(type, name, oldValue, newValue);
    return {
      name,
      replacement: changeImpact === ResourceImpact.MAY_REPLACE && replacement === 'no' ? 'maybe' : replacement,
    };
  });
}

/**
 * Whether an instance gets another volume, which replaces it: only whether a volume is deleted with its instance can be
 * changed on one that runs (CloudFormation Template Reference, AWS::EC2::Instance, "BlockDeviceMappings").
 */
function isOtherVolume(type: string, property: string, before: unknown, after: unknown): boolean {
  if (type !== 'AWS::EC2::Instance' || property !== 'BlockDeviceMappings') return false;
  const volumes = (value: unknown): string =>
    JSON.stringify(value, (key, inner: unknown) => (key === 'DeleteOnTermination' ? undefined : inner));
  return volumes(before) !== volumes(after);
}

function changeOf(
  id: string,
  difference: ResourceDifference,
  { Resources: old = {} }: Template,
  { Resources: next = {} }: Template,
): ResourceChange | undefined {
  const [before, after] = [old[id], next[id]];
  const properties = difference.isUpdate ? propertyChanges(difference) : [];
  const described = { id, type: (after ?? before)?.Type ?? '', before, after, properties };
  if (before === undefined) return { ...described, action: 'add' };
  if (after === undefined) return { ...described, action: 'remove' };
  if (isReplaced(difference)) return { ...described, action: 'replace' };
  // What CloudFormation notes about a resource, such as its deletion policy, changes nothing in AWS.
  return properties.length > 0 ? { ...described, action: 'update' } : undefined;
}

/** The resources that refer to one, directly. */
export const referrers = (template: Template, id: string): [id: string, resource: Resource][] =>
  resourcesOf(template).filter(([, { Properties }]) => referredIds(Properties).has(id));
