import { at, references, referredIds } from '../change/template';

/** A resource of a CloudFormation template. */
export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly metadata: unknown;
}

interface TemplateJson {
  readonly Resources?: Readonly<
    Record<
      string,
      { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>>; readonly Metadata?: unknown }
    >
  >;
}

/** A CloudFormation template, and what refers to what in it. */
export class Template {
  readonly resources: readonly Resource[];
  private readonly byId: ReadonlyMap<string, Resource>;
  /** By the id of a resource, those that refer to it. */
  private readonly referring = new Map<string, Resource[]>();

  constructor(json: object) {
    this.resources = Object.entries((json as TemplateJson).Resources ?? {}).map(([id, resource]) => ({
      id,
      type: resource.Type,
      properties: resource.Properties ?? {},
      metadata: resource.Metadata,
    }));
    this.byId = new Map(this.resources.map((resource) => [resource.id, resource]));
    for (const resource of this.resources)
      for (const id of referredIds([resource.properties, resource.metadata]))
        if (id !== resource.id) this.referring.set(id, [...(this.referring.get(id) ?? []), resource]);
  }

  ofType(type: string): Resource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** The first resource that a value refers to, anywhere in it, by Ref or Fn::GetAtt; of one type, if one is given. */
  referredBy(value: unknown, type?: string): Resource | undefined {
    return references(value)
      .map(({ id }) => this.byId.get(id))
      .find((resource) => resource !== undefined && (type === undefined || resource.type === type));
  }

  /** Those that refer to a resource, anywhere in their properties or metadata; of one type, if one is given. */
  referringTo(id: string, type?: string): Resource[] {
    return (this.referring.get(id) ?? []).filter((resource) => type === undefined || resource.type === type);
  }
}

/** A property at a path such as `EphemeralStorage.Size`; undefined where it is not there. */
export function property(resource: Resource | Readonly<Record<string, unknown>>, path: string): unknown {
  const start: unknown = 'properties' in resource && 'type' in resource ? resource.properties : resource;
  return at(start, path);
}

/** A text, or undefined where there is none that the template says outright. */
export function text(resource: Resource | Readonly<Record<string, unknown>>, path: string): string | undefined {
  const value = property(resource, path);
  return typeof value === 'string' ? value : undefined;
}

/** A number, also where the template has it as text; undefined where there is none. */
export function number(resource: Resource | Readonly<Record<string, unknown>>, path: string): number | undefined {
  const value = property(resource, path);
  const result = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof result === 'number' && Number.isFinite(result) ? result : undefined;
}

export function flag(resource: Resource | Readonly<Record<string, unknown>>, path: string): boolean {
  const value = property(resource, path);
  return value === true || value === 'true';
}

export function list(resource: Resource | Readonly<Record<string, unknown>>, path: string): readonly unknown[] {
  const value = property(resource, path);
  return Array.isArray(value) ? value : [];
}

/** The objects in a list; what is none is passed over. */
export const objects = (values: readonly unknown[]): Record<string, unknown>[] =>
  values.filter((value): value is Record<string, unknown> => typeof value === 'object' && value !== null);
