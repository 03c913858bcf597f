import type { Rule } from '../rule';
import { text } from '../template';
import { invocationsAMonth } from './lambda-function';

/** https://aws.amazon.com/eventbridge/pricing/: by the invocation; what is invoked bills its own. */
export const schedulerSchedule: Rule = {
  type: 'AWS::Scheduler::Schedule',
  billed: (schedule) => [
    {
      what: 'invocations by the schedule',
      quantity: invocationsAMonth(text(schedule, 'ScheduleExpression')),
      price: 'scheduler.invocation',
    },
  ],
};
