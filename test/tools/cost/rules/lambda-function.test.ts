import { cost, lines } from '../priced';

const fn = (properties: object = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { MemorySize: 1_024, Architectures: ['arm64'], ...properties },
});
const url = { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: { Ref: 'It' } } };

test('a function that serves requests is billed by them, and by memory and time', () => {
  // 2 million x 0.20 a million = 0.40; 2 million x 0.08 s x 1 GB = 160,000 GB-s x 0.0000133334 = 2.133
  expect(lines('It', { It: fn(), Url: url }, { requests: 2e6, ms: 80 })).toEqual({
    'invocations (requests)': 0.4,
    'memory and time (requests)': 2.13,
  });
  // x86: 160,000 x 0.0000166667 = 2.667
  expect(lines('It', { It: fn({ Architectures: ['x86_64'] }), Url: url }, { requests: 2e6, ms: 80 })).toMatchObject({
    'memory and time (requests)': 2.67,
  });
});

test('without a time given, it takes as long as its share of a vCPU needs, and never less than one vCPU would', () => {
  // 60 ms of CPU at 1,024 of 1,769 MiB: 103.65, billed as 104 ms; a million of them: 104,000 GB-s x 0.0000133334
  expect(lines('It', { It: fn(), Url: url }, { requests: 1e6 })).toMatchObject({ 'memory and time (requests)': 1.39 });
  // 4,096 MiB: 60 ms x 4 GB = 240,000 GB-s
  expect(lines('It', { It: fn({ MemorySize: 4_096 }), Url: url }, { requests: 1e6 })).toMatchObject({
    'memory and time (requests)': 3.2,
  });
});

test('what no request comes to costs nothing between deployments, and is named free', () => {
  expect(cost({ It: fn() }, { requests: 2e6 }).free.get('AWS::Lambda::Function')).toBe(1);
});

test('/tmp is billed above 512 MB', () => {
  const roomy = fn({ EphemeralStorage: { Size: 10_240 } });
  // 2 million x 0.08 s x 9.5 GB = 1,520,000 GB-s x 0.0000000309 = 0.047
  expect(lines('It', { It: roomy, Url: url }, { requests: 2e6, ms: 80 })).toMatchObject({
    '/tmp above 512 MB (requests)': 0.05,
  });
});

test('traces are the first of each second and a twentieth of the rest', () => {
  const traced = fn({ TracingConfig: { Mode: 'Active' } });
  // 26,280,000 requests are ten a second: 1 + 0.05 x 9 = 1.45 a second x 2,628,000 s = 3,810,600 x 5 a million = 19.053
  expect(lines('It', { It: traced, Url: url }, { requests: 26_280_000 })).toMatchObject({ traces: 19.05 });
});

test('what finds a provisioned environment is billed at its own rate', () => {
  const alias = {
    Type: 'AWS::Lambda::Alias',
    Properties: { FunctionName: { Ref: 'It' }, ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 5 } },
  };
  // 131,400,000 requests of 80 ms are four at once on the mean, twelve at the peak: five twelfths find one.
  // 10,512,000 GB-s: 7/12 x 0.0000133334 = 81.761, 5/12 x 0.0000077778 = 34.067
  expect(lines('It', { It: fn(), Url: url, Alias: alias }, { requests: 131_400_000, ms: 80 })).toMatchObject({
    'memory and time (requests)': 81.76,
    'memory and time on provisioned (requests)': 34.07,
  });
});

test('as many run at once as the rate and the time say', () => {
  // 500 million in a month are 190.26 a second; x 0.08 s = 15.2 at once, three times that at the peak
  const [capacity] = cost({ It: fn(), Url: url }, { requests: 5e8, ms: 80 }).capacities;
  expect(capacity).toMatchObject({ unit: 'concurrent execution', peak: 46, quota: { needed: 46, byDefault: 1_000 } });
});

test('a schedule that keeps it warm is billed by its calls', () => {
  const schedule = {
    Type: 'AWS::Scheduler::Schedule',
    Properties: { ScheduleExpression: 'rate(5 minutes)', Target: { Arn: { Ref: 'It' } } },
  };
  // 8,760 calls a month: x 0.0000002, and 4 ms x 1 GB each: less than a cent of each
  const { lines: billed } = cost({ It: fn(), Warm: schedule });
  expect(billed.find(({ what }) => what === 'invocations (schedule)')?.quantity).toBe(8_760);
});
