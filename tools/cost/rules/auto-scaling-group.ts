import { fronts, share } from '../fronts';
import { billedInstances, instanceCapacity, launchedBy, surplusCredits } from '../instance-usage';
import type { Load } from '../load';
import type { Capacity, Rule } from '../rule';
import { leastOnMean } from '../schedule';
import { number, property, text, type Resource, type Template } from '../template';

/**
 * https://aws.amazon.com/ec2/autoscaling/pricing/: the group is free, its instances are not. Those above its minimum
 * follow the load where something scales it: a policy, or the capacity provider of a cluster.
 */
export const autoScalingGroup: Rule = {
  type: 'AWS::AutoScaling::AutoScalingGroup',
  billed(group, scene) {
    const launched = launchedBy(group, scene.template);
    if (launched === undefined) return [{ what: 'instances', why: 'their launch template is not in this template' }];
    const count = capacity(group, scene.template, scene.load)?.mean ?? leastOf(group, scene.template);
    return [
      ...billedInstances(count, launched, spotShare(group, count, launched.spot)),
      ...surplusCredits(share(scene.template, scene.load), count, launched),
    ];
  },
  capacity: (group, { template, load }) => capacity(group, template, load),
};

function capacity(group: Resource, template: Template, load: Load): Capacity | undefined {
  const launched = launchedBy(group, template);
  // A group beside no front carries no requests.
  if (launched === undefined || fronts(template).length === 0) return undefined;
  const least = leastOf(group, template);
  const most = number(group, 'MaxSize') ?? least;
  return instanceCapacity(share(template, load), launched, { least, most, scales: scales(group, template) });
}

const leastOf = (group: Resource, template: Template): number =>
  leastOnMean(
    template.referringTo(group.id, 'AWS::AutoScaling::ScheduledAction').flatMap((action) => {
      const least = number(action, 'DesiredCapacity') ?? number(action, 'MinSize');
      const at = text(action, 'Recurrence');
      return least === undefined || at === undefined ? [] : [{ at, least }];
    }),
    Math.max(number(group, 'DesiredCapacity') ?? 0, number(group, 'MinSize') ?? 0),
  );

const scales = (group: Resource, template: Template): boolean =>
  template.referringTo(group.id, 'AWS::AutoScaling::ScalingPolicy').length > 0 ||
  template.referringTo(group.id, 'AWS::ECS::CapacityProvider').length > 0;

/** Of the instances beyond the on-demand base, the percentage that is not on demand. */
function spotShare(group: Resource, count: number, launchedOnSpot: boolean): number {
  const distribution = property(group, 'MixedInstancesPolicy.InstancesDistribution');
  if (distribution === undefined) return launchedOnSpot ? 1 : 0;
  const base = number(group, 'MixedInstancesPolicy.InstancesDistribution.OnDemandBaseCapacity') ?? 0;
  const onDemand =
    number(group, 'MixedInstancesPolicy.InstancesDistribution.OnDemandPercentageAboveBaseCapacity') ?? 100;
  return count === 0 ? 0 : (Math.max(0, count - base) / count) * (1 - onDemand / 100);
}
