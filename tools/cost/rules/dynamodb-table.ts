import { billedTable } from '../dynamodb-usage';
import type { Rule } from '../rule';
import { number, text } from '../template';

/** A table of one region: provisioned unless it says otherwise. */
export const dynamodbTable: Rule = {
  type: 'AWS::DynamoDB::Table',
  billed: (table, { load }) =>
    billedTable(load, {
      onDemand: text(table, 'BillingMode') === 'PAY_PER_REQUEST',
      readUnits: number(table, 'ProvisionedThroughput.ReadCapacityUnits') ?? 0,
      writeUnits: number(table, 'ProvisionedThroughput.WriteCapacityUnits') ?? 0,
    }),
};
