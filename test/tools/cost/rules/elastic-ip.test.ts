import { lines } from '../priced';

test('an address is billed by the hour, in use or not', () => {
  // 730 h x 0.005 = 3.65
  expect(lines('It', { It: { Type: 'AWS::EC2::EIP' } })).toEqual({ 'public IPv4 address': 3.65 });
});

test('answers of the instance that it belongs to go out through it', () => {
  const resources = {
    It: { Type: 'AWS::EC2::EIP' },
    Instance: { Type: 'AWS::EC2::Instance', Properties: { InstanceType: 't4g.micro' } },
    Association: {
      Type: 'AWS::EC2::EIPAssociation',
      Properties: { InstanceId: { Ref: 'Instance' }, AllocationId: { 'Fn::GetAtt': ['It', 'AllocationId'] } },
    },
  };
  // a million x 20 kB = 20 GB x 0.09 = 1.80
  expect(lines('It', resources, { requests: 1e6 })).toMatchObject({ 'answers to the internet': 1.8 });
});

test('answers go out through it where the instance takes the address by its own commands', () => {
  const associate = { 'Fn::Sub': 'aws ec2 associate-address --allocation-id ${It.AllocationId}' };
  const resources = {
    It: { Type: 'AWS::EC2::EIP' },
    Instance: {
      Type: 'AWS::EC2::Instance',
      Properties: { InstanceType: 't4g.micro', UserData: { 'Fn::Base64': associate } },
    },
  };
  // a million x 20 kB = 20 GB x 0.09 = 1.80
  expect(lines('It', resources, { requests: 1e6 })).toMatchObject({ 'answers to the internet': 1.8 });
});
