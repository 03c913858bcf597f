import { defaultOf, isSameAs, type Option, type Preset, type Rows, type Values } from './kinds';
import { didYouMean, meant } from './suggestions';

/** What was read of the context. */
export interface Reading<R extends Rows> {
  /** The values of all options; in place of a wrong value, the default. */
  readonly values: Values<R>;
  /** The names of the options that are set, and rightly. */
  readonly given: ReadonlySet<string>;
  /** The names of the options that are set wrongly. */
  readonly wrong: ReadonlySet<string>;
  /** One line for each unknown option and each wrong value. */
  readonly problems: readonly string[];
}

/**
 * Reads every option from CDK context. An option that is not set has its preset's default.
 *
 * @param context all context, as `app.node.getAllContext()` gives it; CDK's own keys are passed over
 */
export function readOptions<R extends Rows>(rows: R, context: Readonly<Record<string, unknown>>): Reading<R> {
  const names = Object.keys(rows);
  const isOurs = ownKeys(names);
  const problems = Object.keys(context)
    .filter((key) => isOurs(key) && !Object.hasOwn(rows, key))
    .map((key) => `${key} = ${JSON.stringify(context[key])}: ${unknownOption(key, rows)}`);

  const chosen = new Map<string, unknown>();
  const wrong = new Set<string>();
  for (const [name, row] of Object.entries(rows).filter(([candidate]) => context[candidate] !== undefined)) {
    const result = row.schema.safeParse(context[name]);
    if (result.success) chosen.set(name, result.data);
    else {
      wrong.add(name);
      problems.push(`${name} = ${JSON.stringify(context[name])}: ${wrongValue(row, context[name])}`);
    }
  }
  return { values: valuesOf(rows, chosen), given: new Set(chosen.keys()), wrong, problems };
}

/**
 * Whether a key of the context is an option. CDK's own keys hold a colon, a slash, an @ or a hyphen. Every other key is
 * taken for an option, and so is a key that begins with a namespace of ours: `-c ec2.instance-type=t3.micro` is then an
 * error, and not the default deployed by mistake.
 */
function ownKeys(names: readonly string[]): (key: string) => boolean {
  const namespaces = new Set(names.map((name) => name.split('.')[0]));
  return (key) => /^\w+(\.\w*)*$/.test(key) || namespaces.has(/^[a-z0-9]*/.exec(key.trim().toLowerCase())?.[0] ?? '');
}

function unknownOption(key: string, rows: Rows): string {
  const renamed = Object.entries(rows).find(([, { formerly }]) => formerly === key);
  return renamed === undefined
    ? `no such option${didYouMean(meant(key, Object.keys(rows)))}`
    : `renamed to ${renamed[0]}`;
}

function wrongValue({ allowed, unit, nearest, values, why }: Option<unknown>, given: unknown): string {
  const [reason, suggestion] =
    typeof given === 'string' ? [why?.(given), nearest?.(given) ?? meant(given, values ?? [])] : [];
  return [
    ...(reason === undefined ? [] : [`${reason}; `]),
    `allowed is ${allowed}`,
    ...(unit === undefined ? [] : [` (${unit})`]),
    didYouMean(suggestion),
  ].join('');
}

function valuesOf<R extends Rows>(rows: R, chosen: ReadonlyMap<string, unknown>): Values<R> {
  const preset = (chosen.get('preset') ?? rows['preset']?.default ?? 'sandbox') as Preset;
  const valueOf = (name: string): unknown => {
    const row = rows[name];
    if (row === undefined) throw new Error(`There is no option ${name}`);
    const value = chosen.get(name) ?? defaultOf(row, preset);
    return isSameAs(value) ? valueOf(value.sameAs) : value;
  };
  const flat = new Map(Object.keys(rows).map((name) => [name, valueOf(name)]));
  const given = nest(flat);
  for (const [name, row] of Object.entries(rows))
    if (row.derive && !chosen.has(name)) flat.set(name, row.derive(given as never));
  return nest(flat) as Values<R>;
}

function nest(flat: ReadonlyMap<string, unknown>): unknown {
  const nested: Record<string, unknown> = {};
  for (const [name, value] of flat) {
    const [first = '', rest] = name.split('.');
    if (rest === undefined) nested[first] = value;
    else nested[first] = { ...(nested[first] as object | undefined), [rest]: value };
  }
  return nested;
}
