import { twins } from '../coexistence';
import type { ChangeRule } from '../rule';

export const rulePriorities: ChangeRule = {
  name: 'rule priorities',
  promise: 'A listener has one rule of a priority at any time.',
  find: ({ updates }) =>
    updates.flatMap((update) =>
      twins(update, (type, { ListenerArn, Priority }) =>
        type === 'AWS::ElasticLoadBalancingV2::ListenerRule' ? [ListenerArn, Priority] : undefined,
      ).map(({ created, standing }) => ({
        stack: update.stack,
        resource: created.id,
        problem: `is created while ${standing.id} still has the priority ${String(created.resource.Properties?.['Priority'])} of the listener: "Priority is currently in use"`,
      })),
    ),
};
