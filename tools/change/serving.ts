import type { Update } from './plan';
import { referredIds, resourcesOf, type Template } from './template';

/** What requests go through, or what answers them. */
const SERVING = [
  'AWS::EC2::Instance',
  'AWS::AutoScaling::AutoScalingGroup',
  'AWS::ECS::Service',
  'AWS::ElasticBeanstalk::Environment',
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  'AWS::Lambda::Function',
];

/** What stands between a security group or a role and what serves with it. */
const BETWEEN = ['AWS::EC2::LaunchTemplate', 'AWS::IAM::InstanceProfile', 'AWS::ECS::TaskDefinition'];

/** The resources that serve with a security group or a role, by logical id. */
export function usersOf(template: Template, id: string): string[] {
  const seen = new Set([id]);
  // A set yields what is added to it on the way.
  for (const each of seen)
    if (each === id || BETWEEN.includes(template.Resources?.[each]?.Type ?? ''))
      for (const [user, { Properties }] of resourcesOf(template)) if (referredIds(Properties).has(each)) seen.add(user);
  return [...seen].filter((each) => SERVING.includes(template.Resources?.[each]?.Type ?? ''));
}

/** Whether something that serves gives way to a successor, which comes later: it is replaced, removed, or rolled. */
export const isSucceeded = ({ changes }: Update, id: string): boolean =>
  changes.some((each) => each.id === id && (each.action !== 'update' || isRolled(each.type, each.properties)));

/** Whether an update in place starts new instances or tasks, or has functions start anew. */
const isRolled = (type: string, properties: readonly { readonly name: string }[]): boolean =>
  properties.some(({ name }) => ROLLED_BY[type]?.includes(name) === true);

const ROLLED_BY: Readonly<Record<string, readonly string[]>> = {
  'AWS::AutoScaling::AutoScalingGroup': ['LaunchTemplate', 'MixedInstancesPolicy', 'VPCZoneIdentifier'],
  'AWS::ECS::Service': ['TaskDefinition', 'NetworkConfiguration', 'LoadBalancers'],
  'AWS::ElasticBeanstalk::Environment': ['OptionSettings', 'VersionLabel', 'PlatformArn'],
};
