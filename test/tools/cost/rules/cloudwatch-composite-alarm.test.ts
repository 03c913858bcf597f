import { lines } from '../priced';

test('a composite alarm is 0.50 a month', () => {
  expect(lines('It', { It: { Type: 'AWS::CloudWatch::CompositeAlarm' } })).toEqual({ 'composite alarm': 0.5 });
});
