import type { Rule } from '../rule';
import { list, number, objects, property } from '../template';

/** https://aws.amazon.com/cloudwatch/pricing/: by the metric that it looks at; every ten or thirty seconds is dearer. */
export const cloudwatchAlarm: Rule = {
  type: 'AWS::CloudWatch::Alarm',
  billed(alarm) {
    const metrics = objects(list(alarm, 'Metrics')).filter((metric) => metric['MetricStat'] !== undefined);
    const period =
      number(alarm, 'Period') ?? Math.min(60, ...metrics.map((each) => number(each, 'MetricStat.Period') ?? 60));
    const quantity = property(alarm, 'Metrics') === undefined ? 1 : metrics.length;
    return [{ what: 'alarm, each metric', quantity, price: period < 60 ? 'alarm.highResolution' : 'alarm' }];
  },
};
