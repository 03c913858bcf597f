import { lines } from '../priced';

const alarm = (properties: object) => ({ It: { Type: 'AWS::CloudWatch::Alarm', Properties: properties } });

test('an alarm is billed by each metric that it looks at, and more where it looks every ten seconds', () => {
  expect(lines('It', alarm({ MetricName: 'Errors', Period: 300 }))).toEqual({ 'alarm, each metric': 0.1 });
  const metric = (Id: string) => ({ Id, MetricStat: { Period: 3_600 } });
  expect(lines('It', alarm({ Metrics: [{ Expression: 'a / b' }, metric('a'), metric('b')] }))).toEqual({
    'alarm, each metric': 0.2,
  });
  expect(lines('It', alarm({ MetricName: 'Errors', Period: 10 }))).toEqual({ 'alarm, each metric': 0.3 });
});

test('ten are free in the free tier', () => {
  expect(lines('It', alarm({ MetricName: 'Errors' }), {}, { freeTier: true })).toEqual({ 'alarm, each metric': 0 });
});
