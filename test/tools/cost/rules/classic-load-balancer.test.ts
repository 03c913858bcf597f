import { lines } from '../priced';

test('a Classic Load Balancer is billed by the hour and the GB', () => {
  const resources = { It: { Type: 'AWS::ElasticLoadBalancing::LoadBalancer', Properties: { Subnets: ['a', 'b'] } } };
  // 730 h x 0.025 = 18.25; 320 GB x 0.008 = 2.56
  expect(lines('It', resources, { requests: 1e6 })).toMatchObject({
    'load balancer': 18.25,
    'data through the load balancer': 2.56,
  });
});
