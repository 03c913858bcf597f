import { RemovalPolicy } from 'aws-cdk-lib';
import { InstanceArchitecture, InstanceType } from 'aws-cdk-lib/aws-ec2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { architectureOfLabel, checkSourceBundle, platformOfLabel, SourceBundleError } from '../beanstalk/source-bundle';
import {
  BEANSTALK_PLATFORMS,
  branchOfArn,
  languageOf,
  PLATFORM_ARN,
  PLATFORM_BRANCHES,
} from '../../lambda/beanstalk/platforms';
import { BY_DEFAULT, ECS_INSTANCE_TYPES, tasksThatFit } from '../ecs/on-ec2/instance-types';
import { FRAMEWORK_MEMORY_MIB } from '../../packaging/framework-packages';
import { IPV4_BLOCK, isPrivateBlock, isWholeBlock, wholeBlock } from './ipv4-block';
import { isNoTime, isTimeZone, NIGHT, nightWindow } from '../shared/night';

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
  /** What is allowed and near a text that is not. */
  readonly nearest?: (text: string) => string | undefined;
}

type Described<T> = Pick<Option<T>, 'default' | 'unit' | 'meaning'>;

// The command line gives text (`-c lambda.memoryMiB=512`), cdk.json numbers and booleans: both are taken.
const fromText = (value: unknown): unknown => (typeof value === 'string' ? value.trim() : value);
const numberFromText = (value: unknown): unknown =>
  typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
const flagFromText = (value: unknown): unknown =>
  typeof value === 'string' ? ({ true: true, false: false }[value.trim()] ?? value) : value;
const listFromText = (value: unknown): unknown =>
  typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;

/** A row that is like no other. */
const option = <T>(row: Option<T>): Option<T> => row;

const thousands = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

function integer(row: Described<number> & { min: number; max: number }): Option<number> {
  return {
    ...row,
    schema: z.preprocess(numberFromText, z.int().min(row.min).max(row.max)),
    allowed: `a whole number, ${thousands(row.min)} to ${thousands(row.max)}`,
  };
}

