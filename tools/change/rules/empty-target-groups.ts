import { created } from '../coexistence';
import type { Update } from '../plan';
import type { ChangeRule } from '../rule';
import { list, property, referredIds, type Resource } from '../template';

const LISTENER = 'AWS::ElasticLoadBalancingV2::Listener';
const RULE = 'AWS::ElasticLoadBalancingV2::ListenerRule';
const TARGET_GROUP = 'AWS::ElasticLoadBalancingV2::TargetGroup';

export const emptyTargetGroups: ChangeRule = {
  name: 'empty target groups',
  promise: 'A listener that serves requests is not pointed at a target group that has no healthy target yet.',
  find: ({ updates }) =>
    updates.flatMap((update) => {
      const fresh = new Set(created(update).flatMap(({ id, type }) => (type === TARGET_GROUP ? [id] : [])));
      return update.changes
        .filter(({ type, action }) => (type === LISTENER || type === RULE) && action === 'update')
        .flatMap(({ id, before, after }) => {
          const [old, next] = [targets(update, before), targets(update, after)];
          if (old.length === 0 || next.length === 0 || !next.every((each) => fresh.has(each))) return [];
          const problem = `sends all requests to ${next.join(' and ')}, created a moment before, while the targets are still in ${old.join(' and ')}: 503 until they are healthy in the new one`;
          return [{ stack: update.stack, resource: id, problem }];
        });
    }),
};

/** The target groups that a listener or a rule sends requests to, by logical id. */
function targets({ before, after }: Update, resource: Resource | undefined): string[] {
  const actions = [...list(property(resource, 'DefaultActions')), ...list(property(resource, 'Actions'))];
  return [...referredIds(actions)].filter(
    (id) => (after.Resources?.[id] ?? before.Resources?.[id])?.Type === TARGET_GROUP,
  );
}
