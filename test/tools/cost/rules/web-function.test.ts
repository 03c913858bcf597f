import { cost, lines, SEOUL } from '../priced';

const fn = { It: { Type: 'AWS::Lambda::WebFunction' } };

test('a Web Function has no known rate: it is named, with what to give', () => {
  const { gaps } = cost(fn, { requests: 2.628e6 });
  expect(gaps.map(({ why }) => why)).toEqual([
    'requests: no price is known in us-east-1 of webFunction.request; give it with --rate webFunction.request=USD',
    'busy vCPU: no price is known in us-east-1 of webFunction.vcpuSecond; give it with --rate webFunction.vcpuSecond=USD',
    'memory: no price is known in us-east-1 of webFunction.gbSecond; give it with --rate webFunction.gbSecond=USD',
  ]);
});

test('with rates it is priced by busy CPU, memory and request', () => {
  const rates = new Map([
    ['webFunction.request', 0.0000002],
    ['webFunction.vcpuSecond', 0.00003],
    ['webFunction.gbSecond', 0.000003],
  ]);
  // one request a second of 60 ms: 0.06 vCPU x 2,628,000 s = 157,680 x 0.00003 = 4.730;
  // 0.06 / (2 x 60 %) = 0.05 environments x 2 GB x 2,628,000 s = 262,800 x 0.000003 = 0.788; 2,628,000 x 0.0000002 = 0.526
  expect(lines('It', fn, { requests: 2.628e6 }, { book: SEOUL.with(rates) })).toEqual({
    requests: 0.53,
    'busy vCPU': 4.73,
    memory: 0.79,
  });
});

test('a second endpoint of the function, such as one to test by, brings it no more requests', () => {
  const endpoint = { Type: 'AWS::Lambda::WebFunctionEndpoint', Properties: { FunctionName: { Ref: 'It' } } };
  const book = SEOUL.with(new Map([['webFunction.request', 0.0000002]]));
  const priced = (resources: Parameters<typeof lines>[1]) => lines('It', resources, { requests: 1e7 }, { book });
  expect(priced({ ...fn, Live: endpoint, Candidate: endpoint })).toEqual(priced({ ...fn, Live: endpoint }));
  expect(priced(fn)).toMatchObject({ requests: 2 });
});
