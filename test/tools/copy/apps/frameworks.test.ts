import { addStacks } from '../../../../tools/copy/apps/frameworks';
import { snapshotOf } from '../../../template';
import { resources, synthesise } from './synthesised';

const template = synthesise(addStacks);
const closed = synthesise((app) => addStacks(app, { access: { auth: 'iam' }, snapStart: true }));

test.each(Object.entries({ template, closed }))('snapshot: %s', (_, each) =>
  expect(snapshotOf(each.toJSON())).toMatchSnapshot(),
);

test('each framework has a function behind a URL, which answers every caller or asks for IAM credentials', () => {
  for (const [of, AuthType] of [
    [template, 'NONE'],
    [closed, 'AWS_IAM'],
  ] as const) {
    const urls = resources(of, 'AWS::Lambda::Url');
    expect(urls).toHaveLength(6);
    for (const { Properties } of urls) expect(Properties?.['AuthType']).toBe(AuthType);
  }
});

test('frameworks that can start from a snapshot do so where it is asked for', () => {
  const starts = (of: typeof template) =>
    resources(of, 'AWS::Lambda::Function').filter(({ Properties }) => Properties?.['SnapStart'] !== undefined);
  expect(starts(template)).toHaveLength(0);
  expect(starts(closed)).toHaveLength(4);
});

test('each function has alarms that notify a topic', () => {
  const alarms = resources(template, 'AWS::CloudWatch::Alarm');
  expect(alarms.length).toBeGreaterThanOrEqual(6);
  for (const { Properties } of alarms) expect(Properties?.['AlarmActions']).toHaveLength(1);
});
