import {
  billedInstances,
  describeInstance,
  instanceCapacity,
  surplusCredits,
  withoutReplacedAddress,
  type InstanceDescription,
} from '../instance-usage';
import { share } from '../fronts';
import type { Rule } from '../rule';
import type { Resource, Template } from '../template';

/** https://aws.amazon.com/ec2/pricing/on-demand/: by the second, its volumes and address beside it. */
export const ec2Instance: Rule = {
  type: 'AWS::EC2::Instance',
  billed(instance, { template, load }) {
    const description = describe(instance, template);
    return [...billedInstances(1, description), ...surplusCredits(share(template, load), 1, description)];
  },
  // One is one: a load that takes more is for an Auto Scaling group.
  capacity: (instance, { template, load }) =>
    instanceCapacity(share(template, load), describe(instance, template), {
      least: 1,
      most: 1,
      scales: false,
      single: true,
    }),
};

const describe = (instance: Resource, template: Template): InstanceDescription =>
  withoutReplacedAddress(describeInstance(instance.properties, instance), instance, template);
