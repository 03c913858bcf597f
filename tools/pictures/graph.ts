import type { Assembly, AssemblyStack } from './assembly';
import { type ArrowRule, ARROWS, COUNTED, type Described, DRAWN, type Kind, kindOf } from './kinds';
import { keyOf, References } from './references';

/** A card. */
export interface Card {
  readonly id: string;
  readonly icon: string;
  readonly title: string;
  /** Where the code has it; undefined for what is outside AWS. */
  readonly name?: string;
  readonly details: readonly string[];
  /** The frame around it. */
  readonly frame?: string;
}

/** What stands around cards, and may stand in another frame. */
export interface Frame {
  readonly id: string;
  readonly title: string;
  readonly icon: string;
  readonly frame?: string;
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
  /** Whether it says what may happen, and not what does. */
  readonly isPermission?: boolean;
}

/** What is drawn, before anything has its place. */
export interface Graph {
  readonly title: string;
  readonly description: string;
  readonly cards: readonly Card[];
  readonly frames: readonly Frame[];
  readonly arrows: readonly Arrow[];
  /** What stands in the templates besides, counted. */
  readonly counts: readonly string[];
}

const USERS: Card = { id: 'users', icon: 'resource/Users', title: 'Users', details: [] };
/** Around the stacks that users call. */
const ANSWERING: Frame = { id: 'answering', title: 'These answer requests', icon: 'resource/Users' };
const VPC_ICON = 'architecture-group/VirtualprivatecloudVPC';
const CLUSTER_ICON = 'architecture-service/AmazonElasticContainerService';

/** The resources of a stack that are drawn, with their kinds, in the order of the template. */
function drawn(stack: AssemblyStack, references: References): (Described & { readonly kind: Kind })[] {
  return Object.entries(stack.template.Resources).flatMap(([logicalId, resource]) => {
    const of = { key: keyOf({ stack: stack.id, logicalId }), resource, references };
    const kind = kindOf(of);
    return kind === undefined ? [] : [{ ...of, kind }];
  });
}

const typeOf = (references: References, key: string): string => references.resource(key).Type;

/** Every arrow that a rule finds between the given resources. */
function arrowsBetween(keys: ReadonlySet<string>, references: References): Arrow[] {
  const arrows: Arrow[] = [];
  const isDrawn = (a: string, b: string): boolean =>
    arrows.some(({ from, to }) => (from === a && to === b) || (from === b && to === a));
  for (const rule of ARROWS)
    for (const source of keys) {
      if (!rule.from.includes(typeOf(references, source))) continue;
      for (const target of targetsOf(source, rule, references)) {
        if (!keys.has(target) || !rule.to.includes(typeOf(references, target)) || isDrawn(source, target)) continue;
        const { label, isPermission } = rule;
        arrows.push({
          from: source,
          to: target,
          ...(label !== undefined && { label }),
          ...(isPermission !== undefined && { isPermission }),
        });
      }
    }
  return arrows;
}

function targetsOf(source: string, { through, isReferredTo }: ArrowRule, references: References): readonly string[] {
  if (through !== undefined) return references.reachable(source, through, { atLeastOne: true });
  return isReferredTo === true ? references.sources(source) : references.targets(source);
}

/** What a stack has besides what is drawn, counted: `7 alarms`. */
function counts(stack: AssemblyStack, references: References): string[] {
  const drawnKeys = new Set(drawn(stack, references).map(({ key }) => key));
  const types = Object.entries(stack.template.Resources)
    .filter(([logicalId]) => !drawnKeys.has(keyOf({ stack: stack.id, logicalId })))
    .map(([, { Type }]) => Type);
  return Object.entries(COUNTED).flatMap(([type, [one, several]]) => {
    const amount = types.filter((each) => each === type).length;
    return amount === 0 ? [] : [`${amount} ${amount === 1 ? one : several}`];
  });
}

/** One stack: its own resources, and those of other stacks that its arrows lead to. */
export function stackGraph(assembly: Assembly, id: string): Graph {
  const stack = assembly.stacks.find((each) => each.id === id);
  if (stack === undefined)
    throw new Error(`There is no stack ${id}. There are: ${assembly.stacks.map((each) => each.id).join(', ')}.`);
  const references = new References(assembly);
  const own = drawn(stack, references);
  const ownKeys = new Set(own.map(({ key }) => key));
  const others = assembly.stacks.filter((each) => each !== stack).flatMap((each) => drawn(each, references));
  const allKeys = new Set([...ownKeys, ...others.map(({ key }) => key)]);
  const arrows = arrowsBetween(allKeys, references).filter(({ from, to }) => ownKeys.has(from) || ownKeys.has(to));
  // A picture shows what a stack is built on; what is built on it has pictures of its own.
  const uses = (from: string, to: string): boolean =>
    references.reachable(from, ['AWS::ECS::TaskDefinition']).includes(to);
  const kept = arrows.filter(({ from, to }) =>
    ownKeys.has(from) && ownKeys.has(to) ? true : ownKeys.has(to) && uses(to, from),
  );
  const near = new Set(kept.flatMap(({ from, to }) => [from, to]));
  const isPublic = own.filter((each) => each.kind.isPublic?.(each) ?? false).map(({ key }) => key);
  const frames = framesOf(own, references);
  return {
    title: id,
    description: stack.template.Description ?? '',
    cards: [
      ...(isPublic.length > 0 ? [USERS] : []),
      ...[...own, ...others.filter(({ key }) => near.has(key))].map((each): Card => {
        const frame = ownKeys.has(each.key) ? frames.of(each.key) : undefined;
        const path = references.constructPath(each.key);
        return {
          id: each.key,
          icon: each.kind.icon,
          title: each.kind.title,
          name: ownKeys.has(each.key) ? path : `${each.key.split('/')[0] ?? ''}/${path}`,
          details: each.kind.details?.(each) ?? [],
          ...(frame !== undefined && { frame }),
        };
      }),
    ],
    frames: frames.all,
    arrows: [...isPublic.map((to) => ({ from: USERS.id, to })), ...kept],
    counts: counts(stack, references),
  };
}

