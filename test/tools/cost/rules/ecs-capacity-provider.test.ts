import { cost, lines } from '../priced';

const provider = (types: readonly string[], subnets: readonly unknown[] = []) => ({
  It: {
    Type: 'AWS::ECS::CapacityProvider',
    Properties: {
      ManagedInstancesProvider: {
        InstanceLaunchTemplate: {
          InstanceRequirements: { AllowedInstanceTypes: types },
          StorageConfiguration: { StorageSizeGiB: 30 },
          NetworkConfiguration: { Subnets: subnets },
        },
      },
    },
  },
});

test('an instance of ECS Managed Instances is billed with a fee, whose rate is uncertain', () => {
  // 730 h x 0.0816 = 59.568; 12 % of it = 7.148; 30 GB x 0.08 = 2.40
  expect(lines('It', provider(['m7g.large']))).toEqual({
    'instance m7g.large': 59.57,
    'fee of management': 7.15,
    'volume gp3': 2.4,
  });
  const [, fee] = cost(provider(['m7g.large'])).lines;
  expect(fee?.sure).toBe('uncertain');
});

test('an instance in a public subnet is billed its address, whether the subnet is of its stack or of another', () => {
  const subnet = (isPublic: boolean) => ({
    Subnet: { Type: 'AWS::EC2::Subnet', Properties: { MapPublicIpOnLaunch: isPublic } },
  });
  const address = (resources: Parameters<typeof lines>[1]): number | undefined =>
    lines('It', resources)['public IPv4 address'];
  const own = [{ Ref: 'Subnet' }];
  // 730 h x 0.005
  expect(address({ ...provider(['m7g.large'], own), ...subnet(true) })).toBe(3.65);
  expect(address({ ...provider(['m7g.large'], own), ...subnet(false) })).toBeUndefined();
  const imported = (name: string) => [{ 'Fn::ImportValue': `compute-Network:ExportsOutputRefVpc${name}Subnet1` }];
  expect(address(provider(['m7g.large'], imported('Public')))).toBe(3.65);
  expect(address(provider(['m7g.large'], imported('Private')))).toBeUndefined();
});

test('where AWS picks among types, none is priced and that is said', () => {
  expect(cost(provider(['m7g.large', 'c7g.large'])).gaps[0]?.why).toContain('AWS picks their types');
});

test('a capacity provider over an Auto Scaling group is free', () => {
  const resources = { It: { Type: 'AWS::ECS::CapacityProvider', Properties: { AutoScalingGroupProvider: {} } } };
  expect(cost(resources).free.get('AWS::ECS::CapacityProvider')).toBe(1);
});
