import { lines } from '../priced';

test('provisioned concurrency of a version is billed as that of an alias', () => {
  const resources = {
    Fn: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 512 } },
    It: {
      Type: 'AWS::Lambda::Version',
      Properties: { FunctionName: { Ref: 'Fn' }, ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 } },
    },
  };
  // x86: 2 x 2,628,000 s x 0.5 GB x 0.0000041667 = 10.950
  expect(lines('It', resources)).toEqual({ 'provisioned concurrency': 10.95 });
});
