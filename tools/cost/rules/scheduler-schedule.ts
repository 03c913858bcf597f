import type { Rule } from '../rule';
import { property, text, type Resource } from '../template';
import { invocationsAMonth } from './lambda-function';

/** https://aws.amazon.com/eventbridge/pricing/: by the invocation; what is invoked bills its own. */
export const schedulerSchedule: Rule = {
  type: 'AWS::Scheduler::Schedule',
  billed: (schedule) => [
    {
      what: 'invocations by the schedule',
      quantity: isLast(schedule) ? 1 : invocationsAMonth(text(schedule, 'ScheduleExpression')),
      price: 'scheduler.invocation',
    },
  ],
};

/** Whether its first invocation is its last: that of a time, and the deletion of a stack. */
const isLast = (schedule: Resource): boolean =>
  text(schedule, 'ScheduleExpression')?.startsWith('at(') === true ||
  JSON.stringify(property(schedule, 'Target.Arn') ?? '').includes(':aws-sdk:cloudformation:deleteStack');
