import { OPTIONS, stacksDeclaring, STACK_IDS } from '../../lib/app';
import { ConfigurationError } from '../../lib/options/problems';
import { change, deployed, type Change, type Deployed, type Options } from './change';
import { BASES, NO_CHANGE, settings, WHOLE, type Base, type Setting } from './values';

/** A change of options that is tried. */
export interface Pair {
  /** What changes, such as `sandbox, ec2.plan=spot to the default`. */
  readonly name: string;
  /** The option that changes; undefined where everything does. */
  readonly option: string | undefined;
  /** The value that is tried of it, from it or to it. */
  readonly setting?: string;
  /** The name of the set of options in which it changes. */
  readonly base?: string;
  readonly from: Options;
  readonly to: Options;
}

/** Enumerations of at most so many values are tried from each value to each other; of larger ones, from and to the base. */
const FEW = 4;

/** Every option's every value, from each base and back, between the values where they are few, and between the bases. */
export function pairs(): Pair[] {
  const single = Object.keys(OPTIONS)
    .filter((option) => NO_CHANGE[option] === undefined)
    .flatMap((option) => BASES.flatMap((base) => pairsOf(option, base)));
  const whole = WHOLE.flatMap((from) =>
    WHOLE.filter((to) => to !== from).map((to) => ({
      name: `${from.name} to ${to.name}`,
      option: undefined,
      from: from.options,
      to: to.options,
    })),
  );
  return [...single, ...whole];
}

function pairsOf(option: string, base: Base): Pair[] {
  const tried = settings(option).map(({ name, options }) => ({ name, options: { ...base.options, ...options } }));
  const asItIs = { name: 'as it is', options: base.options };
  const pair = (from: Setting, to: Setting): Pair => ({
    name: `${base.name}, ${from.name} to ${to.name}`,
    option,
    base: base.name,
    setting: to === asItIs ? from.name : to.name,
    from: from.options,
    to: to.options,
  });
  const between = tried.length <= FEW ? tried.flatMap((from) => tried.map((to) => [from, to] as const)) : [];
  return [
    ...tried.flatMap((each) => [pair(asItIs, each), pair(each, asItIs)]),
    ...between.filter(([from, to]) => from !== to).map(([from, to]) => pair(from, to)),
  ];
}

/** The stacks of many sets of options, each synthesised once. */
export class Workbench {
  /** How many apps have been synthesised. */
  synthesised = 0;
  private readonly stacks = new Map<string, Deployed | undefined>();

  /** What a change does; undefined where a set of options is refused as a whole. */
  try({ option, from, to }: Pair): Change | undefined {
    const only = alone(option);
    const [before, after] = [this.deployed(from, only), this.deployed(to, only)];
    return before && after && change(before, after);
  }

  private deployed(options: Options, only: string | undefined): Deployed | undefined {
    const key = JSON.stringify([Object.entries(options).sort(), only]);
    if (!this.stacks.has(key)) {
      this.synthesised += 1;
      this.stacks.set(
        key,
        ifAllowed(() => deployed(options, only)),
      );
    }
    return this.stacks.get(key);
  }
}

function ifAllowed<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined;
    throw error;
  }
}

/** The one stack that reads an option; undefined where others may, too. */
function alone(option: string | undefined): string | undefined {
  const [stack, ...more] = option === undefined ? [] : stacksDeclaring(option);
  // What the network and the registry are, others see.
  return more.length > 0 || stack === undefined || FOUNDATIONS.includes(stack) ? undefined : stack;
}

const FOUNDATIONS: readonly string[] = STACK_IDS.filter((id) => id === 'Network' || id === 'Registry');
