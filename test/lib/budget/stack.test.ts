import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addBudgetStack } from '../../../lib/budget/options';
import { ConfigurationError } from '../../../lib/options/problems';
import { CDK_CONTEXT } from '../../../tools/cdk-json';
import { resources } from '../../synthesis';
import { snapshotOf } from '../../template';

const EMAIL = { 'alarms.email': 'me@example.com' };

const folder = mkdtempSync(path.join(tmpdir(), 'compute-budget-'));
afterAll(() => rmSync(folder, { recursive: true }));

function template(options: Readonly<Record<string, unknown>>): Template {
  const outdir = mkdtempSync(path.join(folder, 'assembly-'));
  const app = new App({ outdir, treeMetadata: false, analyticsReporting: false, context: CDK_CONTEXT });
  return Template.fromStack(addBudgetStack(app, options));
}

function problemsWith(options: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    template(options);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

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
