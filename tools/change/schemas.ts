import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { Property, PropertyType, Resource, SpecDatabase } from '@aws-cdk/service-spec-types';

/** Whether a change of a property replaces its resource; `maybe`: on conditions that AWS documents in words only. */
export type Replacement = 'yes' | 'maybe' | 'no';

const WORST: readonly Replacement[] = ['no', 'maybe', 'yes'];

/**
 * Types that the published schemas lack so far: what replaces them, and what tells two of them apart. A revision "is
 * immutable" (Lambda Developer Guide, "Web Functions"); the names of a function and an endpoint are parts of their ARNs, and
 * UpdateWebFunctionEndpoint takes neither a type nor regions.
 */
const UNPUBLISHED: Readonly<
  Record<string, { readonly replacedBy: readonly string[] | 'any'; readonly identifier: readonly string[] }>
> = {
  'AWS::Lambda::WebFunction': { replacedBy: ['FunctionName'], identifier: ['FunctionName'] },
  'AWS::Lambda::WebFunctionRevision': { replacedBy: 'any', identifier: [] },
  'AWS::Lambda::WebFunctionEndpoint': {
    replacedBy: ['FunctionName', 'EndpointName', 'EndpointType', 'Regions'],
    identifier: ['FunctionName', 'EndpointName'],
  },
};

/** CloudFormation's resource schemas, as the AWS CDK publishes them. They take a second to load. */
class Schemas {
  private loaded?: SpecDatabase;
  private readonly found = new Map<string, Resource | undefined>();

  /** The names of the properties by which AWS tells two resources of a type apart; none where AWS makes an id. */
  identifier(type: string): readonly string[] {
    const unpublished = UNPUBLISHED[type];
    if (unpublished !== undefined) return unpublished.identifier;
    const { primaryIdentifier = [], properties = {} } = this.resource(type) ?? {};
    return primaryIdentifier.every((name) => name in properties) ? primaryIdentifier : [];
  }

  /** Whether a change of a property from one value to another replaces the resource, at whatever depth they differ. */
  replacement(type: string, property: string, before: unknown, after: unknown): Replacement {
    const { replacedBy } = UNPUBLISHED[type] ?? {};
    if (replacedBy !== undefined) return replacedBy === 'any' || replacedBy.includes(property) ? 'yes' : 'no';
    const declared = this.resource(type)?.properties[property];
    return declared === undefined ? 'no' : this.worst(declared, before, after);
  }

  /** Whether it is known what a change of that type does: a resource of ours is what its function makes of it. */
  knows(type: string): boolean {
    return /^(Custom::|AWS::CDK::)/.test(type) || type in UNPUBLISHED || this.resource(type) !== undefined;
  }

  private worst(property: Property, before: unknown, after: unknown): Replacement {
    if (isEqual(before, after)) return 'no';
    return max([property.causesReplacement ?? 'no', this.within(property.type, before, after)]);
  }

  private within(type: PropertyType, before: unknown, after: unknown): Replacement {
    // A whole structure that comes or goes has no property that changes from one value to another.
    if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) return 'no';
    if (type.type === 'ref') {
      const { properties } = this.database.get('typeDefinition', type.reference.$ref);
      const [one, other] = [before, after] as Record<string, unknown>[];
      return max(Object.entries(properties).map(([name, inner]) => this.worst(inner, one?.[name], other?.[name])));
    }
    if (type.type !== 'array' || !Array.isArray(before) || !Array.isArray(after)) return 'no';
    if (before.length !== after.length) return 'no';
    return max(before.map((each, place) => this.within(type.element, each, after[place])));
  }

  private resource(type: string): Resource | undefined {
    if (!this.found.has(type)) {
      const [resource] = this.database.lookup('resource', 'cloudFormationType', 'equals', type);
      this.found.set(type, resource);
    }
    return this.found.get(type);
  }

  private get database(): SpecDatabase {
    this.loaded ??= loadAwsServiceSpecSync();
    return this.loaded;
  }
}

export const schemas = new Schemas();

const max = (all: readonly Replacement[]): Replacement =>
  WORST[Math.max(0, ...all.map((each) => WORST.indexOf(each)))] ?? 'no';

const isEqual = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
