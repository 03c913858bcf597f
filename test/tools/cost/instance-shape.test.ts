import { instanceShape } from '../../../tools/cost/instance-shape';

test.each([
  ['t4g.small', 2],
  ['t4g.large', 2],
  ['m7g.medium', 1],
  ['m7g.large', 2],
  ['m7g.xlarge', 4],
  ['m7g.16xlarge', 64],
  ['c7g.xlarge', 4],
  ['r7g.16xlarge', 64],
  ['m7i.large', 2],
])('%s has %d vCPUs, by its name', (type, vcpus) => {
  expect(instanceShape(type)?.vcpus).toBe(vcpus);
});

test('burstable ones have the baseline of their size', () => {
  expect(instanceShape('t4g.micro')).toEqual({ vcpus: 2, baselineVcpus: 0.2 });
  expect(instanceShape('t3.small')).toEqual({ vcpus: 2, baselineVcpus: 0.4 });
  expect(instanceShape('c7g.2xlarge')).toEqual({ vcpus: 8 });
});

test('of a name that tells nothing, nothing is made up', () => {
  expect([instanceShape('mac2.metal'), instanceShape('t4g.huge'), instanceShape('')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
