import type { Change } from '../change';
import type { Update } from '../plan';
import type { ChangeRule, Fault } from '../rule';
import { stackReferences, type StackReference } from '../stack-references';
import { referredIds } from '../template';

export const readByValue: ChangeRule = {
  name: 'read by value',
  promise:
    'Where a value that another stack reads changes, that stack changes with it, or the change is refused before.',
  find: (change) =>
    change.updates.flatMap((reader) =>
      stackReferences(reader.before, change.before).flatMap((reference) => {
        const producer = change.updates.find(({ stack }) => stack === reference.stack);
        if (producer === undefined || !isMoved(producer, reference.output)) return [];
        return fault(change, reader, producer, reference);
      }),
    ),
};

/** Whether an output gets another value, or goes. */
function isMoved({ before, after, changes }: Update, output: string): boolean {
  const [old, next] = [before.Outputs?.[output], after.Outputs?.[output]];
  if (old === undefined) return false;
  if (JSON.stringify(old.Value) !== JSON.stringify(next?.Value)) return true;
  return [...referredIds(old.Value)].some((id) => changes.some((each) => each.id === id && each.action === 'replace'));
}

function fault({ after }: Change, reader: Update, producer: Update, { output, strength }: StackReference): Fault[] {
  if (strength === 'strong') {
    const problem = `is an export that ${reader.stack} reads when ${producer.stack} is deployed: "cannot be updated as it is in use"`;
    return [{ stack: producer.stack, resource: output, problem }];
  }
  if (JSON.stringify(reader.before) !== JSON.stringify(reader.after)) return [];
  const isRead = stackReferences(reader.after, after).some((each) => each.output === output);
  if (!isRead) return [];
  const problem = `changes, and ${reader.stack}, which reads it, keeps the old value: its template stays the same, so that the CLI skips it`;
  return [{ stack: producer.stack, resource: output, problem }];
}
