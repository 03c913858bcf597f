import { addStacks } from '../../../../tools/copy/apps/lambda-image';
import { snapshotOf } from '../../../template';
import { resources, synthesise } from './synthesised';

const template = synthesise(addStacks);
const closed = synthesise((app) => addStacks(app, { access: { auth: 'iam' } }));

test.each(Object.entries({ template, closed }))('snapshot: %s', (_, each) =>
  expect(snapshotOf(each.toJSON())).toMatchSnapshot(),
);

test('the function runs an image for the processor that it has', () => {
  for (const { Properties } of resources(template, 'AWS::Lambda::Function'))
    expect(Properties).toMatchObject({ PackageType: 'Image', Architectures: ['arm64'] });
});

test('the function URL answers every caller, or asks for IAM credentials', () => {
  const auth = (of: typeof template): unknown[] =>
    resources(of, 'AWS::Lambda::Url').map(({ Properties }) => Properties?.['AuthType'] as unknown);
  expect(auth(template)).toEqual(['NONE']);
  expect(auth(closed)).toEqual(['AWS_IAM']);
});
