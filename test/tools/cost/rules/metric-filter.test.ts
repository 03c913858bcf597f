import { lines } from '../priced';

const filter = (more: object = {}) => ({
  It: { Type: 'AWS::Logs::MetricFilter', Properties: { MetricTransformations: [{ MetricName: 'Cold', ...more }] } },
});

test('the metric of a filter is billed in a month in which it reports', () => {
  expect(lines('It', filter(), { requests: 1 })).toEqual({ 'custom metric of the log': 0.3 });
  expect(lines('It', filter())).toEqual({ 'custom metric of the log': 0 });
  expect(lines('It', filter({ DefaultValue: 0 }))).toEqual({ 'custom metric of the log': 0.3 });
});
