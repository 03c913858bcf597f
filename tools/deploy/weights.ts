import { DescribeRulesCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Finding } from '../change/rules';
import { productionRules } from '../change/rules/shifted-weights';
import { at, list, referredIds, type Template } from '../change/template';
import type { Where } from './account';
import { physicalIds, type StandingStack } from './standing';

/** Where a listener rule sends its requests: a target group, by its logical id, and the share of it in per cent. */
export type Weights = ReadonlyMap<string, number>;

/** What ECS has made of the weights of a listener rule. */
export interface Shift {
  readonly rule: string;
  readonly declared: Weights;
  readonly now: Weights;
}

/**
 * Where the listener rules that ECS shifts send requests right now, and where the template of the stack has them sent. A
 * deployment that touches such a rule sets it back to the template (aws/containers-roadmap#2853).
 */
export async function shiftsOf(
  { stackName, template }: StandingStack,
  where: Where,
  interrupted: AbortSignal,
): Promise<Shift[]> {
  const rules = Object.values(template.Resources ?? {})
    .filter(({ Type }) => Type === 'AWS::ECS::Service')
    .flatMap(productionRules);
  if (rules.length === 0) return [];
  const ids = await physicalIds(stackName, where, interrupted);
  const client = new ElasticLoadBalancingV2Client(where);
  return Promise.all(
    rules.map(async (rule) => {
      const { Rules = [] } = await client.send(new DescribeRulesCommand({ RuleArns: [ids.get(rule) ?? ''] }), {
        abortSignal: interrupted,
      });
      const logical = new Map([...ids].map(([id, physical]) => [physical, id]));
      const now = Rules.flatMap(({ Actions = [] }) =>
        Actions.flatMap((action) => action.ForwardConfig?.TargetGroups ?? []),
      );
      return {
        rule,
        declared: declaredWeights(template, rule),
        now: shares(
          now.map(({ TargetGroupArn = '', Weight = 0 }) => [logical.get(TargetGroupArn) ?? TargetGroupArn, Weight]),
        ),
      };
    }),
  );
}

function declaredWeights(template: Template, rule: string): Weights {
  const actions = list(at(template.Resources?.[rule]?.Properties, 'Actions'));
  const groups = actions.flatMap((action) => list(at(action, 'ForwardConfig.TargetGroups')));
  return shares(
    groups.map((group) => [[...referredIds(at(group, 'TargetGroupArn'))][0] ?? '', Number(at(group, 'Weight') ?? 1)]),
  );
}

function shares(weights: readonly (readonly [string, number])[]): Weights {
  const sum = weights.reduce((total, [, weight]) => total + weight, 0);
  return new Map(
    weights.filter(([, weight]) => weight > 0).map(([id, weight]) => [id, Math.round((weight / sum) * 100)]),
  );
}

/** Whether the requests go where the template sends them, so that a deployment may touch the rule. */
export const isAsDeclared = ({ declared, now }: Shift): boolean =>
  declared.size === now.size && [...declared].every(([id, share]) => now.get(id) === share);

/** A fault that the weights of now make none, or in words that say what they are. */
export function judge(fault: Finding, stack: StandingStack, shifts: readonly Shift[]): Finding | undefined {
  const service = stack.template.Resources?.[fault.resource];
  const rules = service?.Type === 'AWS::ECS::Service' ? productionRules(service) : [fault.resource];
  const meant = shifts.filter(({ rule }) => rules.includes(rule));
  if (meant.length > 0 && meant.every(isAsDeclared)) return undefined;
  const now = meant.map(
    (shift) => `${shift.rule} sends ${inWords(shift.now)}, and the template ${inWords(shift.declared)}`,
  );
  return {
    ...fault,
    problem: `${fault.problem}. Right now ${now.join('; ') || 'the weights could not be read'}. Deploy once more as it is (aws ecs update-service --force-new-deployment) so that the requests are where the template has them, then make this change`,
  };
}

const inWords = (weights: Weights): string =>
  [...weights].map(([id, share]) => `${share} % to ${id}`).join(' and ') || 'nothing anywhere';
