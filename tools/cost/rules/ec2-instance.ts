import { billedInstances, describeInstance, instanceCapacity, surplusCredits } from '../instance-usage';
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

/** An Elastic IP address takes the place of the one from the subnet, and is billed by its own rule. */
function describe(instance: Resource, template: Template) {
  const description = describeInstance(instance.properties, instance);
  const associated = template.referringTo(instance.id, 'AWS::EC2::EIPAssociation').length > 0;
  return { ...description, publicAddress: description.publicAddress && !associated };
}
