import { cost, lines, SEOUL } from '../priced';

const instance = {
  Type: 'AWS::EC2::Instance',
  Properties: {
    InstanceType: 't4g.micro',
    CreditSpecification: { CPUCredits: 'standard' },
    BlockDeviceMappings: [{ Ebs: { VolumeType: 'gp3', VolumeSize: 8, Iops: 3000 } }],
    NetworkInterfaces: [{ AssociatePublicIpAddress: true }],
  },
};

test('an instance is billed by the hour, with its volume and address', () => {
  // 730 h x 0.0084 = 6.132; 8 GB x 0.08 = 0.64; 730 h x 0.005 = 3.65
  expect(lines('It', { It: instance })).toEqual({
    'instance t4g.micro': 6.13,
    'volume gp3': 0.64,
    'public IPv4 address': 3.65,
  });
  // Seoul: 730 h x 0.0104 = 7.592; 8 GB x 0.0912 = 0.7296
  expect(lines('It', { It: instance }, {}, { book: SEOUL })).toMatchObject({
    'instance t4g.micro': 7.59,
    'volume gp3': 0.73,
  });
});

test('on Spot it has the price of Spot, under a Savings Plan one that is known, and none where no rate is', () => {
  // 730 h x 0.0027 = 1.971
  expect(lines('It', { It: instance }, {}, { plan: 'spot' })).toMatchObject({ 'instance t4g.micro': 1.97 });
  const { gaps, lines: all } = cost({ It: instance }, {}, { plan: 'savings-1y' });
  expect(all.find(({ what }) => what === 'instance t4g.micro')?.usd).toBeUndefined();
  expect(gaps.map(({ why }) => why)).toEqual([
    'instance t4g.micro: no price is known in us-east-1 of ec2.t4g.micro.savings1y; give it with --rate ec2.t4g.micro.savings1y=USD',
  ]);
});

test('an Elastic IP address takes the place of the one from the subnet', () => {
  const association = { Type: 'AWS::EC2::EIPAssociation', Properties: { InstanceId: { Ref: 'It' } } };
  expect(lines('It', { It: instance, Association: association })).not.toHaveProperty(['public IPv4 address']);
});

test('an Elastic IP address that the instance takes by its own commands takes the place of that address too', () => {
  const takes = { 'AWS::CloudFormation::Init': { run: { command: { 'Fn::GetAtt': ['Address', 'AllocationId'] } } } };
  const resources = { It: { ...instance, Metadata: takes }, Address: { Type: 'AWS::EC2::EIP' } };
  expect(lines('It', resources)).not.toHaveProperty(['public IPv4 address']);
});

test('metrics of each minute are seven custom metrics, and those of the agent as many as it measures', () => {
  const agent = {
    files: { content: { metrics: { mem: { measurement: ['used'] }, disk: { measurement: ['used'] } } } },
  };
  // 7 x 0.30 = 2.10, and 2 x 0.30 more
  const monitored = { ...instance, Properties: { ...instance.Properties, Monitoring: true }, Metadata: agent };
  expect(lines('It', { It: monitored })).toMatchObject({ 'metrics of instances, a minute each': 2.7 });
});

test('one that is unlimited pays for CPU above its baseline', () => {
  const unlimited = {
    ...instance,
    Properties: { ...instance.Properties, CreditSpecification: { CPUCredits: 'unlimited' } },
  };
  // 26,280,000 requests x 60 ms = 0.6 vCPU busy; less the baseline of 0.2: 0.4 x 730 h x 0.04 = 11.68
  expect(lines('It', { It: unlimited }, { requests: 26_280_000 })).toMatchObject({
    'CPU credits above the baseline': 11.68,
  });
});

test('one instance is one, however much is asked of it', () => {
  // 0.6 vCPU busy on the mean: over its lasting 0.2 that is 3 instances
  const [capacity] = cost({ It: instance }, { requests: 26_280_000 }).capacities;
  expect(capacity).toMatchObject({ unit: 'instance t4g.micro', mean: 3, peak: 3, most: 1 });
  expect(capacity?.quota).toEqual({ name: 'vCPUs of On-Demand instances', byDefault: 5, needed: 6 });
});
