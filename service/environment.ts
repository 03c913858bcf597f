/** A whole number that an environment variable may set. */
export interface IntegerVariable {
  readonly variable: string;
  readonly fallback: number;
  readonly minimum: number;
  readonly maximum: number;
  /** What it is, with its unit, for the error's reader. */
  readonly meaning: string;
}

/** One or more environment variables hold what they may not. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

/**
 * Reads whole numbers from the environment; an unset or empty variable is its fallback.
 *
 * @throws EnvironmentError naming every wrong variable, its value and its range
 */
export function integersFrom<Name extends string>(
  env: NodeJS.ProcessEnv,
  variables: Readonly<Record<Name, IntegerVariable>>,
): Record<Name, number> {
  const faults: string[] = [];
  const read = ({ variable, fallback, minimum, maximum, meaning }: IntegerVariable): number => {
    const text = env[variable] ?? '';
    const value = text === '' ? fallback : Number(text);
    if ((text === '' || /^\d+$/.test(text)) && value >= minimum && value <= maximum) return value;
    faults.push(
      `${variable} is ${JSON.stringify(text)}: it must be a whole number from ${minimum} to ${maximum} (${meaning}). ` +
        `Correct it, or leave it out for ${fallback}.`,
    );
    return fallback;
  };
  const entries = Object.entries<IntegerVariable>(variables).map(([name, variable]) => [name, read(variable)]);
  if (faults.length > 0) throw new EnvironmentError(faults);
  return Object.fromEntries(entries) as Record<Name, number>;
}
