import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { z } from 'zod';
import { isWholeAddressBlock, nearestAddressBlocks, blocksProblem } from '../options/address-blocks';
import { flag, integer, list, listFromText, oneOf, oneOfNumbers, option, text, type Values } from '../options/kinds';
import type { Rule } from '../options/problems';
import { NIGHT, nightProblem } from './night-times';

/** Days that CloudWatch Logs can keep a log group, as CDK lists them. */
const RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** Two rules each, for HTTP and HTTPS, of the 60 that a security group has (VPC User Guide, "Amazon VPC quotas"). */
const MAX_BLOCKS = 30;

/** Whether a day and a time of day exist: `Date` takes 31 February for a day in March. */
const isTime = (text: string): boolean =>
  !Number.isNaN(Date.parse(text)) && new Date(text).toISOString() === text.replace('Z', '.000Z');

/** The options that two or more compute options read. */
export const sharedRows = {
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
      'sandbox: the cheapest choice, all of it gone with the stack; production: private subnets, HTTPS, two or more of everything, data kept',
  }),
  region: text({
    pattern: /^[a-z]{2,4}(-[a-z]+)+-\d$/,
    allowed: 'a region, such as eu-central-1',
    default: undefined,
    meaning:
      'the one region that the stacks are for, which then refuse what that region lacks; without it, they are for any',
  }),
  'deploy.accounts': list({
    pattern: /^\d{12}$/,
    fewest: 0,
    allowed: 'account ids of 12 digits, separated by commas; in cdk.json as texts, since a number loses leading zeros',
    default: [],
    meaning: 'the accounts that npm run deploy and npm run destroy may change, which refuse all others; none: any',
  }),
  'sandbox.expireAfterHours': integer({
    min: 0,
    max: 720,
    unit: 'hours',
    default: { sandbox: 24, production: 0 },
    meaning:
      'when a stack that npm run deploy has deployed deletes itself, unless it is deployed again; 0: never. cdk deploy knows no time and leaves the schedule out',
  }),
  'sandbox.expireAt': text({
    pattern: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/,
    allowed: 'a time in UTC, such as 2026-12-24T18:00:00Z',
    why: (given) => (isTime(given) ? undefined : 'there is no such time'),
    default: undefined,
    meaning: 'the time from which on each stack deletes itself; npm run deploy gives it',
  }),
  protect: flag({
    default: false,
    meaning:
      'CloudFormation refuses to delete the stacks; set it once they stand, since a first deployment that failed could not be tried again',
  }),

  'access.allowedCidr': option<readonly string[]>({
    // One block twice would be one rule twice, which a security group refuses.
    schema: z.preprocess(
      listFromText,
      z
        .array(z.string().refine(isWholeAddressBlock))
        .min(1)
        .max(MAX_BLOCKS)
        .refine((blocks) => blocksProblem(blocks) === undefined)
        .transform((blocks) => [...new Set(blocks)]),
    ),
    allowed: `IPv4 blocks, and IPv6 blocks beside them, from their first addresses on, separated by commas, ${MAX_BLOCKS} at most, such as 198.51.100.7/32 or 0.0.0.0/0,::/0`,
    nearest: nearestAddressBlocks,
    why: (given) => blocksProblem(given.split(',').map((block) => block.trim())),
    default: ['0.0.0.0/0'],
    meaning:
      'who may reach the service; with an IPv6 block, such as ::/0 for everybody, the load balancers are dual-stack; narrowed, the endpoint of a Web Function asks for IAM authentication',
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
      'domain of the options with a load balancer, such as compute-ec2.thumbnails.example.com, with name in it; function URLs keep their own address',
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

  'access.webAclArn': text({
    pattern: /^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:\d{12}:regional\/webacl\/[\w-]{1,128}\/[0-9a-f-]{36}$/,
    allowed: 'the ARN of a regional web ACL of AWS WAF in the same region',
    default: undefined,
    meaning: 'web ACL in front of the load balancers',
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
    meaning: 'largest image decoded, all frames counted, read from its header',
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
  'schedule.night': text({
    pattern: NIGHT,
    allowed: 'a window with its time zone, such as 23:00-07:00 Asia/Seoul, or none',
    why: nightProblem,
    default: '23:00-07:00 Etc/UTC',
    formerly: 'ecs.night',
    meaning: 'when fewer tasks, instances and execution environments are needed: the night of every schedule here',
  }),
};

export type SharedValues = Values<typeof sharedRows>;

/** Whether a load balancer answers with HTTPS: a certificate is given, or one can be issued. */
export const hasCertificate = ({ access }: SharedValues): boolean =>
  access.certificateArn !== undefined || (access.domainName !== undefined && access.hostedZoneId !== undefined);

/** The options that decide whether there is a certificate. */
export const CERTIFICATE = ['access.certificateArn', 'access.domainName', 'access.hostedZoneId'] as const;

/** The first label of a service's name, with the name of this copy of the app, so that two copies share a domain. */
export const subdomainOf = ({ name }: SharedValues, service: string): string => `${name.toLowerCase()}-${service}`;

/** Characters of a name that ACM issues a certificate for (AWS Certificate Manager API Reference, "RequestCertificate"). */
const CERTIFIED_NAME = 64;

/** The rules of an option that may stand behind a load balancer. */
export const accessRules = (service: string): readonly Rule<SharedValues>[] => [
  {
    about: ['access.domainName', 'name'],
    problem: (values) => {
      const { domainName, certificateArn } = values.access;
      if (domainName === undefined || certificateArn !== undefined || !hasCertificate(values)) return undefined;
      const name = `${subdomainOf(values, service)}.${domainName}`;
      return name.length <= CERTIFIED_NAME
        ? undefined
        : `${name} has ${name.length} characters, and ACM issues certificates for ${CERTIFIED_NAME}; set a shorter one, or access.certificateArn`;
    },
  },
  {
    about: ['preset', ...CERTIFICATE],
    problem: (values) =>
      values.preset === 'production' && !hasCertificate(values)
        ? 'HTTPS is required; set access.certificateArn, or access.domainName with access.hostedZoneId'
        : undefined,
  },
  {
    about: ['access.domainName', 'access.hostedZoneId', 'access.certificateArn'],
    problem: (values) =>
      values.access.domainName !== undefined && !hasCertificate(values)
        ? 'the name needs a certificate; set access.hostedZoneId too, so that one is issued, or access.certificateArn'
        : undefined,
  },
  {
    about: ['access.hostedZoneId', 'access.domainName'],
    problem: ({ access }) =>
      access.hostedZoneId !== undefined && access.domainName === undefined
        ? 'the zone is used for the records of that domain; set access.domainName too'
        : undefined,
  },
  {
    about: ['access.webAclArn', 'region'],
    problem: ({ access, region }) => {
      const other = access.webAclArn?.split(':')[3];
      return other === undefined || region === undefined || other === region
        ? undefined
        : `that is in ${other}; name one in ${region}`;
    },
  },
];

/** The rule of an option that may stand without a load balancer: what a web ACL keeps out would come in there. */
export const balancedForWebAcl = <V extends SharedValues>(
  about: string,
  isBalanced: (values: V) => boolean,
  advice: string,
): Rule<V> => ({
  about: [about, 'access.webAclArn'],
  problem: (values) =>
    values.access.webAclArn !== undefined && !isBalanced(values)
      ? `a web ACL sees the requests of a load balancer; ${advice}, or leave access.webAclArn out`
      : undefined,
});

/** The zones of the VPC, an option of the network. */
export interface InZones {
  readonly network: { readonly zones: number };
}

/** The rule of an option that stands behind an application load balancer, as far as it does. */
export const twoZones = <V extends SharedValues>(
  about: readonly string[],
  isBalanced: (values: V) => boolean,
): Rule<V & InZones> => ({
  about: ['network.zones', 'network.zoneNames', ...about],
  problem: (values) =>
    values.network.zones === 1 && isBalanced(values) ? 'an application load balancer needs 2 or 3 zones' : undefined,
});

/** What a rule of the production preset says of one thing where it wants two. */
export const TWO_OR_MORE = 'production has two or more of everything';

/** The rules of a stack that deletes itself. */
export const expiryRules: readonly Rule<SharedValues>[] = [
  {
    about: ['preset', 'sandbox.expireAt'],
    problem: ({ preset, sandbox }) =>
      preset === 'production' && sandbox.expireAt !== undefined
        ? 'a production stack never deletes itself; leave sandbox.expireAt out'
        : undefined,
  },
  {
    about: ['preset', 'sandbox.expireAfterHours'],
    problem: ({ preset, sandbox }) =>
      preset === 'production' && sandbox.expireAfterHours > 0
        ? 'a production stack never deletes itself; leave sandbox.expireAfterHours out, or set it to 0'
        : undefined,
  },
  {
    about: ['protect', 'sandbox.expireAt'],
    problem: ({ protect, sandbox }) =>
      protect && sandbox.expireAt !== undefined
        ? 'CloudFormation refuses to delete a protected stack; set sandbox.expireAfterHours to 0, or protect to false'
        : undefined,
  },
];
