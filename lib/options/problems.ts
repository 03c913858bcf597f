/** What is wrong with the options: each line gives the option, its value, what is allowed and what to do. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      [
        `${String(problems.length)} ${problems.length === 1 ? 'option is' : 'options are'} wrong; nothing was written.`,
        ...problems.map((problem) => `  - ${problem}`),
        'All options with their limits: npm run options',
      ].join('\n'),
    );
    this.name = 'ConfigurationError';
  }
}

/**
 * What must hold between options that are each right by themselves.
 *
 * @typeParam V the values that the rule reads
 */
export interface Rule<V> {
  /** The options that the rule is about, by name. Its message begins with them and their values. */
  readonly about: readonly string[];
  /**
   * What is wrong and what to do; undefined where the rule holds.
   *
   * @param given the names of the options that the user has set
   */
  problem(values: V, given: ReadonlySet<string>): string | undefined;
}

/** A value as a message shows it. */
export function show(value: unknown): string {
  if (value === undefined) return 'none';
  return typeof value === 'string' && /^[\w.-]+$/.test(value) ? value : JSON.stringify(value);
}

/**
 * The rules that are broken, one message each.
 *
 * @param wrong names of options whose own values are wrong: what contradicts their defaults is no problem of the user's
 */
export function problemsOf<V>(
  rules: readonly Rule<V>[],
  values: V,
  given: ReadonlySet<string>,
  wrong: ReadonlySet<string> = new Set(),
): string[] {
  return rules
    .filter(({ about }) => !about.some((name) => wrong.has(name)))
    .flatMap((rule) => {
      const problem = rule.problem(values, given);
      return problem === undefined ? [] : [`${settings(rule.about, values)}: ${problem}`];
    });
}

/** `a = 1, b = 2 and c = 3`. */
function settings(names: readonly string[], values: unknown): string {
  const shown = names.map((name) => `${name} = ${show(valueAt(values, name))}`);
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}

const valueAt = (values: unknown, name: string): unknown =>
  name.split('.').reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key], values);
