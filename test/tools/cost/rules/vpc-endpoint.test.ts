import { cost, lines } from '../priced';

const endpoint = (properties: object) => ({ It: { Type: 'AWS::EC2::VPCEndpoint', Properties: properties } });

test('an interface endpoint is billed by the hour and zone', () => {
  // 2 zones x 730 h x 0.01 = 14.60
  expect(lines('It', endpoint({ VpcEndpointType: 'Interface', SubnetIds: ['a', 'b'] }))).toEqual({
    'interface endpoint, each zone': 14.6,
  });
});

test('a gateway endpoint is free, and named so', () => {
  const { lines: billed, free } = cost(endpoint({ VpcEndpointType: 'Gateway' }));
  expect(billed).toEqual([]);
  expect(free.get('AWS::EC2::VPCEndpoint')).toBe(1);
});
