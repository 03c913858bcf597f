import { processors } from '../../../../tools/change/rules/processors';
import { changed, placesOf, ref } from '../changed';

const group = (template: string) => ({
  Type: 'AWS::AutoScaling::AutoScalingGroup',
  Properties: { LaunchTemplate: { LaunchTemplateName: template } },
});
const tasks = (processor: string, task = 'Task') => ({
  [task]: { Type: 'AWS::ECS::TaskDefinition', Properties: { RuntimePlatform: { CpuArchitecture: processor } } },
  Service: { Type: 'AWS::ECS::Service', Properties: { TaskDefinition: ref(task) } },
});

test('a group whose instances get another processor leaves the tasks of the old one nowhere to go', () => {
  const change = changed(
    { Group: group('arm64'), ...tasks('ARM64') },
    { Group: group('x64'), ...tasks('X86_64', 'Other') },
  );
  expect(placesOf(processors.find(change))).toEqual(['Stack Group']);
});

test('a group of the new processor beside the old one, and a larger type of the same, are fine', () => {
  const before = { Arm: group('arm64'), ...tasks('ARM64') };
  expect(processors.find(changed(before, { Arm: group('arm64'), X86: group('x64'), ...tasks('X86_64') }))).toEqual([]);
  expect(processors.find(changed(before, { Arm: group('arm64-large'), ...tasks('ARM64') }))).toEqual([]);
});
