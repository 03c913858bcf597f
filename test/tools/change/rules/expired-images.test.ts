import { expiredImages } from '../../../../tools/change/rules/expired-images';
import { changed, placesOf } from '../changed';

const rule = (tagStatus: string, countType: string) => ({ selection: { tagStatus, countType, countNumber: 10 } });
const repository = (...rules: object[]) => ({
  Repository: {
    Type: 'AWS::ECR::Repository',
    Properties: { LifecyclePolicy: { LifecyclePolicyText: JSON.stringify({ rules }) } },
  },
});
const image = (tag: string) => ({ Image: { Type: 'Custom::RepositoryImage', Properties: { Tag: tag } } });

test('an image with a tag is not expired by the number of newer ones', () => {
  const counted = repository(rule('tagged', 'imageCountMoreThan'));
  const anyTag = repository(rule('any', 'imageCountMoreThan'));
  expect(placesOf(expiredImages.find(changed({ ...counted, ...image('1') }, { ...counted, ...image('2') })))).toEqual([
    'Stack Repository',
  ]);
  expect(placesOf(expiredImages.find(changed(anyTag, { ...anyTag, ...image('1') })))).toEqual(['Stack Repository']);
});

test('images without a tag may be counted, and those with one go some days after their last pull', () => {
  const kept = repository(rule('untagged', 'imageCountMoreThan'), rule('tagged', 'sinceImagePulled'));
  expect(expiredImages.find(changed({ ...kept, ...image('1') }, { ...kept, ...image('2') }))).toEqual([]);
});

test('a change that brings no image expires none', () => {
  const counted = repository(rule('tagged', 'imageCountMoreThan'));
  const topic = { Topic: { Type: 'AWS::SNS::Topic' } };
  expect(expiredImages.find(changed({ ...counted, ...image('1') }, { ...counted, ...image('1'), ...topic }))).toEqual(
    [],
  );
});
