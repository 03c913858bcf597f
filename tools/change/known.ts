import type { Finding } from './rules';

/** A fault of today's templates that is known, and why it stands. An entry that fits no fault fails the test. */
export interface Known {
  readonly rule: string;
  readonly stack: string;
  /** The logical id of the resource, or how it begins. */
  readonly resource: RegExp;
  readonly reason: string;
}

export const KNOWN: readonly Known[] = [];

/** The entry that a fault is known by. */
export const knownBy = (finding: Finding): Known | undefined =>
  KNOWN.find(
    ({ rule, stack, resource }) => rule === finding.rule && stack === finding.stack && resource.test(finding.resource),
  );
