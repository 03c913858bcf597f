import { lines } from '../priced';

test('a provisioned table is billed by the hour, a table on demand by its writes', () => {
  const table = (properties: object) => ({ It: { Type: 'AWS::DynamoDB::Table', Properties: properties } });
  // 5 x 730 h x 0.00065 = 2.373; 5 x 730 h x 0.00013 = 0.475
  expect(lines('It', table({ ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 } }))).toEqual({
    'write capacity': 2.37,
    'read capacity': 0.47,
  });
  // 2 x a million x 0.625 a million = 1.25
  expect(lines('It', table({ BillingMode: 'PAY_PER_REQUEST' }), { uploads: 1e6 })).toEqual({ writes: 1.25 });
});
