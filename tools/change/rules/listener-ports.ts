import { twins } from '../coexistence';
import type { ChangeRule } from '../rule';

export const listenerPorts: ChangeRule = {
  name: 'listener ports',
  promise: 'A load balancer has one listener on a port at any time.',
  find: ({ updates }) =>
    updates.flatMap((update) =>
      twins(update, (type, { LoadBalancerArn, Port }) =>
        type === 'AWS::ElasticLoadBalancingV2::Listener' ? [LoadBalancerArn, Port] : undefined,
      ).map(({ created, standing }) => ({
        stack: update.stack,
        resource: created.id,
        problem: `is created while ${standing.id} still listens on port ${String(created.resource.Properties?.['Port'])}: "A listener already exists on this port" (aws/aws-cdk#34235)`,
      })),
    ),
};
