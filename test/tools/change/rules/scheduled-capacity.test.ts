import { scheduledCapacity } from '../../../../tools/change/rules/scheduled-capacity';
import { changed, placesOf, ref } from '../changed';

const group = (min: number, max = 4) => ({
  Type: 'AWS::AutoScaling::AutoScalingGroup',
  Properties: { MinSize: String(min), MaxSize: String(max) },
});
const night = (min: number) => ({
  Type: 'AWS::AutoScaling::ScheduledAction',
  Properties: { AutoScalingGroupName: ref('Group'), MinSize: min, MaxSize: min },
});

test('a group that loses its schedule keeps the size of the night', () => {
  const change = changed({ Group: group(2), Night: night(1) }, { Group: group(2) });
  expect(placesOf(scheduledCapacity.find(change))).toEqual(['Stack Group']);
});

test('a deployment does not set a group below what its schedule has set', () => {
  const change = changed({ Group: group(3), Day: night(3) }, { Group: group(1), Day: night(3) });
  expect(placesOf(scheduledCapacity.find(change))).toEqual(['Stack Group']);
});

test('a service that scaling moves states no number of tasks', () => {
  const service = (cpu: number) => ({
    Type: 'AWS::ECS::Service',
    Properties: { DesiredCount: 1, TaskDefinition: cpu },
  });
  const target = {
    Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
    Properties: { ResourceId: { 'Fn::Join': ['/', ['service', ref('Service')]] } },
  };
  const scaled = changed({ Service: service(256), Target: target }, { Service: service(512), Target: target });
  expect(placesOf(scheduledCapacity.find(scaled))).toEqual(['Stack Service']);
  expect(scheduledCapacity.find(changed({ Service: service(256) }, { Service: service(512) }))).toEqual([]);
});

test('a group that loses its schedule and gets another size, and one that gets a schedule, are set', () => {
  expect(scheduledCapacity.find(changed({ Group: group(2), Night: night(1) }, { Group: group(2, 5) }))).toEqual([]);
  expect(scheduledCapacity.find(changed({ Group: group(2) }, { Group: group(2), Night: night(1) }))).toEqual([]);
  expect(
    scheduledCapacity.find(changed({ Group: group(2), Night: night(1) }, { Group: group(3), Night: night(1) })),
  ).toEqual([]);
});
