import type { Change } from './change';

/** What is wrong with a change. */
export interface Fault {
  /** The id of the stack whose deployment fails, or whose service suffers. */
  readonly stack: string;
  /** The logical id of the resource that it is about. */
  readonly resource: string;
  /** What happens, and why. */
  readonly problem: string;
}

/** Something that no change of options may do to deployed stacks. */
export interface ChangeRule {
  /** Its name, in lists of faults. */
  readonly name: string;
  /** What must hold, in one sentence. */
  readonly promise: string;
  /** Where it does not. */
  readonly find: (change: Change) => readonly Fault[];
}
