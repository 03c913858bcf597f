import { lines, SEOUL } from '../priced';

const gateway = { It: { Type: 'AWS::EC2::NatGateway' } };

test('a NAT gateway is billed by the hour, and by the GB that passes it', () => {
  // 730 h x 0.045 = 32.85; 10 GB x 0.045 = 0.45
  expect(lines('It', gateway, { natGb: 10 })).toEqual({ 'NAT gateway': 32.85, 'data through the NAT gateway': 0.45 });
  // Seoul: 730 h x 0.059 = 43.07
  expect(lines('It', gateway, {}, { book: SEOUL })).toMatchObject({ 'NAT gateway': 43.07 });
});
