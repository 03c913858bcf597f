import type { Update } from '../plan';
import type { ChangeRule, Fault } from '../rule';
import { list, property, referredIds, resourcesOf, type Resource } from '../template';

export const shiftedWeights: ChangeRule = {
  name: 'shifted weights',
  promise: 'No deployment touches the listener rule whose weights ECS has moved.',
  find: ({ updates }) =>
    updates.flatMap((update) =>
      resourcesOf(update.before)
        .filter(([, { Type }]) => Type === 'AWS::ECS::Service')
        .flatMap(([id, service]) => [
          ...productionRules(service).flatMap((rule) => touched(update, rule)),
          ...leavesShifting(update, id, service),
        ]),
    ),
};

/** The listener rules whose weights ECS moves. */
export const productionRules = (service: Resource | undefined): string[] =>
  list(property(service, 'LoadBalancers')).flatMap((each) => [
    ...referredIds(
      (each as { AdvancedConfiguration?: { ProductionListenerRule?: unknown } }).AdvancedConfiguration
        ?.ProductionListenerRule,
    ),
  ]);

function touched({ stack, changes }: Update, rule: string): Fault[] {
  const change = changes.find(({ id }) => id === rule);
  if (change === undefined) return [];
  const done = { add: 'added', update: 'updated in place', replace: 'replaced', remove: 'removed' }[change.action];
  const problem = `is ${done}, with the weights of the template: after an odd number of deployments all requests go to the target group without tasks (aws/containers-roadmap#2853)`;
  return [{ stack, resource: rule, problem }];
}

/** A service that stops shifting keeps the target group of the template only. */
function leavesShifting(update: Update, id: string, service: Resource): Fault[] {
  const next = update.after.Resources?.[id];
  if (next === undefined || productionRules(service).length === 0 || productionRules(next).length > 0) return [];
  const problem =
    'leaves the shift of traffic: after an odd number of deployments its requests are with the second target group, which it then no longer has';
  return [{ stack: update.stack, resource: id, problem }];
}
