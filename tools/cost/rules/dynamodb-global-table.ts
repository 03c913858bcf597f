import { billedTable } from '../dynamodb-usage';
import type { Rule } from '../rule';
import { list, number, text } from '../template';

/** What CDK's `TableV2` is, with one replica in most cases; each replica more bills every write again. */
export const dynamodbGlobalTable: Rule = {
  type: 'AWS::DynamoDB::GlobalTable',
  billed(table, { load }) {
    const replicas = Math.max(1, list(table, 'Replicas').length);
    return Array.from({ length: replicas }).flatMap(() =>
      billedTable(load, {
        onDemand: text(table, 'BillingMode') === 'PAY_PER_REQUEST',
        readUnits: number(table, 'ReadProvisionedThroughputSettings.ReadCapacityUnits') ?? 0,
        writeUnits:
          number(table, 'WriteProvisionedThroughputSettings.WriteCapacityAutoScalingSettings.MinCapacity') ?? 0,
      }),
    );
  },
};