interface Frames {
  readonly all: readonly Frame[];
  readonly of: (key: string) => string | undefined;
}

const NEAR_SUBNETS = ['AWS::EC2::LaunchTemplate'];
const PART_OF_VPC = ['AWS::EC2::VPCGatewayAttachment', 'AWS::EC2::Subnet'];
const NEAR_CLUSTER = ['AWS::ECS::CapacityProvider', 'AWS::ECS::ClusterCapacityProviderAssociations'];

/** What a cluster refers to, or what refers to it, without being in it. */
const OUTSIDE_CLUSTERS = ['AWS::Lambda::Function', 'AWS::EC2::Subnet'];

/** The VPC and the clusters around the resources of a stack. */
function framesOf(own: readonly Described[], references: References): Frames {
  const find = (key: string, through: readonly string[], type: string): string | undefined =>
    references.reachable(key, through).find((each) => typeOf(references, each) === type);
  const vpcOf = new Map<string, string>();
  const clusterOf = new Map<string, string>();
  for (const { key, resource } of own) {
    const subnet = find(key, NEAR_SUBNETS, 'AWS::EC2::Subnet');
    const isPart = resource.Type.startsWith('AWS::EC2::') && resource.Type !== 'AWS::EC2::Instance';
    const vpc = isPart ? find(key, PART_OF_VPC, 'AWS::EC2::VPC') : subnet && find(subnet, [], 'AWS::EC2::VPC');
    if (vpc !== undefined) vpcOf.set(key, vpc);
    const cluster = OUTSIDE_CLUSTERS.includes(resource.Type) ? undefined : find(key, NEAR_CLUSTER, 'AWS::ECS::Cluster');
    if (cluster !== undefined) clusterOf.set(key, cluster);
  }
  const [vpc] = vpcOf.values();
  const clusters = [...new Set(clusterOf.values())];
  const vpcFrame: Frame[] =
    vpc === undefined ? [] : [{ id: vpc, title: `VPC of ${vpc.split('/')[0] ?? ''}`, icon: VPC_ICON }];
  return {
    all: [
      ...vpcFrame,
      ...clusters.map((id) => ({
        id,
        title: 'ECS cluster',
        icon: CLUSTER_ICON,
        ...(vpc !== undefined && { frame: vpc }),
      })),
    ],
    of: (key) => clusterOf.get(key) ?? vpcOf.get(key),
  };
}

/** All stacks, each a card, and what each takes from another. */
export function wholeGraph(assembly: Assembly): Graph {
  const references = new References(assembly);
  const ranks = Object.keys(DRAWN);
  const stacks = assembly.stacks.map((stack) => {
    const own = drawn(stack, references);
    const [main] = own.toSorted((a, b) => ranks.indexOf(a.resource.Type) - ranks.indexOf(b.resource.Type));
    return { stack, main, isPublic: own.some((each) => each.kind.isPublic?.(each) ?? false) };
  });
  const usedBy = (id: string): string[] => [
    ...new Set(
      Object.keys(assembly.stacks.find((stack) => stack.id === id)?.template.Resources ?? {})
        .flatMap((logicalId) => references.targets(keyOf({ stack: id, logicalId })))
        .map((target) => target.split('/')[0] ?? '')
        .filter((other) => other !== id),
    ),
  ];
  return {
    title: 'All stacks',
    description: 'One service on every compute option',
    cards: stacks.map(({ stack, main, isPublic }) => ({
      id: stack.id,
      icon: main?.kind.icon ?? 'architecture-service/AWSCloudFormation',
      title: stack.id,
      details: [(stack.template.Description ?? '').replace(/^The service /, '').replace(/^./, (c) => c.toUpperCase())],
      ...(isPublic && { frame: ANSWERING.id }),
    })),
    frames: [ANSWERING],
    arrows: stacks.flatMap(({ stack }) => usedBy(stack.id).map((to) => ({ from: stack.id, to }))),
    counts: [],
  };
}
