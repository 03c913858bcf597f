import { lines, SEOUL } from '../priced';

test('a table on demand is billed by its writes: two of each upload', () => {
  const resources = {
    It: { Type: 'AWS::DynamoDB::GlobalTable', Properties: { BillingMode: 'PAY_PER_REQUEST', Replicas: [{}] } },
  };
  // Seoul: 2 x a million x 0.68 a million = 1.36
  expect(lines('It', resources, { uploads: 1e6 }, { book: SEOUL })).toEqual({ writes: 1.36 });
});
