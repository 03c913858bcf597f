import { Match } from 'aws-cdk-lib/assertions';
import { addStacks } from '../../../../tools/copy/apps/beanstalk';
import { snapshotOf } from '../../../template';
import { openPorts, resources, synthesise } from './synthesised';

const template = synthesise(addStacks);
const single = synthesise((app) => addStacks(app, { scaling: undefined, deployment: 'all-at-once' }));

test.each(Object.entries({ template, single }))('snapshot: %s', (_, each) =>
  expect(snapshotOf(each.toJSON())).toMatchSnapshot(),
);

interface Setting {
  readonly Namespace: string;
  readonly OptionName: string;
  readonly Value: unknown;
}
const setting = (name: string): unknown =>
  (resources(template, 'AWS::ElasticBeanstalk::Environment')[0]?.Properties?.['OptionSettings'] as Setting[]).find(
    ({ OptionName }) => OptionName === name,
  )?.Value;

test('only port 80 is open', () => {
  for (const each of [template, single]) expect(openPorts(each)).toEqual([80]);
});

test('the environment asks /health, and reports enhanced health', () => {
  expect(setting('HealthCheckPath')).toBe('/health');
  expect(setting('SystemType')).toBe('enhanced');
});

test('the instance metadata service asks for a token', () => expect(setting('DisableIMDSv1')).toBe('true'));

test('the version is uploaded under a label of its content', () =>
  template.hasResourceProperties('Custom::BeanstalkVersion', { Label: Match.stringLikeRegexp('^node-[0-9a-f]{12}$') }));

test('alarms notify a topic', () => {
  for (const { Properties } of resources(template, 'AWS::CloudWatch::Alarm'))
    expect(Properties?.['AlarmActions']).toHaveLength(1);
  template.resourceCountIs('AWS::CloudWatch::Alarm', 3);
});