function oneOfNumbers<const N extends number>(row: Described<N> & { numbers: readonly N[] }): Option<N> {
  return {
    ...row,
    schema: z.preprocess(
      numberFromText,
      z.custom<N>((value) => (row.numbers as readonly unknown[]).includes(value)),
    ),
    allowed: `one of ${row.numbers.join(', ')}`,
    values: row.numbers.map(String),
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

function integers(
  row: Described<readonly number[]> & { min: number; max: number; most: number },
): Option<readonly number[]> {
  const numbersFromText = (value: unknown): unknown => {
    const parts = typeof value === 'number' ? [value] : listFromText(value);
    return Array.isArray(parts) ? parts.map(numberFromText) : parts;
  };
  const isSet = (numbers: readonly number[]): boolean => new Set(numbers).size === numbers.length;
  const schema = z.array(z.int().min(row.min).max(row.max)).min(1).max(row.most).refine(isSet);
  return {
    ...row,
    schema: z.preprocess(numbersFromText, schema),
    allowed: `1 to ${row.most} different whole numbers, ${thousands(row.min)} to ${thousands(row.max)}, separated by commas`,
  };
}

function list(row: Described<readonly string[]> & { pattern: RegExp; allowed: string }): Option<readonly string[]> {
  return { ...row, schema: z.preprocess(listFromText, z.array(z.string().regex(row.pattern)).min(1)) };
}

/** The blocks that a text means whose addresses are inside them. */
function nearestBlocks(text: string): string | undefined {
  const blocks = text.split(',').map((part) => part.trim());
  return blocks.every((block) => IPV4_BLOCK.test(block)) ? blocks.map(wholeBlock).join(',') : undefined;
}

/** Days that CloudWatch Logs can keep a log group, as CDK lists them. */
const RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** A family and a size (EC2 User Guide, "Amazon EC2 instance type naming conventions"); which there are, AWS knows. */
const INSTANCE_TYPE = /^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|\d*xlarge|metal(-\d+xl)?)$/;

/** Two rules each, for HTTP and HTTPS, of the 60 that a security group has (VPC User Guide, "Amazon VPC quotas"). */
const MAX_BLOCKS = 30;

/** How a service of ECS replaces one version by the next (ECS Developer Guide, "Amazon ECS deployment strategies"). */
const DEPLOYMENTS = ['rolling', 'blue-green', 'linear', 'canary'] as const;

/** Every option a user may set: the one place that names, bounds, defaults and explains it. */
export const OPTIONS = {
  name: text({
    // ECS refuses capacity providers whose names, and so whose stacks' names, begin like its own.
    pattern: /^(?!(aws|ecs|fargate))[a-z][a-z0-9-]{0,30}$/i,
    allowed: 'letters, digits and hyphens, a letter first, 31 at most, not beginning with aws, ecs or fargate',
    default: 'compute',
    meaning: 'first part of every stack name, so that two copies live in one account',
  }),
  preset: oneOf({
    values: ['sandbox', 'production'],
    default: 'sandbox',
    meaning:
      'sandbox: cheapest honest choice, all of it gone with the stack; production: private subnets, HTTPS, two or more of everything, data kept',
  }),

  'network.zones': integer({
    min: 1,
    max: 3,
    default: 2,
    meaning: 'availability zones of the VPC; with one, the options that need a load balancer are left out',
  }),
  'network.natGateways': integer({
    min: 0,
    max: 3,
    default: { sandbox: 0, production: { sameAs: 'network.zones' } },
    meaning: 'NAT gateways, billed by the hour; 0: public subnets only, closed by security groups',
  }),
  'network.cidr': option<string>({
    schema: z.preprocess(
      fromText,
      z.string().refine((block) => isWholeBlock(block) && isPrivateBlock(block) && /\/(1[6-9]|2[0-4])$/.test(block)),
    ),
    allowed: 'a private IPv4 block from its first address on, /16 to /24, such as 10.0.0.0/16',
    nearest: nearestBlocks,
    default: '10.0.0.0/16',
    meaning: 'address block of the VPC',
  }),
  'network.flowLogs': flag({
    default: { sandbox: false, production: true },
    meaning: 'record accepted and rejected connections in CloudWatch Logs',
  }),

  'access.allowedCidr': option<readonly string[]>({
    // One block twice would be one rule twice, which a security group refuses.
    schema: z.preprocess(
      listFromText,
      z
        .array(z.string().refine(isWholeBlock))
        .min(1)
        .max(MAX_BLOCKS)
        .transform((blocks) => [...new Set(blocks)]),
    ),
    allowed: `IPv4 blocks from their first addresses on, separated by commas, ${MAX_BLOCKS} at most, such as 198.51.100.7/32`,
    nearest: nearestBlocks,
    default: ['0.0.0.0/0'],
    meaning: 'who may reach the service; narrowed, the function URL asks for IAM authentication',
  }),
  'access.certificateArn': text({
    pattern: /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]{36}$/,
    allowed: 'the ARN of an ACM certificate in the same region',
    default: undefined,
    meaning:
      'certificate of the load balancers: HTTPS, with a redirect from HTTP; for the names under access.domainName',
  }),
  'access.domainName': text({
    pattern: /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    allowed: 'a domain name in lower case, such as thumbnails.example.com',
    default: undefined,
    meaning:
      'domain of the options with a load balancer, such as ec2.thumbnails.example.com; function URLs keep their own address',
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
    meaning:
      'largest image taken; on Lambda never more than 4, since its 6 MB payload is base64, nor than a 64th of its memory',
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
    meaning: 'who is notified of alarms (AWS first asks this address to confirm)',
  }),

  'ec2.instanceType': text({
    pattern: INSTANCE_TYPE,
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

  'beanstalk.platform': oneOf({
    values: BEANSTALK_PLATFORMS,
    default: 'node',
    meaning: 'language of the application: node and docker are the service itself, the others a sample each',
  }),
  'beanstalk.platformArn': text({
    pattern: PLATFORM_ARN,
    allowed: "the ARN of a platform version of Elastic Beanstalk's own",
    default: undefined,
    meaning: 'exact platform version; without it, the newest of the platform branch is chosen at deployment',
  }),
  'beanstalk.bundle': text({
    pattern: /^[^\0]*\.zip$/,
    allowed: 'the path of a zip',
    default: undefined,
    meaning: 'source bundle to deploy in place of the sample; checked before anything is uploaded',
  }),
  'beanstalk.version': text({
    pattern: /^[A-Za-z0-9._-]{1,100}$/,
    allowed: 'the label of an application version, such as node-arm64-0123456789ab',
    default: undefined,
    meaning: 'deploys this earlier version, and uploads nothing: npm run beanstalk -- versions lists them',
  }),
  'beanstalk.keepVersions': integer({
    min: 1,
    max: 1_000,
    default: 20,
    meaning: 'application versions kept for a roll back; an account has 1,000 a region',
  }),
  'beanstalk.type': oneOf({
    values: ['load-balanced', 'single'],
    default: 'load-balanced',
    meaning: 'instances behind an application load balancer, billed by the hour, or one instance with an address',
  }),
  'beanstalk.instanceTypes': list({
    pattern: INSTANCE_TYPE,
    allowed: 'EC2 instance types of one architecture separated by commas, such as t4g.small',
    default: ['t4g.small'],
    meaning: 'types of the instances, on demand the first of them; Java and .NET are built on them and need 2 GiB',
  }),
  'beanstalk.minInstances': integer({
    min: 1,
    max: 100,
    default: { sandbox: 1, production: 2 },
    meaning: 'instances behind the load balancer, at least',
  }),
  'beanstalk.maxInstances': integer({
    min: 1,
    max: 100,
    default: { sandbox: 2, production: 4 },
    meaning: 'instances behind the load balancer, at most',
  }),
  'beanstalk.scaleOn': oneOf({
    values: ['cpu', 'requests'],
    default: 'cpu',
    meaning: 'what adds and removes instances: their CPU, or the requests a minute of all of them',
  }),
  'beanstalk.deployment': oneOf({
    values: ['all-at-once', 'rolling', 'rolling-with-additional-batch', 'immutable', 'traffic-splitting'],
    default: 'rolling-with-additional-batch',
    meaning: 'how a new version takes over on Elastic Beanstalk; a single instance is all-at-once or immutable',
  }),
  'beanstalk.updateWindow': text({
    pattern: /^((Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01]\d|2[0-3]):[0-5]\d|none)$/,
    allowed: 'a day and time in UTC, such as Sun:03:00, or none',
    default: 'Sun:03:00',
    meaning: 'when platform updates are installed each week; none: each deployment that changes something brings them',
  }),

  'registry.build': oneOf({
    values: ['local', 'codebuild'],
    default: 'local',
    meaning: 'who builds the image: Docker on the machine that deploys, or CodeBuild in the account',
  }),
  'registry.keepImages': integer({
    min: 2,
    max: 1_000,
    default: 10,
    meaning: 'images kept for a roll back; older ones expire',
  }),

  'task.cpuUnits': oneOfNumbers({
    numbers: [256, 512, 1_024, 2_048, 4_096, 8_192, 16_384],
    default: 256,
    meaning: 'CPU of a task on ECS, 1,024 to a vCPU',
  }),
  'task.memoryMiB': integer({
    min: 512,
    max: 122_880,
    unit: 'MiB',
    default: 512,
    meaning: 'memory of a task on ECS; Fargate has certain sizes for each CPU size',
  }),
  'task.exec': flag({
    default: false,
    meaning: 'ECS Exec into running tasks, recorded; its image has a shell, and its root file system is writable',
  }),
  'task.insights': flag({
    default: { sandbox: false, production: true },
    meaning: 'Container Insights with metrics of each task, billed by the metric',
  }),

  'fargate.tasks': integer({
    min: 1,
    max: 100,
    default: { sandbox: 1, production: 2 },
    meaning: 'tasks by day, at least',
  }),
  'fargate.nightTasks': integer({
    min: 1,
    max: 100,
    default: { sandbox: 1, production: 2 },
    meaning: 'tasks by night, at least',
  }),
  'fargate.maxTasks': integer({ min: 1, max: 1_000, default: 4, meaning: 'tasks at most, day and night' }),
  'fargate.spotPercent': integer({
    min: 0,
    max: 100,
    unit: '%',
    default: 50,
    meaning: 'share of FARGATE_SPOT in the tasks above the first, which are always on FARGATE: one, in production two',
  }),
  'fargate.deployment': oneOf({
    values: DEPLOYMENTS,
    default: 'rolling',
    meaning: 'how a new version takes over on Fargate',
  }),

  'ecs.night': text({
    pattern: NIGHT,
    allowed: 'a window with its time zone, such as 23:00-07:00 Asia/Seoul, or none',
    default: '23:00-07:00 Etc/UTC',
    meaning: 'when fewer are needed: the night of every schedule in this project',
  }),
  'ecs.instanceType': oneOf({
    values: ECS_INSTANCE_TYPES,
    default: 't4g.small',
    meaning: 'instance type of the cluster; unless it is set, the smallest of Graviton that the tasks fit',
  }),
  'ecs.instances': integer({
    min: 1,
    max: 50,
    default: { sandbox: 2, production: 3 },
    meaning: 'instances by day, at least',
  }),
  'ecs.nightInstances': integer({
    min: 1,
    max: 50,
    default: { sandbox: 1, production: 2 },
    meaning:
      'instances by night, and one more only while one is replaced: tasks of the leaving ones start on those that stay before they stop',
  }),
  'ecs.maxInstances': integer({
    min: 2,
    max: 100,
    default: { sandbox: 3, production: 6 },
    meaning: 'instances at most',
  }),
  'ecs.onDemandInstances': integer({
    min: 0,
    max: 50,
    default: { sandbox: 1, production: 2 },
    meaning: 'instances that are always bought on demand',
  }),
  'ecs.spotPercent': integer({
    min: 0,
    max: 100,
    unit: '%',
    default: 0,
    meaning: 'share of Spot in the instances above ecs.onDemandInstances',
  }),
  'ecs.tasks': integer({ min: 1, max: 500, default: { sandbox: 2, production: 4 }, meaning: 'tasks by day, at least' }),
  'ecs.nightTasks': integer({ min: 1, max: 500, default: 2, meaning: 'tasks by night, exactly' }),
  'ecs.maxTasks': integer({ min: 1, max: 500, default: { sandbox: 6, production: 12 }, meaning: 'tasks at most' }),
  'ecs.deployment': oneOf({
    values: DEPLOYMENTS,
    default: 'rolling',
    meaning: 'how a new version takes over on ECS over EC2',
  }),

  'lambda.memoryMiB': integer({
    min: 128,
    max: 10_240,
    unit: 'MiB',
    default: 1_024,
    meaning: "memory of the service's function, and CPU with it: one vCPU at 1,769 MiB, six at 10,240",
  }),
  'lambda.ephemeralMiB': integer({
    min: 512,
    max: 10_240,
    unit: 'MiB',
    default: 512,
    meaning: "size of /tmp of the service's two functions, billed above 512; the service itself writes nothing there",
  }),
  'lambda.timeoutSeconds': integer({
    min: 1,
    max: 900,
    unit: 's',
    default: 15,
    meaning: 'longest run of one invocation over HTTP',
  }),
  'lambda.provisionedConcurrency': integer({
    min: 0,
    max: 1_000,
    default: 0,
    meaning: 'execution environments kept initialised, billed by the hour; a new account has 10 environments in all',
  }),
  'lambda.nightProvisionedConcurrency': integer({
    min: 0,
    max: 1_000,
    default: {
      sandbox: { sameAs: 'lambda.provisionedConcurrency' },
      production: { sameAs: 'lambda.provisionedConcurrency' },
    },
    meaning: 'the same by night, as ecs.night has it',
  }),
  'lambda.keepWarmMinutes': integer({
    min: 0,
    max: 15,
    unit: 'minutes',
    default: 0,
    meaning: 'how often a schedule asks the function for its health, which keeps one environment warm; 0: never',
  }),
  'lambda.pipelineWidths': integers({
    min: 16,
    max: 2_048,
    most: 5,
    unit: 'pixels',
    default: [160, 320, 640],
    meaning: 'widths of the thumbnails that are made of each upload',
  }),
  'lambda.pipelineMemoryMiB': integer({
    // Room for two of the largest uploads that may be allowed, 200 MiB, beside 112 MiB for the AWS SDK and the image
    // library, and 128 MiB to decode a plain JPEG of 50 megapixels. Measured at 512 with ten in a batch: 384 MiB for
    // JPEGs of 98 MiB, 321 for progressive ones of 31 MiB.
    min: 512,
    max: 10_240,
    unit: 'MiB',
    default: 1_024,
    meaning: 'memory of the function that makes thumbnails of uploads, and CPU with it',
  }),
  'lambda.pipelineMaxMiB': integer({
    min: 1,
    max: 100,
    unit: 'MiB',
    default: 32,
    meaning: 'largest upload that thumbnails are made of; two of them are in memory at once, if not more',
  }),
  'lambda.pipelineConcurrency': integer({
    min: 2,
    max: 1_000,
    default: { sandbox: 2, production: 5 },
    meaning: 'executions of the pipeline at once; a new account has 10 in all, and the service needs some of them',
  }),
  'lambda.pipelineTimeoutSeconds': integer({
    min: 1,
    max: 900,
    unit: 's',
    default: 60,
    meaning: 'longest run of one invocation of the pipeline, which handles up to ten uploads',
  }),
  'lambda.urlAuth': oneOf({
    values: ['none', 'iam'],
    default: 'none',
    meaning: 'who may call the function URL: anybody, or principals that sign with IAM credentials',
  }),

  'frameworks.memoryMiB': integer({
    min: 512,
    max: 10_240,
    unit: 'MiB',
    default: FRAMEWORK_MEMORY_MIB,
    meaning:
      "memory of each framework's function, and CPU with it; with less than 1,024 the Python ones take smaller pictures; 512 at least, since a JVM with Spring takes 200 before its first request",
  }),
  'frameworks.snapStart': flag({
    default: false,
    meaning: 'start the Java and Python frameworks from a snapshot, where the region has SnapStart; billed for Python',
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

const NAMESPACES = new Set(names.map((name) => name.split('.')[0]));

/**
 * Whether a key of the context is meant for us. CDK's own hold a colon, a slash, an @ or a hyphen; every other is, and
 * so is whatever begins with a name of ours: a slip such as `-c prest=production` or `-c ec2.instance-type=t3.micro` is
 * an error and not the default deployed by mistake.
 */
const isOurs = (key: string): boolean =>
  /^\w+(\.\w*)*$/.test(key) || NAMESPACES.has(/^[a-z0-9]*/.exec(key.trim().toLowerCase())?.[0] ?? '');

const show = (value: unknown): string => JSON.stringify(value);

const didYouMean = (suggestion: string | undefined): string => (suggestion ? `; did you mean ${suggestion}?` : '');

/** What of `candidates` a word was meant to be: the same but for case and marks, a part of it, or a slip of the hand. */
function meant(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const [namespace = '', ...labels] = word.toLowerCase().trim().split('.');
  const label = plain(labels.join('') || namespace);
  const beside = candidates.filter((each) => labels.length === 0 || each.startsWith(`${namespace}.`));
  const labelOf = (each: string): string => plain(each.slice(each.indexOf('.') + 1));
  const nearest = closest(word, [...candidates]);
  return (
    candidates.find((each) => plain(each) === plain(word)) ??
    (distance(word, nearest) <= Math.min(2, word.length - 1) ? nearest : undefined) ??
    (label.length > 2 ? beside.find((each) => labelOf(each).startsWith(label)) : undefined) ??
    (label.length > 2 ? beside.find((each) => labelOf(each).includes(label)) : undefined) ??
    (distance(word, nearest) <= nearest.length / 3 ? nearest : undefined)
  );
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
    .map((key) => `${key} = ${show(context[key])}: no such option${didYouMean(meant(key, names))}`);

  const chosen = new Map<OptionName, unknown>();
  const wrong: OptionName[] = [];
  for (const name of names.filter((candidate) => context[candidate] !== undefined)) {
    const { schema, allowed, values, unit, nearest }: Option<unknown> = OPTIONS[name];
    const result = schema.safeParse(context[name]);
    if (result.success) chosen.set(name, result.data);
    else {
      wrong.push(name);
      const given = context[name];
      const hint = typeof given === 'string' ? didYouMean(nearest?.(given) ?? meant(given, values ?? [])) : '';
      problems.push(`${name} = ${show(context[name])}: allowed is ${allowed}${unit ? ` (${unit})` : ''}${hint}`);
    }
  }

  const preset = (chosen.get('preset') ?? OPTIONS.preset.default) as Preset;
  const valueOf = (name: OptionName): unknown => {
    const value = chosen.get(name) ?? defaultOf(name, preset);
    return has(value, 'sameAs') ? valueOf(value.sameAs as OptionName) : value;
  };
  const config = withRoom(nest(Object.fromEntries(names.map((name) => [name, valueOf(name)]))), chosen);
  // In place of a wrong value stands the default, and what that contradicts is nobody's fault. On the preset hang all.
  const aboutRightValues = (problem: string): boolean =>
    !wrong.some((name) => name === 'preset' || problem.includes(name));
  problems.push(...contradictions(config, chosen).filter(aboutRightValues));
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

/** Options that can't all hold, each named with its value as `name = value`. */
function contradictions(config: Config, chosen: ReadonlyMap<OptionName, unknown>): string[] {
  const { access, ec2, ecs, fargate, lambda, network, preset, task } = config;
  // Without a night, what it would have counts for nothing.
  const byNight = nightWindow(ecs.night) !== undefined;
  const atLeast = (day: number, night: number): number => (byNight ? Math.min(day, night) : day);
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
      `lambda.urlAuth = none and access.allowedCidr = ${show(access.allowedCidr)}: a public function URL can't be narrowed by address; leave lambda.urlAuth out or set iam`,
    ],
    [
      lambda.nightProvisionedConcurrency !== lambda.provisionedConcurrency && ecs.night === 'none',
      `lambda.nightProvisionedConcurrency = ${lambda.nightProvisionedConcurrency} and ecs.night = none: without a night it is never used; set ecs.night, such as 23:00-07:00 Etc/UTC`,
    ],
    [
      ec2.volumeIops > ec2.volumeGiB * IOPS_PER_GIB[ec2.volumeType],
      `ec2.volumeIops = ${ec2.volumeIops}, ec2.volumeGiB = ${ec2.volumeGiB} and ec2.volumeType = ${ec2.volumeType}: that type gives at most ${IOPS_PER_GIB[ec2.volumeType]} IOPS a GiB`,
    ],
    [
      preset === 'production' && atLeast(fargate.tasks, fargate.nightTasks) < 2,
      `fargate.tasks = ${fargate.tasks}, fargate.nightTasks = ${fargate.nightTasks}, ecs.night = ${show(ecs.night)} and preset = production: production has two or more of everything`,
    ],
    [
      preset === 'production' &&
        Math.min(atLeast(ecs.instances, ecs.nightInstances), atLeast(ecs.tasks, ecs.nightTasks)) < 2,
      `ecs.instances = ${ecs.instances}, ecs.nightInstances = ${ecs.nightInstances}, ecs.tasks = ${ecs.tasks}, ecs.nightTasks = ${ecs.nightTasks}, ecs.night = ${show(ecs.night)} and preset = production: production has two or more of everything`,
    ],
    [
      Math.max(fargate.tasks, byNight ? fargate.nightTasks : 0) > fargate.maxTasks,
      `fargate.maxTasks = ${fargate.maxTasks}, fargate.tasks = ${fargate.tasks}, fargate.nightTasks = ${fargate.nightTasks} and ecs.night = ${show(ecs.night)}: the maximum is below the minimum`,
    ],
    [
      ecs.tasks > ecs.maxTasks,
      `ecs.maxTasks = ${ecs.maxTasks} and ecs.tasks = ${ecs.tasks}: the maximum is below the minimum`,
    ],
    [
      (byNight && ecs.nightInstances > ecs.instances) || ecs.instances > ecs.maxInstances,
      `ecs.nightInstances = ${ecs.nightInstances}, ecs.instances = ${ecs.instances}, ecs.maxInstances = ${ecs.maxInstances} and ecs.night = ${show(ecs.night)}: the night has no more than the day, and the day no more than the maximum`,
    ],
    [
      !isTimeZone(nightWindow(ecs.night)?.timeZone ?? 'Etc/UTC'),
      `ecs.night = ${show(ecs.night)}: there is no time zone ${show(nightWindow(ecs.night)?.timeZone)}; allowed are the names of the IANA database, such as Asia/Seoul`,
    ],
    [isNoTime(ecs.night), `ecs.night = ${show(ecs.night)}: begins when it ends; allowed is a window, or none`],
    ...fargateSizeRules(task),
  ];
  return [
    ...rules.filter(([broken]) => broken).map(([, message]) => message),
    ...instanceTypeProblem('ec2.instanceType', ec2.instanceType),
    ...roomProblems(config),
    ...beanstalkProblems(config, chosen),
  ];
}

function beanstalkProblems(config: Config, chosen: ReadonlyMap<OptionName, unknown>): string[] {
  const { beanstalk, preset } = config;
  const { platform, platformArn, type, minInstances, maxInstances, deployment, instanceTypes } = beanstalk;
  const single = type === 'single';
  const language = platformArn === undefined ? undefined : languageOf(branchOfArn(platformArn) ?? '');
  const expected = languageOf(PLATFORM_BRANCHES.branches[platform]);
  const versionPlatform = platformOfLabel(beanstalk.version ?? '');
  const rules: readonly (readonly [broken: boolean, message: string])[] = [
    [
      language !== undefined && language !== expected,
      `beanstalk.platformArn = ${show(platformArn)} and beanstalk.platform = ${platform}: that is a platform of ${language ?? ''}, and ${platform} is ${expected}`,
    ],
    [
      versionPlatform !== undefined && versionPlatform !== platform,
      `beanstalk.version = ${show(beanstalk.version)} and beanstalk.platform = ${platform}: that version is for ${versionPlatform ?? ''}; set both alike`,
    ],
    [
      beanstalk.version !== undefined && beanstalk.bundle !== undefined,
      `beanstalk.version = ${show(beanstalk.version)} and beanstalk.bundle = ${show(beanstalk.bundle)}: a version from earlier has its bundle; leave one of the two out`,
    ],
    [
      preset === 'production' && single,
      'beanstalk.type = single and preset = production: production has two or more of everything; load-balanced',
    ],
    [
      preset === 'production' && !single && minInstances < 2,
      `beanstalk.minInstances = ${minInstances} and preset = production: production has two or more of everything; 2 or more`,
    ],
    [
      !single && minInstances > maxInstances,
      `beanstalk.maxInstances = ${maxInstances} and beanstalk.minInstances = ${minInstances}: the maximum is below the minimum`,
    ],
    [
      single && hasCertificate(config),
      'beanstalk.type = single and a certificate: HTTPS ends at the load balancer; set load-balanced, or leave the certificate out',
    ],
    [
      single && chosen.has('beanstalk.deployment') && deployment !== 'all-at-once' && deployment !== 'immutable',
      `beanstalk.deployment = ${deployment} and beanstalk.type = single: a single instance has all-at-once and immutable`,
    ],
  ];
  const typeProblems = instanceTypes.flatMap((each) => instanceTypeProblem('beanstalk.instanceTypes', each));
  const architectures = new Set(typeProblems.length > 0 ? [] : instanceTypes.map(instanceArchitecture));
  const [architecture] = architectures;
  const versionArchitecture = architectureOfLabel(beanstalk.version ?? '') ?? architecture;
  return [
    ...rules.filter(([broken]) => broken).map(([, message]) => message),
    ...typeProblems,
    ...(architectures.size > 1
      ? [`beanstalk.instanceTypes = ${show(instanceTypes)}: both arm64 and x86-64; all of one architecture are allowed`]
      : []),
    ...(architectures.size === 1 && versionArchitecture !== architecture
      ? [
          `beanstalk.version = ${show(beanstalk.version)} and beanstalk.instanceTypes = ${show(instanceTypes)}: that version has native code for ${versionArchitecture ?? ''}, and the instances are ${architecture ?? ''}; set both alike`,
        ]
      : []),
    ...(architectures.size === 1 ? bundleProblems(beanstalk) : []),
  ];
}

/** What Elastic Beanstalk would refuse, or stumble over, in a bundle of the user's own. */
function bundleProblems({ bundle, platform, instanceTypes }: Config['beanstalk']): string[] {
  if (bundle === undefined) return [];
  try {
    checkSourceBundle(bundle, platform, instanceArchitecture(instanceTypes[0] ?? ''));
    return [];
  } catch (error) {
    if (!(error instanceof SourceBundleError)) throw error;
    return error.faults.map(
      (fault) => `beanstalk.bundle = ${show(bundle)} and beanstalk.platform = ${platform}: ${fault}`,
    );
  }
}

/** Memory that Fargate has for each CPU size, in MiB: least, most and step (ECS Developer Guide, "Task CPU and memory"). */
const FARGATE_MEMORY: Readonly<Record<Config['task']['cpuUnits'], readonly [min: number, max: number, step: number]>> =
  {
    256: [512, 2_048, 512],
    512: [1_024, 4_096, 1_024],
    1_024: [2_048, 8_192, 1_024],
    2_048: [4_096, 16_384, 1_024],
    4_096: [8_192, 30_720, 1_024],
    8_192: [16_384, 61_440, 4_096],
    16_384: [32_768, 122_880, 8_192],
  };

function fargateSizeRules({ cpuUnits, memoryMiB }: Config['task']): (readonly [broken: boolean, message: string])[] {
  const [min, max, step] = FARGATE_MEMORY[cpuUnits];
  // 1,536 is no size for 256 units: the only gap in the steps of the table.
  const fits =
    memoryMiB >= min && memoryMiB <= max && memoryMiB % step === 0 && !(cpuUnits === 256 && memoryMiB === 1_536);
  const allowed =
    cpuUnits === 256 ? '512, 1024 or 2048' : `${thousands(min)} to ${thousands(max)} in steps of ${thousands(step)}`;
  return [
    [!fits, `task.cpuUnits = ${cpuUnits} and task.memoryMiB = ${memoryMiB}: with that CPU, Fargate has ${allowed} MiB`],
  ];
}

/** Whether the tasks of night and day find room on the instances of night and day, with the sum for who has to mend it. */
function roomProblems({ ecs, task }: Config): string[] {
  const fit = tasksThatFit(ecs.instanceType, task);
  const named = (...names: (keyof Config['ecs'])[]): string =>
    names.map((name) => `ecs.${name} = ${String(ecs[name])}`).join(', ');
  const problem = (
    tasks: 'nightTasks' | 'maxTasks',
    instances: 'nightInstances' | 'maxInstances',
    ...when: 'night'[]
  ): string[] => {
    // While a new version takes over, tasks of both run: one more at a time, or all of them twice.
    const surge = ecs.deployment === 'rolling' ? 1 : ecs[tasks];
    const [needed, room] = [ecs[tasks] + surge, ecs[instances] * fit.tasks];
    if (needed <= room) return [];
    const enough = Math.ceil(needed / fit.tasks);
    const remedy = OPTIONS[`ecs.${instances}`].schema.safeParse(enough).success
      ? `set ecs.${instances} to ${enough} or more, or a larger ecs.instanceType`
      : 'set a larger ecs.instanceType';
    return [
      `${named(tasks, instances, ...when, 'instanceType', 'deployment')}, task.memoryMiB = ${task.memoryMiB} and task.cpuUnits = ${task.cpuUnits}: ` +
        `${ecs[tasks]} ${ecs[tasks] === 1 ? 'task' : 'tasks'} and ${surge} more during a deployment need room for ${needed}, and there is room for ${room} ` +
        `(tasks that fit one ${ecs.instanceType}: ${fit.sum}); ${remedy}`,
    ];
  };
  return [
    ...(nightWindow(ecs.night) ? problem('nightTasks', 'nightInstances', 'night') : []),
    ...problem('maxTasks', 'maxInstances'),
  ];
}

/** With the smallest instance type that the tasks fit, where none is set: who deploys Fargate alone need not know of it. */
function withRoom(config: Config, chosen: ReadonlyMap<OptionName, unknown>): Config {
  if (chosen.has('ecs.instanceType')) return config;
  const candidates = BY_DEFAULT.map((instanceType) => ({ ...config, ecs: { ...config.ecs, instanceType } }));
  return candidates.find((candidate) => roomProblems(candidate).length === 0) ?? candidates.at(-1) ?? config;
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
