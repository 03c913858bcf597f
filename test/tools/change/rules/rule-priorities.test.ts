import { rulePriorities } from '../../../../tools/change/rules/rule-priorities';
import { changed, placesOf, ref } from '../changed';

const listener = { Listener: { Type: 'AWS::ElasticLoadBalancingV2::Listener', Properties: { Port: 80 } } };
const rule = (priority: number) => ({
  Type: 'AWS::ElasticLoadBalancingV2::ListenerRule',
  Properties: { ListenerArn: ref('Listener'), Priority: priority },
});

test('a rule with another logical id and the same priority is created while the old one stands', () => {
  const change = changed({ ...listener, Rule: rule(1) }, { ...listener, Other: rule(1) });
  expect(placesOf(rulePriorities.find(change))).toEqual(['Stack Other']);
});

test('a rule of another priority may join', () => {
  const change = changed({ ...listener, Rule: rule(1) }, { ...listener, Rule: rule(1), Other: rule(2) });
  expect(rulePriorities.find(change)).toEqual([]);
});
