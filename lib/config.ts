import { RemovalPolicy } from 'aws-cdk-lib';
import { InstanceArchitecture, InstanceType } from 'aws-cdk-lib/aws-ec2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';

/** `sandbox`: the cheapest honest choice, gone with the stack. `production`: private, redundant, kept. */
export type Preset = 'sandbox' | 'production';

/** A default: one value, or one for each preset; `same as` takes the value of another option. */
type Default<T> = T | Readonly<Record<Preset, T | SameAs>>;
interface SameAs {
  readonly sameAs: string;
}

/** One row of the table: what a user may set, and all that is said about it anywhere. */
interface Option<T> {
  readonly schema: z.ZodType<T>;
  /** The schema in words, for the error and for the table. */
  readonly allowed: string;
  readonly default: Default<T>;
  readonly unit?: string;
  readonly meaning: string;
  /** The values of an enumeration, for "did you mean" and for the tests that try each. */
  readonly values?: readonly string[];
}

type Described<T> = Pick<Option<T>, 'default' | 'unit' | 'meaning'>;

// The command line gives text (`-c lambda.memoryMiB=512`), cdk.json numbers and booleans: both are taken.
const fromText = (value: unknown): unknown => (typeof value === 'string' ? value.trim() : value);
const numberFromText = (value: unknown): unknown =>
  typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
const flagFromText = (value: unknown): unknown => ({ true: true, false: false })[String(fromText(value))] ?? value;
const listFromText = (value: unknown): unknown =>
  typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;

const thousands = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

function integer(row: Described<number> & { min: number; max: number }): Option<number> {
  return {
    ...row,
    schema: z.preprocess(numberFromText, z.int().min(row.min).max(row.max)),
    allowed: `a whole number, ${thousands(row.min)} to ${thousands(row.max)}`,
  };
}

function oneOfNumbers<N extends number>(row: Described<N> & { numbers: readonly N[] }): Option<N> {
  return {
    ...row,
    schema: z.preprocess(
      numberFromText,
      z.custom<N>((value) => (row.numbers as readonly unknown[]).includes(value)),
    ),
    allowed: `one of ${row.numbers.join(', ')}`,
  };
}

function oneOf<const V extends string>(row: Described<V> & { values: readonly V[] }): Option<V> {
  return { ...row, schema: z.preprocess(fromText, z.enum(row.values)), allowed: `one of ${row.values.join(', ')}` };
}

function flag(row: Described<boolean>): Option<boolean> {
  return {
    ...row,
    schema: z.preprocess(flagFromText, z.boolean()),
    allowed: 'true or false',
    values: ['true', 'false'],
  };
}

function text<D extends string | undefined>(
  row: Described<D> & { pattern: RegExp; allowed: string },
): Option<D extends undefined ? string | undefined : string> {
  const schema = z.preprocess(fromText, z.string().regex(row.pattern));
  return { ...row, schema } as unknown as Option<D extends undefined ? string | undefined : string>;
}

function list(row: Described<readonly string[]> & { pattern: RegExp; allowed: string }): Option<readonly string[]> {
  return { ...row, schema: z.preprocess(listFromText, z.array(z.string().regex(row.pattern)).min(1)) };
}

const OCTET = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const CIDR = new RegExp(`^${OCTET}(\\.${OCTET}){3}/(3[0-2]|[12]?\\d)$`);

