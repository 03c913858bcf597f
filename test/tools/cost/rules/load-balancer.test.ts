import { lines } from '../priced';

const balancer = (properties: object = {}) => ({
  It: {
    Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
    Properties: { Scheme: 'internet-facing', Subnets: ['a', 'b'], ...properties },
  },
});

test('a load balancer is billed by the hour, its capacity units, and its address in each zone', () => {
  // 730 h x 0.0225 = 16.425; 2 x 730 h x 0.005 = 7.30;
  // a million x (300 + 20) kB = 320 GB in the month, of which 730 units hold 1 GB an hour: 320 LCU-hours x 0.008 = 2.56;
  // 20 GB x 0.09 = 1.80
  expect(lines('It', balancer(), { requests: 1e6 })).toEqual({
    'load balancer': 16.43,
    'capacity units of the load balancer': 2.56,
    'public IPv4 addresses, one a zone': 7.3,
    'answers to the internet': 1.8,
  });
});

test('small requests take units by their connections: 25 new ones a second each', () => {
  // 131,400,000 requests are 50 a second, two units: 2 x 730 h x 0.008 = 11.68
  const small = { requests: 131_400_000, kbIn: 0, kbOut: 0.1, cpuMs: 1 };
  expect(lines('It', balancer(), small)).toMatchObject({ 'capacity units of the load balancer': 11.68 });
});

test('one that is internal has no public address, and nothing of it goes out to the internet', () => {
  expect(Object.keys(lines('It', balancer({ Scheme: 'internal' }), { requests: 1e6 }))).toEqual([
    'load balancer',
    'capacity units of the load balancer',
  ]);
});

test('a network load balancer has a unit of its own', () => {
  // 320 GB are 320 units of one hour: x 0.006 = 1.92
  expect(lines('It', balancer({ Type: 'network' }), { requests: 1e6 })).toMatchObject({
    'capacity units of the load balancer': 1.92,
  });
});
