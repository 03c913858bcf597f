import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeRulesCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { property, type Answer, type Request } from '../custom-resource';
import { SPREAD_MS, type Patiently } from '../patience';

/**
 * Looks where the requests of a service are before CloudFormation touches its listener rule. ECS moves the weights of the
 * rule between two target groups, and a template sends everything back to the first one, Blue. While Green has a part of
 * the requests, that would leave them without tasks (aws/containers-roadmap#2853).
 *
 * Where a service begins to shift, it waits as well: until IAM has spread the role that ECS moves the weights by.
 *
 * Properties: `Shifts`, whether the service shifts traffic; `Listener`, of the rule; `Blue`, the first target group. The
 * resource changes with them, and so whenever the template changes the rule of a service that shifts.
 *
 * @throws Error where another target group than Blue has requests, with what to do
 */
export async function shift(request: Request, patiently: Patiently): Promise<Answer> {
  const answer = { PhysicalResourceId: request.LogicalResourceId };
  // New beside a service that may have shifted already, and goes on to: its rule stays as it is.
  if (request.RequestType === 'Create' && property(request, 'Shifts') === 'true') return answer;
  const stands = request.RequestType === 'Update' ? request.OldResourceProperties : request.ResourceProperties;
  const [listener, blue] = [String(stands['Listener']), String(stands['Blue'])];
  const { Rules = [] } = await patiently(() =>
    new ElasticLoadBalancingV2Client().send(new DescribeRulesCommand({ ListenerArn: listener })),
  );
  const elsewhere = Rules.flatMap(({ Actions = [] }) => Actions)
    .flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? [])
    .filter(({ TargetGroupArn, Weight = 0 }) => Weight > 0 && TargetGroupArn !== blue)
    .map(({ TargetGroupArn = '', Weight = 0 }) => `${nameOf(TargetGroupArn)} has weight ${Weight}`);
  const begins = stands['Shifts'] === 'false' && property(request, 'Shifts') === 'true';
  if (elsewhere.length === 0 && begins) await sleep(SPREAD_MS);
  if (elsewhere.length === 0) return answer;
  throw new Error(
    `The listener rule can not be changed now: ${elsewhere.join(', ')}, and this change sends all requests to ` +
      `${nameOf(blue)}, which has no tasks. Nothing was changed. Deploy once more, by which ECS moves the requests to ` +
      'that group: aws ecs update-service --force-new-deployment with --cluster and --service from the outputs ' +
      'ClusterName and ServiceName. When that deployment is complete, make this change again.',
  );
}

/** `Blue-1A2B` of `arn:aws:elasticloadbalancing:…:targetgroup/Blue-1A2B/73e2d6bc24d8a067`. */
const nameOf = (targetGroupArn: string): string => targetGroupArn.split('/').at(-2) ?? targetGroupArn;
