import type { Update } from '../plan';
import type { ChangeRule, Fault } from '../rule';
import { list, property, referredIds, resourcesOf, type Resource, type Template } from '../template';

const GROUP = 'AWS::AutoScaling::AutoScalingGroup';

/** The sizes that a schedule sets at run time. */
const SIZES = ['MinSize', 'MaxSize', 'DesiredCapacity'];

export const scheduledCapacity: ChangeRule = {
  name: 'scheduled capacity',
  promise:
    'What a schedule has set is neither kept after the schedule has gone, nor set back below it by a deployment.',
  find: ({ updates }) =>
    updates.flatMap((update) => [...keptAfterwards(update), ...setBack(update), ...desired(update)]),
};

/** A group that loses its schedule keeps the size that the schedule set last. */
const keptAfterwards = (update: Update): Fault[] =>
  groups(update.before)
    .filter((id) => schedule(update.before, id).length > 0 && schedule(update.after, id).length === 0)
    .filter((id) => {
      const change = update.changes.find((each) => each.id === id);
      if (update.after.Resources?.[id] === undefined || change?.action === 'replace') return false;
      return change?.properties.some(({ name }) => SIZES.includes(name)) !== true;
    })
    .map((id) => ({
      stack: update.stack,
      resource: id,
      problem:
        'loses its scheduled actions, and keeps the size that the last of them has set: CloudFormation sets a size only where it changes',
    }));

/** A deployment writes the sizes of the template where they change, whatever time it is. */
const setBack = (update: Update): Fault[] =>
  update.changes
    .filter(({ type, action, properties }) => {
      return type === GROUP && action === 'update' && properties.some(({ name }) => SIZES.includes(name));
    })
    .flatMap(({ id, after }) => {
      const least = Math.max(0, ...schedule(update.after, id).map((each) => Number(each.Properties?.['MinSize'] ?? 0)));
      if (Number(property(after, 'MinSize')) >= least) return [];
      const problem = `goes to ${String(property(after, 'MinSize'))} instances, below the ${least} of its schedule, until the next scheduled action`;
      return [{ stack: update.stack, resource: id, problem }];
    });

/** A number that scaling moves and the template states: each update of the resource sets it back. */
const desired = (update: Update): Fault[] =>
  update.changes
    .filter(({ type, action }) => type === 'AWS::ECS::Service' && action === 'update')
    .filter(({ id, after }) => property(after, 'DesiredCount') !== undefined && isScaled(update.after, id))
    .map(({ id, after }) => ({
      stack: update.stack,
      resource: id,
      problem: `is set back to ${String(property(after, 'DesiredCount'))} tasks, whatever scaling has made of them`,
    }));

const groups = (template: Template): string[] =>
  resourcesOf(template).flatMap(([id, { Type }]) => (Type === GROUP ? [id] : []));

const schedule = (template: Template, group: string): Resource[] =>
  resourcesOf(template).flatMap(([, resource]) =>
    resource.Type === 'AWS::AutoScaling::ScheduledAction' &&
    referredIds(resource.Properties?.['AutoScalingGroupName']).has(group)
      ? [resource]
      : [],
  );

const isScaled = (template: Template, service: string): boolean =>
  resourcesOf(template).some(
    ([, resource]) =>
      resource.Type === 'AWS::ApplicationAutoScaling::ScalableTarget' &&
      list(property(resource, 'ResourceId')).some((each) => referredIds(each).has(service)),
  );
