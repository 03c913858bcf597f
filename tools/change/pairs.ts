import { OPTIONS, readConfig, stacksDeclaring, STACK_IDS } from '../../lib/app';
import { CDK_CONTEXT } from '../cdk-json';
import { change, deployed, type Change, type Deployed, type Options } from './change';
import { BASES, NO_CHANGE, settings, WHOLE, type Base, type Setting } from './values';

/** A change of options that is tried. */
export interface Pair {
  /** What changes, such as `sandbox, ec2.plan=spot to the default`. */
  readonly name: string;
  /** The option that changes; `preset` where everything does. */
  readonly option: string;
  /** The value that is tried of it, from it or to it; none where everything changes. */
  readonly setting?: string;
  /** The name of the set of options from which it changes. */
  readonly base: string;
  readonly from: Options;
  readonly to: Options;
}

/** Enumerations of at most so many values are tried from each value to each other; of larger ones, from and to the base. */
const FEW = 4;

/** Enumerations of more values are tried whole from the two presets only. */
const LARGE = 8;
const PRESET_BASES = BASES.slice(0, 2);

/** Every option's every value, from each base and back, between the values where they are few, and between the bases. */
export function pairs(): Pair[] {
  const single = Object.keys(OPTIONS)
    .filter((option) => NO_CHANGE[option] === undefined)
    .flatMap((option) => BASES.flatMap((base) => pairsOf(option, base)));
  const whole = WHOLE.flatMap((from) =>
    WHOLE.filter((to) => to !== from).map((to) => ({
      name: `${from.name} to ${to.name}`,
      option: 'preset',
      base: from.name,
      from: from.options,
      to: to.options,
    })),
  );
  return [...single, ...whole];
}

function pairsOf(option: string, base: Base): Pair[] {
  const asItIs = { name: 'as it is', options: base.options };
  const all = settings(option);
  // Between the values of a large enumeration, such as the days that logs are kept, the third base adds nothing.
  const isLarge = all.length > LARGE && !PRESET_BASES.includes(base);
  const tried = (isLarge ? [...all.slice(0, 1), ...all.slice(-1)] : all)
    .filter((setting) => !isAlready(base, setting))
    .map(({ name, options }) => ({ name, options: { ...base.options, ...options } }));
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

/** Whether an option has a value anyway. */
export const isAlready = (base: Base, { options }: Setting): boolean =>
  valuesOf({ ...base.options, ...options }) === valuesOf(base.options);

const valuesOf = (options: Options): string => JSON.stringify(readConfig({ ...CDK_CONTEXT, ...options }).values);

/** The stacks of many sets of options, each synthesised once. */
export class Workbench {
  /** How many apps have been synthesised. */
  synthesised = 0;
  private option = '';
  private readonly bases = new Map<string, Deployed>();
  /** Those of one option at a time: all of them would take a gigabyte. */
  private readonly tried = new Map<string, Deployed>();

  /** What a change does to the stacks that neither side refuses. */
  try({ option, from, to }: Pair): Change {
    if (option !== this.option) this.tried.clear();
    this.option = option;
    const only = alone(option);
    return change(this.deployed(from, only), this.deployed(to, only));
  }

  private deployed(options: Options, only: string | undefined): Deployed {
    const known = WHOLE.some((base) => base.options === options) ? this.bases : this.tried;
    const key = JSON.stringify([Object.entries(options).sort(), only]);
    const found = known.get(key);
    if (found) return found;
    this.synthesised += 1;
    const made = deployed(options, only);
    known.set(key, made);
    return made;
  }
}

/** The one stack that reads an option; undefined where others may, too. */
function alone(option: string): string | undefined {
  const [stack, ...more] = stacksDeclaring(option);
  // What the network and the registry are, others see.
  return more.length > 0 || stack === undefined || FOUNDATIONS.includes(stack) ? undefined : stack;
}

const FOUNDATIONS: readonly string[] = STACK_IDS.filter((id) => id === 'Network' || id === 'Registry');
