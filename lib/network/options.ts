import { z } from 'zod';
import { isPrivateBlock, isWholeBlock, nearestBlocks } from '../options/ipv4-block';
import { flag, fromText, integer, option, type Values } from '../options/kinds';
import type { Rule } from '../options/problems';
import type { ComputeOption } from '../shared/compute-option';
import { TWO_OR_MORE, type SharedValues } from '../shared/options';
import { logSettings } from '../shared/settings';
import { NetworkStack } from './stack';

const rows = {
  'network.zones': integer({
    min: 1,
    max: 3,
    default: 2,
    meaning: 'availability zones of the VPC; an option with a load balancer needs two',
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
};

type NetworkValues = SharedValues & Values<typeof rows>;

const rules: readonly Rule<NetworkValues>[] = [
  {
    about: ['network.natGateways', 'network.zones'],
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
    about: ['network.zones', 'preset'],
    problem: ({ network, preset }) =>
      preset === 'production' && network.zones === 1 ? `${TWO_OR_MORE}; 2 or 3` : undefined,
  },
];

export const network = {
  id: 'Network',
  description: 'The VPC that instances and tasks run in',
  rows,
  rules,
  create: (app, props, values) =>
    new NetworkStack(app, 'Network', {
      ...props,
      cidr: values.network.cidr,
      zones: values.network.zones,
      natGateways: values.network.natGateways,
      flowLogs: values.network.flowLogs ? logSettings(values) : undefined,
    }),
} satisfies ComputeOption<NetworkValues>;
