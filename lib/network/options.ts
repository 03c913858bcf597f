import { z } from 'zod';
import { isPrivateBlock, isWholeBlock, nearestBlocks } from '../options/ipv4-block';
import { flag, fromText, integer, listFromText, option, text, type Values } from '../options/kinds';
import type { Rule } from '../options/problems';
import type { ComputeOption } from '../shared/compute-option';
import { TWO_OR_MORE, type SharedValues } from '../shared/options';
import { hasIpv6 } from '../shared/public-ingress';
import { logSettings } from '../shared/settings';
import { ExistingNetworkStack } from './existing';
import { NetworkStack } from './stack';

interface Zones {
  readonly network: { readonly zones: number; readonly zoneNames: readonly string[] | undefined };
}
const numberOfZones = ({ network: { zones, zoneNames } }: Zones): number => zoneNames?.length ?? zones;

const subnetIds = (meaning: string) =>
  option<readonly string[] | undefined>({
    schema: z.preprocess(
      listFromText,
      z
        .array(z.string().regex(/^subnet-[0-9a-f]{8}([0-9a-f]{9})?$/))
        .min(1)
        .max(3)
        .refine(areDifferent),
    ),
    allowed: '1 to 3 different ids of subnets, separated by commas, such as subnet-0123456789abcdef0',
    default: undefined,
    meaning,
  });
const areDifferent = (names: readonly string[]): boolean => new Set(names).size === names.length;

const rows = {
  'network.zones': {
    ...integer({
      min: 1,
      max: 3,
      default: 2,
      meaning: 'availability zones of the VPC; an option with a load balancer needs two',
    }),
    derive: numberOfZones,
  },
  'network.zoneNames': option<readonly string[] | undefined>({
    schema: z.preprocess(
      listFromText,
      z
        .array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/))
        .min(1)
        .max(3)
        .refine(areDifferent),
    ),
    allowed: '1 to 3 different zones of one region, separated by commas, such as ap-northeast-1a,ap-northeast-1c',
    default: undefined,
    meaning: 'the zones by name, where the first of the region lack something; none: the first network.zones',
  }),
  'network.natGateways': {
    ...integer({
      min: 0,
      max: 3,
      default: { sandbox: 0, production: { sameAs: 'network.zones' } },
      meaning: 'NAT gateways, billed by the hour; 0: public subnets only, closed by security groups',
    }),
    derive: (values: Zones & SharedValues) => (values.preset === 'production' ? numberOfZones(values) : 0),
  },
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
  'network.ipv6': {
    ...flag({
      default: false,
      meaning:
        'an IPv6 block of Amazon’s for the VPC and its subnets, once access.allowedCidr has one of IPv6; set it to keep the blocks without',
    }),
    derive: ({ access }: SharedValues) => hasIpv6(access.allowedCidr),
  },
  'network.vpcId': text({
    pattern: /^vpc-[0-9a-f]{8}([0-9a-f]{9})?$/,
    allowed: 'the id of a VPC, such as vpc-0123456789abcdef0',
    default: undefined,
    meaning: 'a VPC that exists already, in place of one of its own; its zones and subnets are given too',
  }),
  'network.publicSubnetIds': subnetIds('public subnets of network.vpcId, one for each of network.zoneNames'),
  'network.privateSubnetIds': subnetIds(
    'its private subnets, which need a way out, one for each of network.zoneNames; none: all stands in the public ones',
  ),
};

type NetworkValues = SharedValues & Values<typeof rows>;

/** What the number of zones follows from. */
const ZONES = ['network.zones', 'network.zoneNames'] as const;
/** The subnets of a VPC that exists already. */
const SUBNETS = ['network.publicSubnetIds', 'network.privateSubnetIds'] as const;
/** What is of a new VPC only. */
const OF_NEW_VPC = ['network.cidr', 'network.natGateways', 'network.flowLogs', 'network.ipv6'] as const;

