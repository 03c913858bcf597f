import { cost, lines } from '../priced';

const environment = (...settings: readonly (readonly [namespace: string, name: string, value: unknown])[]) => ({
  It: {
    Type: 'AWS::ElasticBeanstalk::Environment',
    Properties: {
      OptionSettings: settings.map(([namespace, name, value]) => ({
        Namespace: `aws:${namespace}`,
        OptionName: name,
        Value: value,
      })),
    },
  },
});

test('an environment is billed by what it sets up: instances, a load balancer, logs and metrics', () => {
  const balanced = environment(
    ['ec2:instances', 'InstanceTypes', 't4g.small,t4g.medium'],
    ['autoscaling:launchconfiguration', 'RootVolumeType', 'gp3'],
    ['autoscaling:launchconfiguration', 'RootVolumeSize', '10'],
    ['ec2:vpc', 'AssociatePublicIpAddress', 'true'],
    ['ec2:vpc', 'ELBSubnets', { 'Fn::Join': ['', [{ Ref: 'One' }, ',', { Ref: 'Other' }]] }],
    ['autoscaling:asg', 'MinSize', '2'],
    ['autoscaling:asg', 'MaxSize', '4'],
    ['elasticbeanstalk:environment', 'LoadBalancerType', 'application'],
    ['elasticbeanstalk:cloudwatch:logs', 'StreamLogs', 'true'],
    ['elasticbeanstalk:cloudwatch:logs', 'RetentionInDays', '30'],
    [
      'elasticbeanstalk:healthreporting:system',
      'ConfigDocument',
      '{"CloudWatchMetrics":{"Environment":{"A":60,"B":60}}}',
    ],
  );
  expect(lines('It', balanced, { requests: 1e6 })).toEqual({
    'instance t4g.small': 24.53, // 2 x 730 h x 0.0168
    'volume gp3': 1.6, // 2 x 10 GB x 0.08
    'public IPv4 address': 7.3, // 2 x 730 h x 0.005
    'load balancer': 16.43, // 730 h x 0.0225
    'capacity units of the load balancer': 2.56, // 320 GB, as 320 units of an hour, x 0.008
    'public IPv4 addresses, one a zone': 7.3, // 2 x 730 h x 0.005
    'answers to the internet': 1.8, // 20 GB x 0.09
    'log that comes in': 0.25, // 0.5 GB x 0.50
    'log that is kept, 30 days': 0.01, // 0.49 GB-months x 0.03
    'metrics of enhanced health': 0.6, // 2 x 0.30
  });
});

test('a single instance has an address and no load balancer, and never becomes two', () => {
  const single = environment(['elasticbeanstalk:environment', 'EnvironmentType', 'SingleInstance']);
  // by default t3.micro: 730 h x 0.0104 = 7.592, with 10 GB
  expect(lines('It', single)).toEqual({
    'instance t3.micro': 7.59,
    'volume gp3': 0.8,
    'public IPv4 address': 3.65,
    'answers to the internet': 0,
  });
  expect(cost(single, { requests: 1e9 }).capacities[0]).toMatchObject({ most: 1 });
});
