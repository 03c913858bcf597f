import { z } from 'zod';

/** `sandbox`: the cheapest choice, gone with the stack. `production`: private, redundant, kept. */
export type Preset = 'sandbox' | 'production';

/** A default: one value, or one for each preset; `sameAs` takes the value of another option. */
type Default<T> = T | Readonly<Record<Preset, T | SameAs>>;
export interface SameAs {
  readonly sameAs: string;
}

/** One option that a user may set, and all that is said about it anywhere. */
export interface Option<T> {
  readonly schema: z.ZodType<T>;
  /** The schema in words, for the error and for the table of options. */
  readonly allowed: string;
  readonly default: Default<T>;
  readonly unit?: string;
  readonly meaning: string;
  /** The name that the option had before, which the error for that name gives. */
  readonly formerly?: string;
  /** The bounds of a whole number. */
  readonly min?: number;
  readonly max?: number;
  /** The values of an enumeration, for "did you mean" and for the tests that try each. */
  readonly values?: readonly string[];
  /** The allowed text that is nearest to one that is not allowed. */
  readonly nearest?: (text: string) => string | undefined;
  /** Why a text that looks right is not allowed. */
  readonly why?: (text: string) => string | undefined;
  /**
   * The default where it follows from the values of other options. `default` then is what the table of options shows.
   * Its parameter is the values of all options.
   */
  derive?(values: never): T;
}

/** Options by name, such as `ec2.plan`. */
export type Rows = Readonly<Record<string, Option<unknown>>>;

type Value<R extends Rows, N extends keyof R> = z.output<R[N]['schema']>;
type Namespace<N> = N extends `${infer S}.${string}` ? S : never;

/** The values of options, by namespace: `values.ec2.plan`. */
export type Values<R extends Rows> = {
  readonly [N in keyof R as N extends `${string}.${string}` ? never : N]: Value<R, N>;
} & {
  readonly [S in Namespace<keyof R>]: {
    readonly [N in keyof R as N extends `${S}.${infer Rest}` ? Rest : never]: Value<R, N>;
  };
};

type Described<T> = Pick<Option<T>, 'default' | 'unit' | 'meaning' | 'formerly'>;

// The command line gives text (`-c lambda.memoryMiB=512`), cdk.json numbers and booleans: both are taken.
export const fromText = (value: unknown): unknown => (typeof value === 'string' ? value.trim() : value);
const numberFromText = (value: unknown): unknown =>
  typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
const flagFromText = (value: unknown): unknown =>
  typeof value === 'string' ? ({ true: true, false: false }[value.trim()] ?? value) : value;
export const listFromText = (value: unknown): unknown =>
  typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;

/** A number with commas, as English groups its digits. */
export const thousands = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** An option that is like no other. */
export const option = <T>(row: Option<T>): Option<T> => row;

export function integer(row: Described<number> & { min: number; max: number }): Option<number> {
  return {
    ...row,
    schema: z.preprocess(numberFromText, z.int().min(row.min).max(row.max)),
    allowed: `a whole number, ${thousands(row.min)} to ${thousands(row.max)}`,
  };
}

export function oneOfNumbers<const N extends number>(row: Described<N> & { numbers: readonly N[] }): Option<N> {
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

export function oneOf<const V extends string>(
  row: Described<V> & { values: readonly V[] } & Pick<Option<V>, 'derive'>,
): Option<V> {
  return { ...row, schema: z.preprocess(fromText, z.enum(row.values)), allowed: `one of ${row.values.join(', ')}` };
}

export function flag(row: Described<boolean>): Option<boolean> {
  return {
    ...row,
    schema: z.preprocess(flagFromText, z.boolean()),
    allowed: 'true or false',
    values: ['true', 'false'],
  };
}

export function text<D extends string | undefined>(
  row: Described<D> & { pattern: RegExp; allowed: string } & Pick<Option<string>, 'why'>,
): Option<D extends undefined ? string | undefined : string> {
  const { pattern, why } = row;
  const schema = z.preprocess(
    fromText,
    z
      .string()
      .regex(pattern)
      .refine((value) => why?.(value) === undefined),
  );
  return { ...row, schema } as unknown as Option<D extends undefined ? string | undefined : string>;
}

export function integers(
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

export function list(
  row: Described<readonly string[]> & { pattern: RegExp; allowed: string; fewest?: number } & Pick<
      Option<unknown>,
      'why'
    >,
): Option<readonly string[]> {
  const { pattern, why } = row;
  const part = z
    .string()
    .regex(pattern)
    .refine((value) => why?.(value) === undefined);
  return {
    ...row,
    schema: z.preprocess(listFromText, z.array(part).min(row.fewest ?? 1)),
    why: (given) =>
      given
        .split(',')
        .map((each) => each.trim())
        .filter((each) => pattern.test(each))
        .map((each) => why?.(each))
        .find((reason) => reason !== undefined),
  };
}

const has = <K extends string>(value: unknown, key: K): value is Record<K, unknown> =>
  typeof value === 'object' && value !== null && key in value;

export const isSameAs = (value: unknown): value is SameAs => has(value, 'sameAs');

/** What an option is in a preset where it is not set: a value, or `{ sameAs }` another option. */
export function defaultOf(row: Option<unknown>, preset: Preset): unknown {
  const value: unknown = row.default;
  return has(value, preset) ? value[preset] : value;
}
