/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdatePolicy?: unknown;
  readonly Metadata?: unknown;
}

/** A template as CloudFormation gets it. */
export interface Template {
  /** None in a stack that is refused. */
  readonly Resources?: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<
    Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: unknown } }>
  >;
}

/** A reference to a resource of the same template: `Ref` where no attribute is named. */
export interface Reference {
  readonly id: string;
  readonly attribute?: string;
}

/** Every reference in a value, however deep. */
export function references(value: unknown): Reference[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const [reference] = referenceOf(key, inner);
    if (reference) return [reference];
    return key === 'Fn::Sub' ? [...substituted(inner), ...references(inner)] : references(inner);
  });
}

/** The ids of the resources that a value refers to. */
export const referredIds = (value: unknown): Set<string> => new Set(references(value).map(({ id }) => id));

/** The value with another value in the place of each reference for which there is one. */
export function replaceReferences(value: unknown, replacement: (reference: Reference) => unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => replaceReferences(each, replacement));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value) as [string, unknown][];
  const [reference] = entries.length === 1 ? entries.flatMap(([key, inner]) => referenceOf(key, inner)) : [];
  if (reference) return replacement(reference) ?? value;
  return Object.fromEntries(
    entries.map(([key, inner]) => [
      key,
      key === 'Fn::Sub' ? replaceSubstituted(inner, replacement) : replaceReferences(inner, replacement),
    ]),
  );
}

function referenceOf(key: string, inner: unknown): Reference[] {
  if (key === 'Ref' && typeof inner === 'string') return [{ id: inner }];
  if (key !== 'Fn::GetAtt') return [];
  const [id, ...attribute] = (Array.isArray(inner) ? inner : String(inner).split('.')) as unknown[];
  return [{ id: String(id), attribute: attribute.join('.') }];
}

const SUBSTITUTED = /\$\{([A-Za-z0-9]+)(?:\.([^}]+))?\}/g;

const substituted = (inner: unknown): Reference[] =>
  [...String(Array.isArray(inner) ? inner[0] : inner).matchAll(SUBSTITUTED)].map(([, id = '', attribute]) =>
    attribute === undefined ? { id } : { id, attribute },
  );

function replaceSubstituted(inner: unknown, replacement: (reference: Reference) => unknown): unknown {
  const replaced = (text: unknown): string =>
    String(text).replaceAll(SUBSTITUTED, (whole, id: string, attribute?: string) => {
      const by = replacement(attribute === undefined ? { id } : { id, attribute });
      return by === undefined ? whole : JSON.stringify(by);
    });
  if (!Array.isArray(inner)) return replaced(inner);
  const [text, variables] = inner as unknown[];
  return [replaced(text), replaceReferences(variables, replacement)];
}

/** The resources of a template, by logical id. */
export const resourcesOf = (template: Template): [id: string, resource: Resource][] =>
  Object.entries(template.Resources ?? {});

/** The logical ids in the order in which CloudFormation creates them: each after all that it depends on. */
export function creationOrder(template: Template): string[] {
  const ordered = new Set<string>();
  const visiting = new Set<string>();
  const visit = (id: string): void => {
    const resource = template.Resources?.[id];
    if (resource === undefined || ordered.has(id) || visiting.has(id)) return;
    visiting.add(id);
    for (const needed of dependenciesOf(resource)) visit(needed);
    ordered.add(id);
  };
  for (const [id] of resourcesOf(template)) visit(id);
  return [...ordered];
}

/** What a resource waits for: what it refers to, and what DependsOn names. */
export const dependenciesOf = ({ Properties, DependsOn = [] }: Resource): Set<string> =>
  new Set([...referredIds(Properties), ...(typeof DependsOn === 'string' ? [DependsOn] : DependsOn)]);

/** A property at a path such as `AwsvpcConfiguration.Subnets`; undefined where there is none. */
export const at = (value: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (inner, key) =>
        typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined,
      value,
    );

/** A property of a resource at a path; undefined where there is none. */
export const property = (resource: Resource | undefined, path: string): unknown => at(resource?.Properties, path);

/** A list, also where there is none or one value. */
export const list = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]) : value === undefined ? [] : [value];
