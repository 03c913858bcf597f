import type { ResourceChange, Update } from './plan';
import { creationOrder, dependenciesOf, replaceReferences, resourcesOf, type Resource } from './template';

/** A new resource, and an old one that still stands when it is created. */
export interface Pair {
  readonly created: { readonly id: string; readonly resource: Resource };
  readonly standing: { readonly id: string; readonly resource: Resource };
}

/** What CloudFormation creates: what is added, and the new one of what is replaced. */
export const created = ({ changes }: Update): (ResourceChange & { readonly after: Resource })[] =>
  changes.flatMap((each) =>
    each.after !== undefined && (each.action === 'add' || each.action === 'replace')
      ? [{ ...each, after: each.after }]
      : [],
  );

/**
 * The pairs of a new and an old resource that have the same key for a moment. CloudFormation deletes old resources after
 * it has created all new ones; an old one that it updates in place has its old key until then.
 *
 * @param keyOf what may exist once only, from the type and the properties; undefined where a resource has no such key.
 * References in the properties tell physical resources apart: those to a new one differ from those to the old one, and
 * so does what a custom resource answers before and after it is updated.
 */
export function twins(
  update: Update,
  keyOf: (type: string, properties: Readonly<Record<string, unknown>>) => unknown,
): Pair[] {
  const key = (resource: Resource, isPhysical: (id: string) => string | undefined): string | undefined => {
    const properties = replaceReferences(resource.Properties ?? {}, ({ id, attribute }) => {
      const physical = isPhysical(id);
      return physical === undefined ? undefined : { physical, attribute };
    });
    const found = keyOf(resource.Type, properties as Readonly<Record<string, unknown>>);
    return found === undefined ? undefined : JSON.stringify([resource.Type, found]);
  };
  const isOther = new Set(update.changes.filter(isOtherAfterwards).map(({ id }) => id));
  const standing = resourcesOf(update.before).map(([id, resource]) => ({
    id,
    resource,
    key: key(resource, (other) => (isOther.has(other) ? `old ${other}` : undefined)),
  }));
  return created(update).flatMap(({ id, after }) => {
    const own = key(after, (other) => (isOther.has(other) ? `new ${other}` : undefined));
    if (own === undefined) return [];
    return standing
      .filter((old) => old.key === own && !isChangedBefore(update, old.id, id))
      .map((old) => ({ created: { id, resource: after }, standing: old }));
  });
}

/** Whether what refers to a resource means another one after the change: a custom resource that is asked anew, too. */
const isOtherAfterwards = ({ action, type }: ResourceChange): boolean =>
  action === 'replace' || (action === 'update' && type.startsWith('Custom::'));

/** Whether a resource is updated in place before another one is created, which waits for it. */
function isChangedBefore({ after, changes }: Update, id: string, created: string): boolean {
  if (!changes.some((each) => each.id === id && each.action === 'update')) return false;
  const waitsFor = new Set([created]);
  for (const each of creationOrder(after).toReversed())
    if (waitsFor.has(each)) {
      const resource = after.Resources?.[each];
      for (const needed of resource === undefined ? [] : dependenciesOf(resource)) waitsFor.add(needed);
    }
  return waitsFor.has(id);
}
