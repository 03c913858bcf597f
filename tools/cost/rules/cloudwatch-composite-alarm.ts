import type { Rule } from '../rule';

/** https://aws.amazon.com/cloudwatch/pricing/: by the alarm, whatever it looks at. */
export const cloudwatchCompositeAlarm: Rule = {
  type: 'AWS::CloudWatch::CompositeAlarm',
  billed: () => [{ what: 'composite alarm', quantity: 1, price: 'alarm.composite' }],
};
