import { publishedVersions } from '../../../../tools/change/rules/published-versions';
import { changed, placesOf, ref } from '../changed';

const fn = (properties: object) => ({
  Function: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 1_024, ...properties } },
});
const version = { Type: 'AWS::Lambda::Version', Properties: { FunctionName: ref('Function') } };

test('a version of a function that has not changed, or only beside its versions, is refused', () => {
  const unchanged = changed({ ...fn({}), Version1: version }, { ...fn({}), Version2: version });
  const tagged = changed(
    { ...fn({}), Version1: version },
    { ...fn({ Tags: [{ Key: 'a', Value: 'b' }] }), Version2: version },
  );
  expect(placesOf(publishedVersions.find(unchanged))).toEqual(['Stack Version2']);
  expect(placesOf(publishedVersions.find(tagged))).toEqual(['Stack Version2']);
});

test('a version of changed settings, of changed code and of a new function is published', () => {
  const before = { ...fn({}), Version1: version };
  for (const properties of [{ MemorySize: 512 }, { Code: { S3Key: 'new.zip' } }])
    expect(publishedVersions.find(changed(before, { ...fn(properties), Version2: version }))).toEqual([]);
  expect(publishedVersions.find(changed({}, { ...fn({}), Version1: version }))).toEqual([]);
});
