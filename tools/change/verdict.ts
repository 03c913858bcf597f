import type { Change } from './change';
import { gravest, interruptions, type Effect } from './effects';
import type { Update } from './plan';
import { refusalsOf, type Refusal } from './refusals';
import { findings, type Finding } from './rules';

/** What a change of options means for one stack. */
export interface Verdict {
  readonly update: Update;
  readonly effect: Effect;
  /** Why the service is interrupted, or answers elsewhere. */
  readonly because: readonly string[];
  /** Why the change is refused, and what to do in its place. */
  readonly refusals: readonly Refusal[];
  /** The broken rules. */
  readonly faults: readonly Finding[];
}

/** What a change of options means for each stack. */
export function verdicts(change: Change): Verdict[] {
  const [refusals, faults] = [refusalsOf(change), findings(change)];
  return change.updates.map((update) => {
    const refused = refusals.filter(({ stacks }) => stacks.includes(update.stack));
    const found = interruptions(update);
    const effect = refused.length > 0 ? 'refused' : gravest(found.map((each) => each.effect));
    return {
      update,
      effect,
      because: refused.length > 0 ? [] : [...new Set(found.map(({ because }) => because))],
      refusals: refused,
      // What is refused is never begun.
      faults: refused.length > 0 ? [] : faults.filter(({ stack }) => stack === update.stack),
    };
  });
}
