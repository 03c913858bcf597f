import { Annotations, Aspects, Stack, Validations, type App, type StackProps } from 'aws-cdk-lib';
import type { ImageVariant } from '../docker/build';
import { PackagingError } from '../packaging/packaging-error';
import { beanstalk } from './beanstalk/options';
import { ec2 } from './ec2/options';
import { fargate } from './ecs/fargate/options';
import { managedInstances } from './ecs/managed-instances/options';
import { ecsOnEc2 } from './ecs/on-ec2/options';
import { frameworks } from './frameworks/options';
import { lambda } from './lambda/options';
import { lambdaImage } from './lambda-image/options';
import { ExistingNetworkStack } from './network/existing';
import { network } from './network/options';
import { NetworkStack } from './network/stack';
import type { Values } from './options/kinds';
import { ConfigurationError, problemsOf } from './options/problems';
import { readOptions, type Reading } from './options/reading';
import { registry } from './registry/options';
import { RegistryStack } from './registry/stack';
import type { ComputeOption, Foundation } from './shared/compute-option';
import { CustomResourceLogs } from './shared/custom-resource-logs';
import { Expiry } from './shared/expiry';
import { expiryRules, sharedRows } from './shared/options';
import { FindingsInRegion } from './shared/findings-in-region';
import { logSettings } from './shared/settings';
import { webFunction } from './web-function/options';

/** The compute options, in the order in which a reader meets them. */
const COMPUTE_OPTIONS = [
  network,
  ec2,
  beanstalk,
  registry,
  fargate,
  ecsOnEc2,
  managedInstances,
  lambda,
  lambdaImage,
  webFunction,
  frameworks,
] as const;

const HOUR_MS = 3_600_000;

type Intersection<U> = (U extends unknown ? (member: U) => void : never) extends (all: infer I) => void ? I : never;
type AllRows = typeof sharedRows & Intersection<(typeof COMPUTE_OPTIONS)[number]['rows']>;

/** Every option that a user may set, by name: the one place that names, bounds, defaults and explains it. */
export const OPTIONS = Object.assign({}, sharedRows, ...COMPUTE_OPTIONS.map(({ rows }) => rows)) as AllRows;

/** The values of all options, by namespace: `config.ec2.plan`. */
export type Config = Values<AllRows>;
export type OptionName = keyof AllRows;

/** The compute options as the app sees them: each reads a part of all values. */
const options: readonly ComputeOption<Config>[] = COMPUTE_OPTIONS;

/** The rules of a stack: those of every one, and its own. */
const rulesOf = ({ rules }: Pick<ComputeOption<Config>, 'rules'>) => [...expiryRules, ...rules];

/** The rules of all compute options. */
export const RULES = [...new Set(options.flatMap(rulesOf))];

/** What is said of an option where options are compared, and what the comparison takes; by the id of its stack. */
export const COMPARED: ReadonlyMap<
  string,
  Pick<ComputeOption<Config>, 'comparison' | 'description' | 'sizes' | 'task'>
> = new Map(options.map((option) => [option.id, option]));

/** The ids of all stacks. */
export const STACK_IDS = options.map(({ id }) => id);

/** The ids of the stacks that declare an option; none of an option that is shared. */
export const stacksDeclaring = (name: string): string[] =>
  options.filter(({ rows }) => Object.hasOwn(rows, name)).map(({ id }) => id);

/**
 * Reads every option from CDK context; an option that is not set has its preset's default.
 *
 * @param context all context, as `app.node.getAllContext()` gives it; CDK's own keys are passed over
 * @throws ConfigurationError with every unknown option and every wrong value, and what the right values contradict
 */
export function readConfig(context: Readonly<Record<string, unknown>>): Reading<AllRows> {
  const reading = readOptions(OPTIONS, context);
  if (reading.problems.length === 0) return reading;
  throw new ConfigurationError([...reading.problems, ...brokenRules(reading)]);
}

/** The broken rules of all stacks, each of them once. */
export function brokenRules({ values, given, wrong }: Reading<AllRows>): string[] {
  // On the preset hangs every rule's meaning.
  if (wrong.has('preset')) return [];
  return [...new Set(problemsOf(RULES, values, given, wrong))];
}

/** The broken rules of one stack, with these options: it is refused for each. */
export const brokenRulesOf = ({ values, given }: Reading<AllRows>, id: string): string[] =>
  problemsOf(rulesOf(options.find((option) => option.id === id) ?? { rules: [] }), values, given);