/** Days that CloudWatch Logs can keep a log group, as CDK lists them. */
const RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** Every option a user may set: the one place that names, bounds, defaults and explains it. */
export const OPTIONS = {
  name: text({
    pattern: /^[A-Za-z][A-Za-z0-9-]{0,30}$/,
    allowed: 'letters, digits and hyphens, a letter first, 31 at most',
    default: 'compute',
    meaning: 'first part of every stack name, so that two copies live in one account',
  }),
  preset: oneOf({
    values: ['sandbox', 'production'],
    default: 'sandbox',
    meaning:
      'sandbox: cheapest honest choice, all of it gone with the stack; production: private subnets, HTTPS, two or more of everything, data kept',
  }),

  'network.zones': integer({ min: 1, max: 3, default: 2, meaning: 'availability zones of the VPC' }),
  'network.natGateways': integer({
    min: 0,
    max: 3,
    default: { sandbox: 0, production: { sameAs: 'network.zones' } },
    meaning: 'NAT gateways, billed by the hour; 0: public subnets only, closed by security groups',
  }),
  'network.cidr': text({
    pattern: new RegExp(`^(10|172|192)(\\.${OCTET}){3}/(1[6-9]|2[0-4])$`),
    allowed: 'a private IPv4 block, /16 to /24, such as 10.0.0.0/16',
    default: '10.0.0.0/16',
    meaning: 'address block of the VPC',
  }),
  'network.flowLogs': flag({
    default: { sandbox: false, production: true },
    meaning: 'record accepted and rejected connections in CloudWatch Logs',
  }),

  'access.allowedCidr': list({
    pattern: CIDR,
    allowed: 'IPv4 blocks separated by commas, such as 198.51.100.7/32',
    default: ['0.0.0.0/0'],
    meaning: 'who may reach the service; narrowed, the function URL asks for IAM authentication',
  }),
  'access.certificateArn': text({
    pattern: /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]{36}$/,
    allowed: 'the ARN of an ACM certificate in the same region',
    default: undefined,
    meaning: 'certificate of the load balancers: HTTPS, with a redirect from HTTP',
  }),
  'access.domainName': text({
    pattern: /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    allowed: 'a domain name in lower case, such as thumbnails.example.com',
    default: undefined,
    meaning: 'domain under which each option answers, such as ec2.thumbnails.example.com',
  }),
  'access.hostedZoneId': text({
    pattern: /^Z[A-Z0-9]{5,31}$/,
    allowed: 'the id of a public Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ',
    default: undefined,
    meaning: 'zone in which the records of access.domainName are made, and its certificate validated if none is given',
  }),
  'access.logs': flag({
    default: { sandbox: false, production: true },
    meaning: 'keep the access logs of the load balancers in a bucket',
  }),

  'service.maxBodyMiB': integer({
    min: 1,
    max: 64,
    unit: 'MiB',
    default: 4,
    meaning: 'largest image taken; on Lambda never more than 4, since its 6 MB of payload are base64 text',
  }),
  'service.maxMegapixels': integer({
    min: 1,
    max: 200,
    unit: 'megapixels',
    default: 50,
    meaning: 'largest image decoded, all frames counted, told from its header',
  }),

  'logs.retentionDays': oneOfNumbers({
    numbers: RETENTION_DAYS,
    unit: 'days',
    default: { sandbox: RetentionDays.ONE_WEEK, production: RetentionDays.THREE_MONTHS },
    meaning: 'how long logs are kept',
  }),
  'alarms.email': text({
    pattern: /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/,
    allowed: 'one e-mail address',
    default: undefined,
    meaning: 'who is told of alarms (AWS first asks this address to confirm)',
  }),

  'ec2.instanceType': text({
    pattern: /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/,
    allowed: 'an EC2 instance type of arm64 (Graviton 2 or newer) or x86-64, such as t4g.micro or t3.micro',
    default: 't4g.micro',
    meaning: 'CPU, memory and network of the instance; the architecture follows from it',
  }),
  'ec2.instances': integer({
    min: 1,
    max: 10,
    default: { sandbox: 1, production: 2 },
    meaning: 'instances; more than one are put behind a load balancer',
  }),
  'ec2.plan': oneOf({
    values: ['on-demand', 'spot'],
    default: 'on-demand',
    meaning: 'how the instance is bought; an interrupted Spot instance is replaced',
  }),
  'ec2.volumeGiB': integer({
    min: 8,
    max: 16_384,
    unit: 'GiB',
    default: 8,
    meaning: 'size of the encrypted root volume',
  }),
  'ec2.volumeType': oneOf({ values: ['gp3', 'io2'], default: 'gp3', meaning: 'type of the root volume' }),
  'ec2.volumeIops': integer({
    min: 3_000,
    max: 16_000,
    unit: 'IOPS',
    default: 3_000,
    meaning: 'provisioned operations a second; 3,000 come with gp3, every one of io2 is billed',
  }),
  'ec2.detailedMonitoring': flag({
    default: { sandbox: false, production: true },
    meaning: 'metrics of the instance each minute instead of every five, billed by the metric',
  }),

  'lambda.memoryMiB': integer({
    min: 128,
    max: 10_240,
    unit: 'MiB',
    default: 1_024,
    meaning: 'memory of the function, and CPU with it: one vCPU at 1,769 MiB, six at 10,240',
  }),
  'lambda.timeoutSeconds': integer({
    min: 1,
    max: 900,
    unit: 's',
    default: 15,
    meaning: 'longest run of one invocation',
  }),
  'lambda.provisionedConcurrency': integer({
    min: 0,
    max: 1_000,
    default: 0,
    meaning: 'execution environments kept initialised, billed by the hour; a new account has 10 environments in all',
  }),
  'lambda.urlAuth': oneOf({
    values: ['none', 'iam'],
    default: 'none',
    meaning: 'who may call the function URL: anybody, or principals that sign with IAM credentials',
  }),
} satisfies Record<string, Option<unknown>>;

