import { lines } from '../priced';

test('a schedule is billed by its invocations, of which 14 million are free in the free tier', () => {
  const resources = { It: { Type: 'AWS::Scheduler::Schedule', Properties: { ScheduleExpression: 'rate(1 minute)' } } };
  // 43,800 x 1.00 a million = 0.044
  expect(lines('It', resources)).toEqual({ 'invocations by the schedule': 0.04 });
  expect(lines('It', resources, {}, { freeTier: true })).toEqual({ 'invocations by the schedule': 0 });
});

test('a schedule that deletes a stack, or is for one time, is billed once', () => {
  const schedule = (ScheduleExpression: string, Arn: unknown) => ({
    It: { Type: 'AWS::Scheduler::Schedule', Properties: { ScheduleExpression, Target: { Arn } } },
  });
  const arn = {
    'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':scheduler:::aws-sdk:cloudformation:deleteStack']],
  };
  // 1 x 1.00 a million
  for (const resources of [schedule('rate(1 minute)', arn), schedule('at(2026-12-24T18:00:00)', 'arn:aws:sqs:::it')])
    expect(lines('It', resources)).toEqual({ 'invocations by the schedule': 0 });
  expect(lines('It', schedule('rate(1 minute)', 'arn:aws:sqs:::it'))).toEqual({ 'invocations by the schedule': 0.04 });
});
