import { stringify } from 'yaml';

/** A CloudFormation template as the tests need it: by name, anything below. */
export interface CloudFormationTemplate {
  readonly Resources: Readonly<Record<string, CloudFormationResource>>;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

export interface CloudFormationResource {
  readonly Type: string;
  // The shape differs from type to type, and a test that reads a property states which it expects.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly Properties?: Readonly<Record<string, any>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

// What changes with the bytes of an asset and with nothing else. The hash of a version or of an instance is part
// of its logical id, which is why these are found by their form and not by their place.
const HASHES: readonly (readonly [form: RegExp, stand_in: string])[] = [
  [/[0-9a-f]{64}/g, '<asset>'],
  [/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '$1<version>'],
  [/\b([A-Za-z]\w*[0-9A-F]{8})[0-9a-f]{16}\b/g, '$1<user data>'],
  [/(# fingerprint: )[0-9a-f]{16}/g, '$1<init>'],
  [/\b((?:arm64|x64)-)[0-9a-f]{16}\b/g, '$1<image>'],
  [/\b((?:node|python|java|go|php|ruby|dotnet|docker)-(?:(?:arm64|x64)-)?)[0-9a-f]{12}\b/g, '$1<label>'],
];

/** The template without hashes of asset bytes and without what the bootstrap version check adds to each. */
export function scrub(template: object): CloudFormationTemplate {
  const text = HASHES.reduce((json, [form, standIn]) => json.replaceAll(form, standIn), JSON.stringify(template));
  const { Rules: _rules, Parameters, ...rest } = JSON.parse(text) as CloudFormationTemplate & { Rules?: unknown };
  const { BootstrapVersion: _bootstrap, ...parameters } = Parameters ?? {};
  return { ...rest, ...(Object.keys(parameters).length > 0 ? { Parameters: parameters } : {}) };
}

/** The scrubbed template in YAML, as snapshots keep it. */
export const snapshotOf = (template: object): string => stringify(scrub(template), { lineWidth: 0 });