/** Adds every stack to the app. Each deploys alone, with the stacks it refers to. */
export function addStacks(app: App, reading: Reading<AllRows>): void {
  const stacks = new Stacks(app, reading);
  for (const id of STACK_IDS) stacks.add(id);
}

/** Adds one stack to the app, with the stacks that it refers to. */
export function addStack(app: App, reading: Reading<AllRows>, id: string): void {
  new Stacks(app, reading).add(id);
}

/** A stack that could not be created, and so nothing of it can be used. */
class RefusedStack extends Error {
  constructor(readonly refused: Stack) {
    super(`The stack ${refused.node.id} has errors`);
  }
}

/** The stacks of one app. A stack that others refer to is created by the first that asks for it. */
class Stacks {
  private readonly added = new Map<string, Stack>();
  private readonly foundation: Foundation;

  constructor(
    private readonly app: App,
    private readonly reading: Reading<AllRows>,
  ) {
    this.foundation = {
      vpc: () => this.use(network, NetworkStack, ExistingNetworkStack).vpc,
      image: (variant) => this.use(registry, RegistryStack).image(variant),
      images: distinct(options.flatMap((option) => option.images?.(reading.values) ?? [])),
    };
    Aspects.of(app).add(new CustomResourceLogs(logSettings(reading.values)));
    Aspects.of(app).add(new FindingsInRegion());
  }

  add(id: string): Stack {
    const known = this.added.get(id);
    if (known) return known;
    const option = options.find((each) => each.id === id);
    if (option === undefined) throw new Error(`There is no stack ${id}; there are ${STACK_IDS.join(', ')}`);
    const stack = this.create(option);
    this.added.set(id, stack);
    return stack;
  }

  /** @throws RefusedStack where the stack has errors */
  private use<S extends Stack>({ id }: { readonly id: string }, ...kinds: (new (...props: never[]) => S)[]): S {
    const stack = this.add(id);
    const isOfKind = (candidate: Stack): candidate is S => kinds.some((kind) => candidate instanceof kind);
    if (isOfKind(stack)) return stack;
    throw new RefusedStack(stack);
  }

  /** The stack of an option; an empty one with errors where a rule is broken or what it ships is missing. */
  private create(option: ComputeOption<Config>): Stack {
    const { values, given } = this.reading;
    const problems = problemsOf(rulesOf(option), values, given);
    if (problems.length > 0) return this.refuse(option, problems);
    try {
      const stack = option.create(this.app, this.propsOf(option), values, this.foundation);
      this.expire(stack);
      return stack;
    } catch (error) {
      if (error instanceof PackagingError) return this.refuse(option, error.faults);
      if (!(error instanceof RefusedStack)) throw error;
      const refused = this.refuse(option, [`${option.id} needs the stack ${error.refused.node.id}, which has errors`]);
      refused.addStackDependency(error.refused);
      return refused;
    }
  }

  /** Has a stack delete itself where a time is set; what others are deployed on comes an hour after them. */
  private expire(stack: Stack): void {
    const { expireAt } = this.reading.values.sandbox;
    if (expireAt === undefined || stack instanceof ExistingNetworkStack) return;
    const isFoundation = stack instanceof NetworkStack || stack instanceof RegistryStack;
    new Expiry(stack, 'Expiry', { at: new Date(Date.parse(expireAt) + (isFoundation ? HOUR_MS : 0)) });
  }

  private refuse(option: ComputeOption<Config>, problems: readonly string[]): Stack {
    this.app.node.tryRemoveChild(option.id);
    const stack = new Stack(this.app, option.id, this.propsOf(option));
    for (const problem of problems) Annotations.of(stack).addError(problem);
    Validations.of(stack).acknowledge({
      id: 'CloudFormation-Validate::F0001',
      reason: 'It is refused, so it is empty.',
    });
    return stack;
  }

  private propsOf({ id, description }: ComputeOption<Config>): StackProps {
    const { name, protect, region } = this.reading.values;
    return {
      description,
      stackName: `${name}-${id}`,
      ...(region === undefined ? {} : { env: { region } }),
      terminationProtection: protect,
      // Applied by CloudFormation to every resource that can bear tags: what a cost report groups by.
      tags: { 'compute-options:name': name, 'compute-options:stack': id },
    };
  }
}

const distinct = (images: readonly ImageVariant[]): ImageVariant[] => [
  ...new Map(images.map((image) => [`${image.architecture} ${image.target}`, image])).values(),
];
