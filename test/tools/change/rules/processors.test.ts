import { processors } from '../../../../tools/change/rules/processors';
import { changed, getAtt, placesOf, ref } from '../changed';

const group = (image: string, type = 't4g.small') => ({
  Template: {
    Type: 'AWS::EC2::LaunchTemplate',
    Properties: { LaunchTemplateData: { ImageId: ref(image), InstanceType: type } },
  },
  Group: {
    Type: 'AWS::AutoScaling::AutoScalingGroup',
    Properties: {
      LaunchTemplate: { LaunchTemplateId: ref('Template'), Version: getAtt('Template', 'LatestVersionNumber') },
    },
  },
});
const [ARM64, X64] = ['amazonlinux2023arm64Parameter', 'amazonlinux2023Parameter'];
const service = { Service: { Type: 'AWS::ECS::Service' } };

test('a group whose instances get another processor leaves the tasks of the old one nowhere to go', () => {
  const there = changed({ ...group(ARM64), ...service }, { ...group(X64), ...service });
  const back = changed({ ...group(X64), ...service }, { ...group(ARM64), ...service });
  expect(placesOf([...processors.find(there), ...processors.find(back)])).toEqual(['Stack Group', 'Stack Group']);
});

test('a larger type of the same processor, a group beside the old one, and a group without tasks are fine', () => {
  const larger = changed({ ...group(ARM64), ...service }, { ...group(ARM64, 't4g.medium'), ...service });
  const other = { OtherTemplate: group(X64).Template, Other: group(X64).Group };
  const beside = changed({ ...group(ARM64), ...service }, { ...other, ...service });
  const alone = changed(group(ARM64), group(X64));
  expect([larger, beside, alone].flatMap(processors.find)).toEqual([]);
});
