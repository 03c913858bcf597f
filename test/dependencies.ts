import type { Template } from 'aws-cdk-lib/assertions';
import type { CloudFormationTemplate } from './template';

/** What a value refers to: the logical ids in Ref, Fn::GetAtt and Fn::Sub, however deep. */
function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (key === 'Ref') return [String(inner)];
    if (key === 'Fn::GetAtt' && Array.isArray(inner)) return [String(inner[0])];
    if (key === 'Fn::Sub')
      return [...String(Array.isArray(inner) ? inner[0] : inner).matchAll(/\$\{([A-Za-z0-9]+)[^}]*\}/g)].map(
        ([, id]) => id ?? '',
      );
    return references(inner);
  });
}

/**
 * Whether a resource of one type is made after every resource of another, and so deleted before it: by what it refers
 * to and by DependsOn, directly or through others.
 */
export function outlives(template: Template, type: string, ofType: string): boolean {
  const { Resources } = template.toJSON() as CloudFormationTemplate;
  const direct = (id: string): string[] => [
    ...references(Resources[id]?.Properties),
    ...[Resources[id]?.DependsOn ?? []].flat(),
  ];
  const reachable = (id: string, seen = new Set<string>()): Set<string> => {
    for (const next of direct(id).filter((other) => other in Resources && !seen.has(other))) {
      seen.add(next);
      reachable(next, seen);
    }
    return seen;
  };
  const ids = (wanted: string): string[] => Object.keys(Resources).filter((id) => Resources[id]?.Type === wanted);
  if (ids(type).length === 0 || ids(ofType).length === 0) throw new Error(`no ${type} or no ${ofType} in the template`);
  return ids(ofType).every((id) => ids(type).every((other) => reachable(id).has(other)));
}
