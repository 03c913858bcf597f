import type { ChangeRule } from '../rule';
import { creationOrder, dependenciesOf, type Template } from '../template';

const LOOK = 'Custom::BeanstalkReady';

export const busyEnvironments: ChangeRule = {
  name: 'busy environments',
  promise: 'Before an environment of Elastic Beanstalk is changed, something looks whether it takes a change now.',
  find: ({ updates }) =>
    updates.flatMap((update) =>
      update.changes
        .filter(({ type, action }) => type === 'AWS::ElasticBeanstalk::Environment' && action === 'update')
        .filter(({ id }) => {
          const needed = neededBy(update.after, id);
          return !update.changes.some((each) => each.type === LOOK && each.action !== 'remove' && needed.has(each.id));
        })
        .map(({ id }) => ({
          stack: update.stack,
          resource: id,
          problem:
            'is changed without a look at its state: in the weekly window of platform updates, or while a deployment is taken back, Elastic Beanstalk refuses it when other resources have changed already',
        })),
    ),
};

/** All that is there, or changed, before a resource is. */
function neededBy(template: Template, id: string): Set<string> {
  const needed = new Set([id]);
  for (const each of creationOrder(template).toReversed()) {
    const resource = needed.has(each) ? template.Resources?.[each] : undefined;
    for (const other of resource === undefined ? [] : dependenciesOf(resource)) needed.add(other);
  }
  return needed;
}