const rules: readonly Rule<NetworkValues>[] = [
  {
    about: ZONES,
    problem: ({ network: { zoneNames } }, given) =>
      zoneNames !== undefined && given.has('network.zones')
        ? 'their number follows from their names; leave network.zones out'
        : undefined,
  },
  {
    about: ['network.zoneNames'],
    problem: ({ network: { zoneNames = [] } }) =>
      new Set(zoneNames.map((zone) => zone.slice(0, -1))).size > 1 ? 'all zones must be in one region' : undefined,
  },
  {
    about: ['network.vpcId', 'network.zoneNames'],
    problem: ({ network: { vpcId, zoneNames } }) =>
      vpcId !== undefined && zoneNames === undefined ? 'set network.zoneNames to the zones of its subnets' : undefined,
  },
  {
    about: ['network.vpcId', 'network.publicSubnetIds'],
    problem: ({ network: { vpcId, publicSubnetIds } }) =>
      vpcId !== undefined && publicSubnetIds === undefined
        ? 'set network.publicSubnetIds, one subnet for each zone'
        : undefined,
  },
  {
    about: ['network.vpcId', ...SUBNETS],
    problem: ({ network: { vpcId, publicSubnetIds, privateSubnetIds } }) =>
      vpcId === undefined && (publicSubnetIds ?? privateSubnetIds) !== undefined
        ? 'they are subnets of a VPC that exists already; set network.vpcId'
        : undefined,
  },
  {
    about: ['network.zoneNames', ...SUBNETS],
    problem: ({ network: { zoneNames, publicSubnetIds, privateSubnetIds } }) =>
      zoneNames !== undefined &&
      [publicSubnetIds, privateSubnetIds].some((ids) => ids !== undefined && ids.length !== zoneNames.length)
        ? 'there must be one subnet for each zone, in the same order'
        : undefined,
  },
  {
    about: ['network.vpcId', ...OF_NEW_VPC],
    problem: ({ network: { vpcId } }, given) => {
      const wrong = OF_NEW_VPC.filter((name) => given.has(name));
      return vpcId !== undefined && wrong.length > 0
        ? `the VPC exists already; leave ${wrong.join(' and ')} out`
        : undefined;
    },
  },
  {
    about: ['network.vpcId', 'network.privateSubnetIds', 'preset'],
    problem: ({ network: { vpcId, privateSubnetIds }, preset }) =>
      preset === 'production' && vpcId !== undefined && privateSubnetIds === undefined
        ? 'production runs in private subnets; set network.privateSubnetIds'
        : undefined,
  },
  {
    about: ['network.ipv6', 'access.allowedCidr'],
    problem: ({ network: { ipv6, vpcId }, access }) =>
      vpcId === undefined && !ipv6 && hasIpv6(access.allowedCidr)
        ? 'a load balancer has its IPv6 addresses of the blocks of its subnets; leave network.ipv6 out'
        : undefined,
  },
  {
    about: ['network.natGateways', ...ZONES],
    problem: ({ network: { natGateways, zones } }) =>
      natGateways > zones ? `at most one NAT gateway a zone; ${zones} or fewer` : undefined,
  },
  {
    about: ['network.natGateways', 'preset'],
    problem: ({ network, preset }) =>
      preset === 'production' && network.natGateways === 0
        ? 'production runs in private subnets, which need 1 or more'
        : undefined,
  },
  {
    about: [...ZONES, 'preset'],
    problem: ({ network, preset }) =>
      preset === 'production' && network.zones === 1 ? `${TWO_OR_MORE}; 2 or 3` : undefined,
  },
];

export const network = {
  id: 'Network',
  description: 'The VPC that instances and tasks run in',
  rows,
  rules,
  create: (app, props, values) => {
    const { vpcId, zoneNames = [], publicSubnetIds = [], privateSubnetIds, ...own } = values.network;
    if (vpcId !== undefined)
      return new ExistingNetworkStack(app, 'Network', {
        ...props,
        vpcId,
        zoneNames,
        publicSubnetIds,
        privateSubnetIds,
      });
    return new NetworkStack(app, 'Network', {
      ...props,
      cidr: own.cidr,
      zones: own.zones,
      zoneNames: values.network.zoneNames,
      natGateways: own.natGateways,
      ipv6: own.ipv6,
      flowLogs: own.flowLogs ? logSettings(values) : undefined,
    });
  },
} satisfies ComputeOption<NetworkValues>;
