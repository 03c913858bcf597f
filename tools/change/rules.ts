import type { Change } from './change';
import type { ChangeRule, Fault } from './rule';
import { addressAssociations } from './rules/address-associations';
import { busyEnvironments } from './rules/busy-environments';
import { emptyTargetGroups } from './rules/empty-target-groups';
import { expiredImages } from './rules/expired-images';
import { fixedNames } from './rules/fixed-names';
import { gatewayAttachments } from './rules/gateway-attachments';
import { leftBehind } from './rules/left-behind';
import { leftFirst } from './rules/left-first';
import { listenerPorts } from './rules/listener-ports';
import { processors } from './rules/processors';
import { provisionedConcurrency } from './rules/provisioned-concurrency';
import { publishedVersions } from './rules/published-versions';
import { readByValue } from './rules/read-by-value';
import { recordNames } from './rules/record-names';
import { rulePriorities } from './rules/rule-priorities';
import { scheduledCapacity } from './rules/scheduled-capacity';
import { shiftedWeights } from './rules/shifted-weights';
import { staleRecords } from './rules/stale-records';
import { stoppedInPlace } from './rules/stopped-in-place';
import { subnets } from './rules/subnets';
import { takenAway } from './rules/taken-away';

/** What no change may do. */
export const RULES: readonly ChangeRule[] = [
  // Two things that exist at once for a moment, and must not.
  listenerPorts,
  rulePriorities,
  subnets,
  gatewayAttachments,
  addressAssociations,
  recordNames,
  fixedNames,
  publishedVersions,
  leftBehind,
  // What serves must serve on.
  takenAway,
  stoppedInPlace,
  emptyTargetGroups,
  processors,
  staleRecords,
  expiredImages,
  // Stacks that refer to each other.
  readByValue,
  leftFirst,
  // What another controller moves at run time.
  busyEnvironments,
  shiftedWeights,
  scheduledCapacity,
  provisionedConcurrency,
];

/** A broken rule. */
export interface Finding extends Fault {
  readonly rule: string;
}

/** Every broken rule of a change. */
export const findings = (change: Change): Finding[] =>
  RULES.flatMap(({ name, find }) => find(change).map((fault) => ({ rule: name, ...fault })));
