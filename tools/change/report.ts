import { terminalTable } from '../table';
import { EFFECT_WORDS } from './effects';
import type { Action, ResourceChange, Update } from './plan';
import type { Finding } from './rules';
import type { Verdict } from './verdict';

const DONE: Readonly<Record<Action, string>> = {
  add: 'added',
  update: 'updated in place',
  replace: 'replaced',
  remove: 'removed',
};

/** How many resources are added, updated in place, replaced and removed. */
export function count({ changes }: Update): string {
  const counts = (Object.keys(DONE) as Action[])
    .map((action) => [changes.filter((each) => each.action === action).length, DONE[action]] as const)
    .filter(([number]) => number > 0);
  return counts.length === 0 ? 'nothing changes' : counts.map(([number, done]) => `${number} ${done}`).join(', ');
}

/** A change of a resource in a line, such as `Service (AWS::Lambda::Function) updated in place: MemorySize`. */
export function describeChange(change: ResourceChange): string {
  const because = causes(change);
  return `${change.id} (${change.type}) ${DONE[change.action]}${because === '' ? '' : `: ${because}`}`;
}

/** What happens to a stack, in the order in which CloudFormation does it, and what that means to its users. */
export function describe(verdict: Verdict): string {
  const { update, refusals } = verdict;
  const first = update.changes.filter(({ action }) => action !== 'remove');
  const removed = update.changes.filter(({ action }) => action === 'remove');
  const last = [...removed, ...first.filter(({ action }) => action === 'replace').toReversed()];
  if (first.length + last.length === 0) return `${update.stack}: nothing changes`;
  return [
    `${update.stack}: ${count(update)}`,
    ...refusals.map(({ option, advice }) => `Refused: ${option} cannot be changed on a deployed stack: ${advice}`),
    ...(first.length === 0 ? [] : [block('First, each after what it depends on:', first, (each) => DONE[each.action])]),
    ...(last.length === 0 ? [] : [block('At the end:', last, removal)]),
    `To those who use the service: ${describeEffect(verdict)}`,
  ].join('\n\n');
}

/** What a change means to those who use the service, and why. */
export function describeEffect({ effect, because }: Pick<Verdict, 'effect' | 'because'>): string {
  return because.length === 0 ? EFFECT_WORDS[effect] : `${EFFECT_WORDS[effect]} (${because.join('; ')})`;
}

function block(title: string, changes: readonly ResourceChange[], done: (change: ResourceChange) => string): string {
  const rows = changes.map((each) => [`  ${done(each)}`, each.id, each.type, causes(each)]);
  return `${title}\n${terminalTable(['  what', 'resource', 'type', 'because of'], rows)}`;
}

function removal({ action, before }: ResourceChange): string {
  if (before?.DeletionPolicy?.startsWith('Retain')) return 'left in the account';
  return action === 'replace' ? 'the old one is deleted' : 'removed';
}

/** The properties that change; of a replacement, those that make it one. */
function causes({ action, properties }: ResourceChange): string {
  const deciding = properties.filter(({ replacement }) => action !== 'replace' || replacement === 'yes');
  return deciding
    .map(({ name, replacement }) =>
      action === 'update' && replacement === 'maybe' ? `${name} (may replace it)` : name,
    )
    .join(', ');
}

/** The stacks that the same options change too. */
export const describeOthers = (updates: readonly Update[]): string =>
  `These options also change ${updates.map(({ stack }) => stack).join(', ')}: npm run change -- with that name shows how.`;

/** The faults of a change. */
export function describeFaults(faults: readonly Finding[]): string {
  const lines = faults.map(
    ({ rule, stack, resource, problem }) => `  - ${stack}, ${resource}: ${problem} (rule: ${rule})`,
  );
  return [
    `This must not be deployed as it is; ${faults.length === 1 ? '1 fault' : `${faults.length} faults`}:`,
    ...lines,
  ].join('\n');
}
