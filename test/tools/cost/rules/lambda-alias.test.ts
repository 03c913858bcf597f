import { cost, lines, SEOUL } from '../priced';

const fn = { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 1_024, Architectures: ['arm64'] } };
const alias = (count: number) => ({
  Type: 'AWS::Lambda::Alias',
  Properties: { FunctionName: { Ref: 'Fn' }, ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: count } },
});

test('provisioned concurrency is billed by memory and time, asked or not', () => {
  // 3 x 2,628,000 s x 1 GB x 0.0000033334 = 26.281
  expect(lines('It', { Fn: fn, It: alias(3) })).toEqual({ 'provisioned concurrency': 26.28 });
  // Seoul, x86: 1 x 2,628,000 s x 1 GB x 0.0000051254 = 13.470
  const x86 = { ...fn, Properties: { ...fn.Properties, Architectures: ['x86_64'] } };
  expect(lines('It', { Fn: x86, It: alias(1) }, {}, { book: SEOUL })).toEqual({ 'provisioned concurrency': 13.47 });
});

test('a schedule for it takes the place of what the alias says', () => {
  const target = {
    Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
    Properties: {
      ResourceId: { Ref: 'It' },
      ScalableDimension: 'lambda:function:ProvisionedConcurrency',
      MinCapacity: 3,
      ScheduledActions: [
        { Schedule: 'cron(0 7 * * ? *)', ScalableTargetAction: { MinCapacity: 3 } },
        { Schedule: 'cron(0 23 * * ? *)', ScalableTargetAction: { MinCapacity: 0 } },
      ],
    },
  };
  // 16 of 24 hours three: two on the mean: 2 x 2,628,000 x 0.0000033334 = 17.520
  expect(lines('It', { Fn: fn, It: alias(0), Target: target })).toEqual({ 'provisioned concurrency': 17.52 });
});

test('an alias without it is free', () => {
  expect(cost({ Fn: fn, It: alias(0) }).free.get('AWS::Lambda::Alias')).toBe(1);
});
