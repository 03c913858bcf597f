import type { Update } from '../plan';
import type { ChangeRule, Fault } from '../rule';
import { property, referredIds, resourcesOf, type Template } from '../template';

const DIMENSION = 'lambda:function:ProvisionedConcurrency';

export const provisionedConcurrency: ChangeRule = {
  name: 'provisioned concurrency',
  promise: 'Provisioned concurrency that a schedule sets ends with the schedule, and no deployment sets it back.',
  find: ({ updates }) => updates.flatMap((update) => [...keptAfterwards(update), ...setBack(update)]),
};

/** What a schedule has provisioned stays where the schedule goes, and is billed. */
function keptAfterwards(update: Update): Fault[] {
  if (turnsOff(update)) return [];
  const still = scheduled(update.after);
  return scheduled(update.before)
    .filter(({ alias }) => !still.some((each) => each.alias === alias))
    .filter(({ alias }) => {
      const change = update.changes.find(({ id }) => id === alias);
      // An alias that goes takes it along; one that has a fixed number of its own from now on gets that.
      return (
        update.after.Resources?.[alias] !== undefined &&
        change?.properties.some(({ name }) => name === 'ProvisionedConcurrencyConfig') !== true
      );
    })
    .map(({ id, alias }) => ({
      stack: update.stack,
      resource: id,
      problem: `is removed, and what its schedule has provisioned on ${alias} stays and is billed`,
    }));
}

/** Whether a custom resource goes with the schedule that turns it off when it goes. */
const turnsOff = ({ changes }: Update): boolean =>
  changes.some(
    ({ type, action, before }) =>
      type === 'Custom::AWS' &&
      action === 'remove' &&
      JSON.stringify(property(before, 'Delete') ?? null).includes('DeleteProvisionedConcurrencyConfig'),
  );

/** An alias that states a number which a schedule moves is set back with each new version. */
const setBack = (update: Update): Fault[] =>
  update.changes
    .filter(({ type, action }) => type === 'AWS::Lambda::Alias' && action === 'update')
    .filter(({ id, after }) => {
      const states = property(after, 'ProvisionedConcurrencyConfig') !== undefined;
      return states && scheduled(update.after).some(({ alias }) => alias === id);
    })
    .map(({ id }) => ({
      stack: update.stack,
      resource: id,
      problem: 'is set back to the provisioned concurrency of the template, whatever its schedule has made of it',
    }));

/** The aliases whose provisioned concurrency a schedule sets, each with its scalable target. */
const scheduled = (template: Template): { id: string; alias: string }[] =>
  resourcesOf(template)
    .filter(([, resource]) => property(resource, 'ScalableDimension') === DIMENSION)
    .flatMap(([id, resource]) =>
      [...referredIds(resource.Properties)]
        .filter((alias) => template.Resources?.[alias]?.Type === 'AWS::Lambda::Alias')
        .map((alias) => ({ id, alias })),
    );