type Table = typeof OPTIONS;
export type OptionName = keyof Table;
type ValueOf<N extends OptionName> = z.output<Table[N]['schema']>;
type Namespace = OptionName extends infer N ? (N extends `${infer S}.${string}` ? S : never) : never;

/** All options with their values, by namespace: `config.ec2.instanceType`. */
export type Config = { readonly [N in Exclude<OptionName, `${string}.${string}`>]: ValueOf<N> } & {
  readonly [S in Namespace]: {
    readonly [N in OptionName as N extends `${S}.${infer Rest}` ? Rest : never]: ValueOf<N>;
  };
};

/** What is wrong with the options, all of it: each line says the option, the value and what is allowed. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      [
        `${String(problems.length)} ${problems.length === 1 ? 'option is' : 'options are'} wrong; nothing was written.`,
        ...problems.map((problem) => `  - ${problem}`),
        'All options with their limits: npm run options',
      ].join('\n'),
    );
    this.name = 'ConfigurationError';
  }
}

const names = Object.keys(OPTIONS) as OptionName[];
const isOption = (key: string): key is OptionName => Object.hasOwn(OPTIONS, key);

// CDK's own context keys hold a colon, a slash, an @ or a hyphen; every other key is meant for us, so that
// a slip such as `-c prest=production` is an error and not a sandbox deployed by mistake.
const isOurs = (key: string): boolean => /^[A-Za-z0-9_]+(\.[A-Za-z0-9_]*)*$/.test(key);

const show = (value: unknown): string => JSON.stringify(value);

/** The nearest of `candidates`, if it is near enough to be a slip of the hand. */
function meant(word: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return '';
  const nearest = closest(word, [...candidates]);
  return distance(word, nearest) <= Math.max(2, Math.floor(nearest.length / 3)) ? `; did you mean ${nearest}?` : '';
}

const has = <K extends string>(value: unknown, key: K): value is Record<K, unknown> =>
  typeof value === 'object' && value !== null && key in value;

/** What an option is where it is not set: a value, or `{ sameAs }` another option. */
export function defaultOf(name: OptionName, preset: Preset): unknown {
  const value: unknown = OPTIONS[name].default;
  return has(value, preset) ? value[preset] : value;
}

/**
 * Reads every option from CDK context; what is not set has its preset's default.
 *
 * @param context all context, as `app.node.getAllContext()` gives it; CDK's own keys are passed over
 * @throws ConfigurationError naming every unknown option, wrong value and contradiction at once
 */
export function readConfig(context: Readonly<Record<string, unknown>>): Config {
  const problems = Object.keys(context)
    .filter((key) => isOurs(key) && !isOption(key))
    .map((key) => `${key} = ${show(context[key])}: no such option${meant(key, names)}`);

  const chosen = new Map<OptionName, unknown>();
  for (const name of names.filter((candidate) => context[candidate] !== undefined)) {
    const { schema, allowed, values, unit }: Option<unknown> = OPTIONS[name];
    const result = schema.safeParse(context[name]);
    if (result.success) chosen.set(name, result.data);
    else {
      const hint = typeof context[name] === 'string' ? meant(context[name], values ?? []) : '';
      problems.push(`${name} = ${show(context[name])}: allowed is ${allowed}${unit ? ` (${unit})` : ''}${hint}`);
    }
  }

  const preset = (chosen.get('preset') ?? OPTIONS.preset.default) as Preset;
  const valueOf = (name: OptionName): unknown => {
    const value = chosen.get(name) ?? defaultOf(name, preset);
    return has(value, 'sameAs') ? valueOf(value.sameAs as OptionName) : value;
  };
  const config = nest(Object.fromEntries(names.map((name) => [name, valueOf(name)])));
  if (problems.length === 0) problems.push(...contradictions(config, chosen));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return config;
}

function nest(flat: Record<string, unknown>): Config {
  const nested: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(flat)) {
    const [first = '', rest] = name.split('.');
    if (rest === undefined) nested[first] = value;
    else nested[first] = { ...(nested[first] as object | undefined), [rest]: value };
  }
  return nested as Config;
}

/** Whether the load balancers answer with HTTPS: a certificate is given, or one can be issued. */
export const hasCertificate = ({ access }: Config): boolean =>
  access.certificateArn !== undefined || (access.domainName !== undefined && access.hostedZoneId !== undefined);

