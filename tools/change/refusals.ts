import { readConfig, type Config } from '../../lib/app';
import { instanceArchitecture } from '../../lib/shared/instance-types';
import { hasCertificate } from '../../lib/shared/options';
import { CDK_CONTEXT } from '../cdk-json';
import type { Change } from './change';

/** A change of options that AWS makes impossible on deployed stacks, and what to do in its place. */
export interface Refusal {
  /** The stacks that cannot be changed so. */
  readonly stacks: readonly string[];
  /** The option that cannot be changed. */
  readonly option: string;
  readonly isMeant: (before: Config, after: Config) => boolean;
  readonly advice: string;
}

/** CloudFormation keeps a subnet whose id another stack imports. */
const LEAVE_FIRST =
  'the stacks in the subnets that go leave first: cdk deploy each of them with --exclusively and the new options, then deploy Network.';

/** The services of ECS, and what says how each is deployed. */
const ON_ECS = [
  ['Fargate', 'fargate.deployment', ({ fargate }: Config) => fargate.deployment],
  ['EcsEc2', 'ecs.deployment', ({ ecs }: Config) => ecs.deployment],
  ['ManagedInstances', 'managedInstances.deployment', ({ managedInstances: own }: Config) => own.deployment],
] as const;

/**
 * ECS moves the weights of the listener rule between two target groups; a template knows only where they stand at first
 * (aws/containers-roadmap#2853).
 */
const SHIFTED: readonly Refusal[] = ON_ECS.flatMap(([stack, option, deployment]) => {
  const isShifting = (config: Config): boolean => deployment(config) !== 'rolling';
  return [
    {
      stacks: [stack],
      option,
      isMeant: (before: Config, after: Config) => isShifting(before) && !isShifting(after),
      advice:
        'from a shift of traffic back to rolling, the template sends all requests to the first target group (Blue), and after every other deployment the tasks are in Green. The deployment looks first, and stops before it changes anything where they are. In that case deploy once more (aws ecs update-service --force-new-deployment), then make this change again.',
    },
    {
      stacks: [stack],
      option: 'access.certificateArn',
      isMeant: (before: Config, after: Config) =>
        isShifting(before) && isShifting(after) && hasCertificate(before) !== hasCertificate(after),
      advice: `the listener rule moves to the other port, and starts there with all requests to the first target group (Blue), while the tasks may be in Green. Change to ${option}=rolling first, as its row says, then from HTTP to HTTPS or back, then to a shift again.`,
    },
  ];
});

/** Every change that is refused. */
export const REFUSALS: readonly Refusal[] = [
  ...SHIFTED,
  {
    stacks: ['Network'],
    option: 'network.cidr',
    isMeant: (before, after) => before.network.cidr !== after.network.cidr,
    advice:
      'a VPC has its block for life, and every stack is in its subnets. Deploy a copy with another name and the new block (-c name=…), move the traffic, then destroy this one.',
  },
  {
    stacks: ['EcsEc2'],
    option: 'ecs.instanceType',
    isMeant: (before, after) =>
      instanceArchitecture(before.ecs.instanceType) !== instanceArchitecture(after.ecs.instanceType),
    advice:
      'tasks of the old processor find no other instance, and the last one drains for up to 48 hours. Deploy a copy with another name and the new type (-c name=…), move the traffic, then destroy this one.',
  },
  {
    stacks: ['Network'],
    option: 'network.zones',
    isMeant: (before, after) => after.network.zones < before.network.zones,
    advice: LEAVE_FIRST,
  },
  {
    stacks: ['Network'],
    option: 'network.natGateways',
    isMeant: (before, after) => before.network.natGateways > 0 && after.network.natGateways === 0,
    advice: LEAVE_FIRST,
  },
  {
    stacks: ['Network'],
    option: 'network.ipv6',
    isMeant: (before, after) =>
      before.network.ipv6 && !after.network.ipv6 && before.network.vpcId === after.network.vpcId,
    advice:
      'load balancers and tasks have addresses of its IPv6 blocks. Keep them by network.ipv6=true: they cost nothing, and the load balancers go back to IPv4 without them.',
  },
  {
    stacks: ['Network'],
    option: 'network.zoneNames',
    isMeant: (before, after) =>
      (before.network.zoneNames === undefined &&
        after.network.zoneNames !== undefined &&
        before.network.vpcId === after.network.vpcId) ||
      (before.network.zoneNames ?? []).some((zone, n) => zone !== after.network.zoneNames?.[n]),
    advice:
      'a subnet has its zone for life. Add zones behind those that are there, or deploy a copy with another name (-c name=…), move the traffic, then destroy this one.',
  },
  {
    stacks: ['Network', 'Ec2', 'Beanstalk', 'Fargate', 'EcsEc2', 'ManagedInstances'],
    option: 'network.vpcId',
    isMeant: (before, after) => before.network.vpcId !== after.network.vpcId,
    advice:
      'what runs cannot move into another VPC. Deploy a copy with another name there (-c name=…), move the traffic, then destroy this one.',
  },
];

/** The refusals that a change of options meets. */
export function refusalsOf({ before, after }: Change): Refusal[] {
  const [old, next] = [before, after].map(({ options }) => readConfig({ ...CDK_CONTEXT, ...options }).values);
  return old && next ? REFUSALS.filter(({ isMeant }) => isMeant(old, next)) : [];
}
