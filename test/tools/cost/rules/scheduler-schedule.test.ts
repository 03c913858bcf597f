import { lines } from '../priced';

test('a schedule is billed by its invocations, of which 14 million are free in the free tier', () => {
  const resources = { It: { Type: 'AWS::Scheduler::Schedule', Properties: { ScheduleExpression: 'rate(1 minute)' } } };
  // 43,800 x 1.00 a million = 0.044
  expect(lines('It', resources)).toEqual({ 'invocations by the schedule': 0.04 });
  expect(lines('It', resources, {}, { freeTier: true })).toEqual({ 'invocations by the schedule': 0 });
});
