import { shiftedWeights } from '../../../../tools/change/rules/shifted-weights';
import { changed, placesOf, ref } from '../changed';

const rule = (path: string) => ({
  Type: 'AWS::ElasticLoadBalancingV2::ListenerRule',
  Properties: { Conditions: [{ Field: 'path-pattern', Values: [path] }] },
});
const service = (shifts: boolean, cpu = 256) => ({
  Type: 'AWS::ECS::Service',
  Properties: {
    TaskDefinition: cpu,
    LoadBalancers: [
      {
        TargetGroupArn: ref('Blue'),
        ...(shifts ? { AdvancedConfiguration: { ProductionListenerRule: ref('Rule') } } : {}),
      },
    ],
  },
});

test('a rule whose weights ECS moves is not updated, nor replaced, nor removed', () => {
  const before = { Rule: rule('/*'), Service: service(true) };
  const updated = changed(before, { Rule: rule('/thumbnails'), Service: service(true) });
  expect(placesOf(shiftedWeights.find(updated))).toEqual(['Stack Rule']);
  const removed = changed(before, { Service: service(true) });
  expect(placesOf(shiftedWeights.find(removed))).toEqual(['Stack Rule']);
});

test('a service that stops shifting may have its requests in the target group that it leaves', () => {
  const change = changed({ Rule: rule('/*'), Service: service(true) }, { Rule: rule('/*'), Service: service(false) });
  expect(placesOf(shiftedWeights.find(change))).toEqual(['Stack Service']);
});

test('a new version of the service, and a rule whose weights ECS does not move, are fine', () => {
  const before = { Rule: rule('/*'), Service: service(true) };
  expect(shiftedWeights.find(changed(before, { Rule: rule('/*'), Service: service(true, 512) }))).toEqual([]);
  const rolling = { Rule: rule('/*'), Service: service(false) };
  expect(shiftedWeights.find(changed(rolling, { Rule: rule('/thumbnails'), Service: service(false) }))).toEqual([]);
  expect(shiftedWeights.find(changed(rolling, { Rule: rule('/thumbnails'), Service: service(true) }))).toEqual([]);
});
