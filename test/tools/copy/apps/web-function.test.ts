import { addStacks } from '../../../../tools/copy/apps/web-function';
import { snapshotOf } from '../../../template';
import { resources, synthesise } from './synthesised';

const template = synthesise(addStacks);
const closed = synthesise((app) => addStacks(app, { isPublic: false }));

test.each(Object.entries({ template, closed }))('snapshot: %s', (_, each) =>
  expect(snapshotOf(each.toJSON())).toMatchSnapshot(),
);

test('the endpoint answers every caller, or asks for IAM credentials', () => {
  const auth = (of: typeof template): string =>
    JSON.stringify(resources(of, 'AWS::Lambda::WebFunctionEndpoint').map(({ Properties }) => Properties));
  expect(auth(template)).toContain('ApplicationManaged');
  expect(auth(closed)).not.toContain('ApplicationManaged');
});

test('no bucket is public', () => {
  for (const { Properties } of resources(template, 'AWS::S3::Bucket'))
    expect(Properties?.['PublicAccessBlockConfiguration']).toMatchObject({ BlockPublicAcls: true });
});
