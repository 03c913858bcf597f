import type { Rule } from '../rule';
import { list, objects } from '../template';

/**
 * https://aws.amazon.com/cloudwatch/pricing/: a filter is free; its metric is a custom metric, in the hours in which it
 * reports. Without a default value it reports only what it finds, which is nothing while nothing is asked.
 */
export const metricFilter: Rule = {
  type: 'AWS::Logs::MetricFilter',
  billed(filter, { load }) {
    const transformations = objects(list(filter, 'MetricTransformations'));
    const reports = transformations.filter(
      (each) => load.requests > 0 || load.uploads > 0 || each['DefaultValue'] !== undefined,
    );
    return [{ what: 'custom metric of the log', quantity: reports.length, price: 'metric' }];
  },
};
