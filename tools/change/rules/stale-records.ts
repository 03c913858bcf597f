import type { ChangeRule } from '../rule';
import { property } from '../template';

/** Longest time that a resolver may keep the name of what is gone, in seconds: what Route 53 itself has for alias records. */
const LONGEST = 60;

export const staleRecords: ChangeRule = {
  name: 'stale records',
  promise: 'A name points at what serves within a minute of a change.',
  find: ({ updates }) =>
    updates.flatMap((update) =>
      update.changes
        .filter(
          ({ type, before }) => type === 'AWS::Route53::RecordSet' && property(before, 'AliasTarget') === undefined,
        )
        .filter(({ action }) => action === 'update' || action === 'replace')
        .flatMap(({ id, before, properties }) => {
          const seconds = Number(property(before, 'TTL'));
          if (!(seconds > LONGEST) || !properties.some(({ name }) => name === 'ResourceRecords')) return [];
          const problem = `points at what is deleted in the same deployment, for up to ${seconds} s, as long as resolvers keep the record: an alias record does not`;
          return [{ stack: update.stack, resource: id, problem }];
        }),
    ),
};