/** What becomes of logs, pictures and images when their stack is destroyed. */
export const dataRemovalPolicy = ({ preset }: Config): RemovalPolicy =>
  preset === 'production' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

/** Whether everybody on the internet may reach the service. */
export const isOpenToAll = ({ access }: Config): boolean => access.allowedCidr.some((cidr) => cidr.endsWith('/0'));

/** Largest ratio of provisioned IOPS to size (EBS User Guide, "Amazon EBS volume types"). */
const IOPS_PER_GIB = { gp3: 500, io2: 1_000 } as const;

/** Pairs of options that can't both hold. Looked at only once each value is right by itself. */
function contradictions(config: Config, chosen: ReadonlyMap<OptionName, unknown>): string[] {
  const { access, ec2, network, preset } = config;
  const rules: readonly (readonly [broken: boolean, message: string])[] = [
    [
      network.natGateways > network.zones,
      `network.natGateways = ${network.natGateways} and network.zones = ${network.zones}: at most one NAT gateway a zone`,
    ],
    [
      preset === 'production' && network.natGateways === 0,
      'network.natGateways = 0 and preset = production: production runs in private subnets, which need 1 or more',
    ],
    [
      preset === 'production' && network.zones === 1,
      'network.zones = 1 and preset = production: production has two or more of everything; 2 or 3',
    ],
    [
      preset === 'production' && ec2.instances === 1,
      'ec2.instances = 1 and preset = production: production has two or more of everything; 2 to 10',
    ],
    [
      preset === 'production' && !hasCertificate(config),
      'preset = production and no certificate: HTTPS is required; set access.certificateArn, or access.domainName with access.hostedZoneId',
    ],
    [
      access.domainName !== undefined && !hasCertificate(config),
      `access.domainName = ${show(access.domainName)} and no certificate: set access.hostedZoneId too, so that one is issued, or access.certificateArn`,
    ],
    [
      access.hostedZoneId !== undefined && access.domainName === undefined,
      `access.hostedZoneId = ${show(access.hostedZoneId)} and no access.domainName: the zone is used for the records of that domain; set it too`,
    ],
    [
      network.zones === 1 && (hasCertificate(config) || ec2.instances > 1),
      `network.zones = 1 and a load balancer (${ec2.instances > 1 ? `ec2.instances = ${ec2.instances}` : 'a certificate is set'}): an application load balancer needs 2 or 3 zones`,
    ],
    [
      chosen.get('lambda.urlAuth') === 'none' && !isOpenToAll(config),
      `lambda.urlAuth = none and access.allowedCidr = ${show(access.allowedCidr)}: a public function URL can't be narrowed by address; leave lambda.urlAuth away or set iam`,
    ],
    [
      ec2.volumeIops > ec2.volumeGiB * IOPS_PER_GIB[ec2.volumeType],
      `ec2.volumeIops = ${ec2.volumeIops} and ec2.volumeGiB = ${ec2.volumeGiB}: ${ec2.volumeType} gives at most ${IOPS_PER_GIB[ec2.volumeType]} IOPS a GiB`,
    ],
  ];
  return [
    ...rules.filter(([broken]) => broken).map(([, message]) => message),
    ...instanceTypeProblem('ec2.instanceType', ec2.instanceType),
  ];
}

// Families that Amazon Linux 2023 can't boot on, whatever their architecture is called: a1 is Graviton 1, which
// lacks ARMv8.2 (AL2023 User Guide, "System requirements"), and a Mac runs macOS.
const UNBOOTABLE_FAMILY = /^(a1|mac\d.*)$/;

/** Empty, or why no bundle of the service runs on that instance type. */
function instanceTypeProblem(option: OptionName, type: string): string[] {
  if (UNBOOTABLE_FAMILY.test(type.split('.')[0] ?? ''))
    return [`${option} = ${show(type)}: Amazon Linux 2023 does not run on it; allowed is ${OPTIONS[option].allowed}`];
  try {
    instanceArchitecture(type);
    return [];
  } catch (error) {
    return [`${option} = ${show(type)}: ${(error as Error).message}; allowed is ${OPTIONS[option].allowed}`];
  }
}

/** The architecture of an instance type, as its name tells it: which bundle and which machine image it needs. */
export const instanceArchitecture = (type: string): 'arm64' | 'x64' =>
  new InstanceType(type).architecture === InstanceArchitecture.ARM_64 ? 'arm64' : 'x64';
