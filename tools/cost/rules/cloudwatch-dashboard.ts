import type { Rule } from '../rule';

/** https://aws.amazon.com/cloudwatch/pricing/: by the dashboard and month. */
export const cloudwatchDashboard: Rule = {
  type: 'AWS::CloudWatch::Dashboard',
  billed: () => [{ what: 'dashboard', quantity: 1, price: 'dashboard' }],
};
