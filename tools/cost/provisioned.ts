import { leastOnMean } from './schedule';
import { list, number, objects, text, type Resource, type Template } from './template';

/** Environments of a function that are kept initialised, on the mean of a day: by an alias, or a schedule for it. */
export const provisionedFor = (fn: Resource, template: Template): number =>
  [...template.referringTo(fn.id, 'AWS::Lambda::Alias'), ...template.referringTo(fn.id, 'AWS::Lambda::Version')].reduce(
    (sum, holder) => sum + provisionedBy(holder, template),
    0,
  );

/** The same of one alias or version; a scalable target takes the place of what the alias itself says. */
export function provisionedBy(holder: Resource, template: Template): number {
  const declared = number(holder, 'ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions') ?? 0;
  const target = template
    .referringTo(holder.id, 'AWS::ApplicationAutoScaling::ScalableTarget')
    .find((each) => text(each, 'ScalableDimension') === 'lambda:function:ProvisionedConcurrency');
  if (target === undefined) return declared;
  const least = number(target, 'MinCapacity') ?? 0;
  return leastOnMean(
    objects(list(target, 'ScheduledActions')).flatMap((action) => {
      const at = text(action, 'Schedule');
      return at === undefined ? [] : [{ at, least: number(action, 'ScalableTargetAction.MinCapacity') ?? least }];
    }),
    least,
  );
}
