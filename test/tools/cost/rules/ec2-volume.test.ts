import { lines } from '../priced';

const volume = (properties: object) => ({ It: { Type: 'AWS::EC2::Volume', Properties: properties } });

test('a volume is billed by the GB, and by the operations that it does not come with', () => {
  // 100 GB x 0.08 = 8.00; 1,000 IOPS above 3,000 x 0.005 = 5.00; 75 MiB/s above 125 x 0.04 = 3.00
  expect(lines('It', volume({ VolumeType: 'gp3', Size: 100, Iops: 4_000, Throughput: 200 }))).toEqual({
    'volume gp3': 8,
    'IOPS above 3,000': 5,
    'throughput above 125 MiB/s': 3,
  });
  // 100 GB x 0.125 = 12.50; 3,000 x 0.065 = 195.00
  expect(lines('It', volume({ VolumeType: 'io2', Size: 100, Iops: 3_000 }))).toEqual({
    'volume io2': 12.5,
    'provisioned IOPS': 195,
  });
});
