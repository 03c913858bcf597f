import type { App } from 'aws-cdk-lib';
import { integer, type Values } from '../options/kinds';
import { readOwnOptions } from '../options/own-app';
import { ConfigurationError, type Rule } from '../options/problems';
import { sharedRows } from '../shared/options';
import { BudgetStack } from './stack';

/** What a user may set of the budget alarm. It has an app of its own: `npm run budget`. */
export const BUDGET_OPTIONS = {
  name: sharedRows.name,
  'alarms.email': { ...sharedRows['alarms.email'], meaning: 'who is notified' },
  'budget.usdPerMonth': integer({
    min: 1,
    max: 100_000,
    unit: 'USD a month',
    default: 50,
    meaning: 'what the whole account may cost; half of it, all of it and a forecast beyond it notify',
  }),
};

type BudgetValues = Values<typeof BUDGET_OPTIONS>;

const rules: readonly Rule<BudgetValues>[] = [
  {
    about: ['alarms.email'],
    problem: ({ alarms }) =>
      alarms.email === undefined
        ? 'a budget notifies an address; set it, such as -c alarms.email=me@example.com'
        : undefined,
  },
];

/**
 * Adds the stack with the budget alarm to its app.
 *
 * @param context all context; options of the compute options are passed over, which are not for this app
 * @throws ConfigurationError with everything that is wrong
 */
export function addBudgetStack(app: App, context: Readonly<Record<string, unknown>>): BudgetStack {
  const { values, problems } = readOwnOptions(BUDGET_OPTIONS, rules, 'budget', context);
  const { name, alarms, budget } = values;
  if (problems.length > 0 || alarms.email === undefined) throw new ConfigurationError(problems);
  return new BudgetStack(app, 'Budget', {
    usdPerMonth: budget.usdPerMonth,
    email: alarms.email,
    stackName: `${name}-budget`,
    description: `Notifies of an account that costs more than ${budget.usdPerMonth} USD a month`,
  });
}
