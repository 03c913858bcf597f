import { cost, lines } from '../priced';

const launchTemplate = {
  Type: 'AWS::EC2::LaunchTemplate',
  Properties: {
    LaunchTemplateData: {
      InstanceType: 't4g.small',
      CreditSpecification: { CpuCredits: 'standard' },
      BlockDeviceMappings: [{ Ebs: { VolumeType: 'gp3', VolumeSize: 30 } }],
      NetworkInterfaces: [{ AssociatePublicIpAddress: true }],
    },
  },
};
const group = (more: object = {}) => ({
  Type: 'AWS::AutoScaling::AutoScalingGroup',
  Properties: { MinSize: '2', MaxSize: '3', LaunchTemplate: { LaunchTemplateId: { Ref: 'Template' } }, ...more },
});

test('the group is billed by its instances, those that it has at least', () => {
  // 2 x 730 h x 0.0168 = 24.528; 2 x 30 GB x 0.08 = 4.80; 2 x 730 h x 0.005 = 7.30
  expect(lines('It', { Template: launchTemplate, It: group() })).toEqual({
    'instance t4g.small': 24.53,
    'volume gp3': 4.8,
    'public IPv4 address': 7.3,
  });
});

test('an Elastic IP address that what it launches takes is billed once', () => {
  const resources = {
    Template: { ...launchTemplate, Metadata: { command: { 'Fn::GetAtt': ['Address', 'AllocationId'] } } },
    It: group({ MinSize: '1', MaxSize: '1' }),
    Address: { Type: 'AWS::EC2::EIP' },
  };
  expect(lines('It', resources)).not.toHaveProperty(['public IPv4 address']);
  expect(lines('Address', resources)).toEqual({ 'public IPv4 address': 3.65 });
});

test('a night with fewer instances costs fewer', () => {
  const action = (Recurrence: string, MinSize: number) => ({
    Type: 'AWS::AutoScaling::ScheduledAction',
    Properties: { AutoScalingGroupName: { Ref: 'It' }, Recurrence, MinSize },
  });
  const resources = {
    Template: launchTemplate,
    It: group(),
    Day: action('0 7 * * *', 2),
    Night: action('0 23 * * *', 1),
  };
  // 16 h of two and 8 h of one are 1.6667 on the mean: x 730 h x 0.0168 = 20.44
  expect(lines('It', resources)).toMatchObject({ 'instance t4g.small': 20.44 });
});

test('instances beyond the on-demand base are on Spot as the template says', () => {
  const mixed = group({
    LaunchTemplate: undefined,
    MixedInstancesPolicy: {
      InstancesDistribution: { OnDemandBaseCapacity: 1, OnDemandPercentageAboveBaseCapacity: 0 },
      LaunchTemplate: { LaunchTemplateSpecification: { LaunchTemplateId: { Ref: 'Template' } } },
    },
  });
  // one at 0.0168 and one at 0.0072, each 730 h: 12.264 + 5.256
  expect(lines('It', { Template: launchTemplate, It: mixed })).toMatchObject({ 'instance t4g.small': 17.52 });
});

test('a group that a capacity provider scales has as many as the load takes', () => {
  const resources = {
    Template: launchTemplate,
    It: group(),
    Provider: {
      Type: 'AWS::ECS::CapacityProvider',
      Properties: { AutoScalingGroupProvider: { AutoScalingGroupArn: { Ref: 'It' } } },
    },
    Balancer: { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: { Scheme: 'internal' } },
  };
  // 2.4 vCPUs busy, and each t4g.small lasts at 0.4: six on the mean, more than the template allows
  const { capacities } = cost(resources, { requests: 105_120_000 });
  expect(capacities[0]).toMatchObject({ peak: 6, most: 3 });
  expect(capacities[0]?.mean).toBeCloseTo(6);
});

test('instances of a launch template that is not here are named as not priced', () => {
  expect(cost({ It: group() }).gaps).toEqual([
    {
      resource: 'It',
      type: 'AWS::AutoScaling::AutoScalingGroup',
      why: 'instances: their launch template is not in this template',
    },
  ]);
});
