import { COMPARED } from '../../lib/app';
import { ConfigurationError } from '../../lib/options/problems';
import { assemble, type AssembledStack } from '../assembly';
import { standsOnce, type Candidate } from './crossover';
import { sizesOf } from './sizes';
import { Template } from './template';

/** A stack as it would be deployed. */
export interface Stack {
  readonly id: string;
  readonly template: Template;
  /** The stacks that are deployed with it. */
  readonly needs: readonly string[];
  /** Why it is refused, where it is: its template is empty then. */
  readonly problems: readonly string[];
}

/**
 * Synthesises the app in this process, with the options of cdk.json and these.
 *
 * @param only the stack that is wanted, with what it needs; all of them without it
 * @throws ConfigurationError where the options are wrong
 */
export function synthesise(options: Readonly<Record<string, unknown>>, only?: string): Stack[] {
  return assemble(options, only).map(toBePriced);
}

/** A stack as the rules of prices read it. */
export const toBePriced = ({ id, template, needs, problems }: AssembledStack): Stack => ({
  id,
  template: new Template(template),
  needs,
  problems,
});

/** The compute options at every size that the crossover compares; what a size contradicts is not compared at it. */
export function candidates(stacks: readonly Stack[], options: Readonly<Record<string, unknown>>): Candidate[] {
  return stacks.filter(standsOnce).flatMap(({ id }) =>
    sizesOf(id, options).flatMap((size) => {
      const sized = size.name === '' ? stacks : synthesiseIfPossible({ ...options, ...size.options }, id);
      const own = sized.find((stack) => stack.id === id);
      if (own === undefined) return [];
      return [
        { option: id, size: size.name, stacks: sized.filter((each) => each === own || own.needs.includes(each.id)) },
      ];
    }),
  );
}

/** Whether an option has a line in the crossover: another may stand for it. */
export const hasOwnLine = ({ option }: { readonly option: string }): boolean =>
  COMPARED.get(option)?.comparison?.billedAs === undefined;

function synthesiseIfPossible(options: Readonly<Record<string, unknown>>, only: string): Stack[] {
  try {
    return synthesise(options, only);
  } catch (error) {
    if (error instanceof ConfigurationError) return [];
    throw error;
  }
}
