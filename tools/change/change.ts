import { assemble, type AssembledStack } from '../assembly';
import { plan, type Update } from './plan';

/** Options of the app by name, as `-c` sets them. */
export type Options = Readonly<Record<string, unknown>>;

/** The stacks of one set of options. */
export interface Deployed {
  readonly options: Options;
  readonly stacks: readonly AssembledStack[];
}

/** Stacks that are deployed, the options that they are changed to, and what that does to each. */
export interface Change {
  readonly before: Deployed;
  readonly after: Deployed;
  /** One for each stack that exists before and after, in the order in which they are deployed. */
  readonly updates: readonly Update[];
}

/**
 * Synthesises the stacks with these options.
 *
 * @param only the stack that is wanted, with what it needs; all of them without it
 * @throws ConfigurationError where options are wrong
 */
export const deployed = (options: Options, only?: string): Deployed => ({ options, stacks: assemble(options, only) });

/** What CloudFormation does to the deployed stacks where their options are changed. */
export function change(before: Deployed, after: Deployed): Change {
  const updates = after.stacks.flatMap((stack) => {
    const old = before.stacks.find(({ id }) => id === stack.id);
    if (old === undefined || old.problems.length > 0 || stack.problems.length > 0) return [];
    return [plan(stack.id, old.template, stack.template)];
  });
  return { before, after, updates };
}
