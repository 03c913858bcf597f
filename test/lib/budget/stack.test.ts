import { Template } from 'aws-cdk-lib/assertions';
import { addBudgetStack } from '../../../lib/budget/options';
import { ownApp } from '../../own-app';
import { resources } from '../../synthesis';
import { snapshotOf } from '../../template';

const EMAIL = { 'alarms.email': 'me@example.com' };

const { stack, problemsWith } = ownApp(addBudgetStack);
const template = (options: Readonly<Record<string, unknown>>): Template => Template.fromStack(stack(options));

const budgetOf = (options: Readonly<Record<string, unknown>>) => {
  const [budget, ...more] = resources(template(options), 'AWS::Budgets::Budget');
  expect(more).toEqual([]);
  return budget?.Properties;
};

test('snapshot', () => expect(snapshotOf(template(EMAIL).toJSON())).toMatchSnapshot());

test('the address is notified of half the budget, of all of it, and of a forecast beyond it', () => {
  expect(budgetOf({ ...EMAIL, 'budget.usdPerMonth': '20' })).toMatchObject({
    Budget: { BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: 20, Unit: 'USD' } },
    NotificationsWithSubscribers: [
      ['ACTUAL', 50],
      ['ACTUAL', 100],
      ['FORECASTED', 100],
    ].map(([NotificationType, Threshold]) => ({
      Notification: { NotificationType, Threshold, ThresholdType: 'PERCENTAGE', ComparisonOperator: 'GREATER_THAN' },
      Subscribers: [{ SubscriptionType: 'EMAIL', Address: 'me@example.com' }],
    })),
  });
});

test('the costs of the whole account count, also those that credits pay', () => {
  const { Budget } = budgetOf(EMAIL) as { Budget: Readonly<Record<string, unknown>> };
  expect(Budget['CostFilters']).toBeUndefined();
  expect(Budget['CostTypes']).toEqual({ IncludeCredit: false, IncludeRefund: false });
});

test('another address replaces the budget, which has no name that could stand in the way', () => {
  const { Budget } = budgetOf(EMAIL) as { Budget: Readonly<Record<string, unknown>> };
  expect(Budget['BudgetName']).toBeUndefined();
});

test('without an address, or with a budget that is none, it is refused with what to do', () => {
  expect(problemsWith({})).toEqual([expect.stringContaining('set it, such as -c alarms.email=me@example.com')]);
  expect(problemsWith({ ...EMAIL, 'budget.usdPerMonth': '0' })).toEqual([
    expect.stringMatching(/budget\.usdPerMonth.*1 to 100,000/),
  ]);
  expect(problemsWith({ ...EMAIL, 'budget.usd': '10' })).toEqual([expect.stringContaining('budget.usd')]);
});

test('options of the compute options are passed over', () => {
  expect(problemsWith({ ...EMAIL, preset: 'production', 'ec2.plan': 'spot' })).toEqual([]);
});
