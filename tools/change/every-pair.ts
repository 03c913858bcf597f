import { pairs, Workbench, type Pair } from './pairs';
import { verdicts, type Verdict } from './verdict';

/** What a change of options does to each stack. */
export interface Outcome {
  readonly pair: Pair;
  /** The ids of the stacks that neither side of the change refuses. */
  readonly stacks: readonly string[];
  /** What it means for those of them that change. */
  readonly verdicts: readonly Verdict[];
}

/**
 * Tries every change of options. It takes minutes: some hundred apps are synthesised.
 *
 * @param onProgress called before each change, with how many there are
 */
export function tryEveryPair(onProgress?: (done: number, all: number) => void): Outcome[] {
  const workbench = new Workbench();
  const all = pairs();
  return all.map((pair, done) => {
    onProgress?.(done, all.length);
    const change = workbench.try(pair);
    // A stack that does not change has nothing to show, and there are many.
    const shown = verdicts(change).filter(isEffective).map(withoutTemplates);
    return { pair, stacks: change.updates.map(({ stack }) => stack), verdicts: shown };
  });
}

const isEffective = ({ update, effect, faults }: Verdict): boolean =>
  update.changes.length > 0 || effect !== 'none' || faults.length > 0;

/** Of so many changes, the templates would fill the memory. */
const withoutTemplates = (verdict: Verdict): Verdict => {
  const changes = verdict.update.changes.map((each) => ({ ...each, before: undefined, after: undefined }));
  return { ...verdict, update: { stack: verdict.update.stack, before: {}, after: {}, changes } };
};
