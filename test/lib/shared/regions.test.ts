import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isOffered, LACKING } from '../../../lib/shared/regions';

test('without a region nothing is missing, since it is not known yet', () => {
  for (const what of ['functionUrls', 'webFunctions', 'beanstalk', 'codeBuild'] as const)
    expect(isOffered(what, undefined)).toBe(true);
});

test.each([
  ['functionUrls', 'eu-central-1', true],
  ['functionUrls', 'cn-north-1', false],
  ['webFunctions', 'us-east-1', true],
  ['webFunctions', 'us-gov-west-1', false],
  ['beanstalk', 'cn-north-1', true],
  ['beanstalk', 'us-gov-west-1', true],
  ['beanstalk', 'us-isof-south-1', false],
  ['codeBuild', 'us-iso-east-1', true],
  ['codeBuild', 'eusc-de-east-1', false],
] as const)('%s in %s: %s', (what, region, is) => {
  expect(isOffered(what, region)).toBe(is);
});

test.each([
  ['functionUrls', 'lambda'],
  ['webFunctions', 'web-function'],
  ['beanstalk', 'beanstalk'],
  ['codeBuild', 'ecs'],
] as const)('the regions without %s are on the page %s', (what, page) => {
  const text = readFileSync(path.join(__dirname, '..', '..', '..', 'docs', `${page}.md`), 'utf8');
  const paragraph = text.split('\n').filter((line) => LACKING[what].regions.every((region) => line.includes(region)));
  expect(paragraph).toHaveLength(1);
});
