import { emptyTargetGroups } from '../../../../tools/change/rules/empty-target-groups';
import { changed, placesOf, ref } from '../changed';

const group = (port = 80) => ({ Type: 'AWS::ElasticLoadBalancingV2::TargetGroup', Properties: { Port: port } });
const rule = (...groups: string[]) => ({
  Type: 'AWS::ElasticLoadBalancingV2::ListenerRule',
  Properties: { Actions: groups.map((each) => ({ Type: 'forward', TargetGroupArn: ref(each) })) },
});

test('a rule that goes over to a new target group, or whose only one is replaced, has no healthy target', () => {
  const before = { Blue: group(), Rule: rule('Blue') };
  const renamed = emptyTargetGroups.find(changed(before, { Other: group(), Rule: rule('Other') }));
  const replaced = emptyTargetGroups.find(changed(before, { Blue: group(8080), Rule: rule('Blue') }));
  expect(placesOf([...renamed, ...replaced])).toEqual(['Stack Rule', 'Stack Rule']);
});

test('a rule that gets a second target group keeps the first', () => {
  const after = { Blue: group(), Green: group(), Rule: rule('Blue', 'Green') };
  expect(emptyTargetGroups.find(changed({ Blue: group(), Rule: rule('Blue') }, after))).toEqual([]);
});
