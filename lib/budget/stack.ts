import { Stack, type StackProps } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { Construct } from 'constructs';

/** What is notified of: how much of the budget is spent, or will be by the end of the month, in percent. */
const NOTIFICATIONS = [
  { notificationType: 'ACTUAL', threshold: 50 },
  { notificationType: 'ACTUAL', threshold: 100 },
  { notificationType: 'FORECASTED', threshold: 100 },
] as const;

export interface BudgetStackProps extends StackProps {
  /** What the account may cost, in USD a month. */
  readonly usdPerMonth: number;
  /** E-mail address that is notified. */
  readonly email: string;
}

/** Notifies when the account costs more than it should. A notification stops nothing. */
export class BudgetStack extends Stack {
  constructor(scope: Construct, id: string, { usdPerMonth, email, ...props }: BudgetStackProps) {
    super(scope, id, props);

    // Without a name: where notifications change, CloudFormation makes another budget before it deletes this one.
    new CfnBudget(this, 'Budget', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: usdPerMonth, unit: 'USD' },
        // What credits pay counts, which would otherwise hide the costs until they are used up.
        costTypes: { includeCredit: false, includeRefund: false },
      },
      notificationsWithSubscribers: NOTIFICATIONS.map((notification) => ({
        notification: { ...notification, comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE' },
        subscribers: [{ subscriptionType: 'EMAIL', address: email }],
      })),
    });
  }
}
