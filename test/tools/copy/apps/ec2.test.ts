import { addStacks } from '../../../../tools/copy/apps/ec2';
import { snapshotOf } from '../../../template';
import { allowedActions, openPorts, resources, synthesise } from './synthesised';

const template = synthesise(addStacks);
const behindLoadBalancer = synthesise((app) => addStacks(app, { instances: 2, loadBalanced: true }));

test.each(Object.entries({ template, behindLoadBalancer }))('snapshot: %s', (_, each) =>
  expect(snapshotOf(each.toJSON())).toMatchSnapshot(),
);

test('only port 80 is open, and there is no key pair: Session Manager opens a shell', () => {
  for (const each of [template, behindLoadBalancer]) expect(openPorts(each)).toEqual([80]);
  expect(resources(template, 'AWS::EC2::Instance')[0]?.Properties).not.toHaveProperty('KeyName');
});

test('the root volume is encrypted', () =>
  template.hasResourceProperties('AWS::EC2::Instance', {
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true } }],
  }));

test('the instance metadata service asks for a token', () => {
  const [launchTemplate] = resources(behindLoadBalancer, 'AWS::EC2::LaunchTemplate');
  expect(launchTemplate?.Properties?.['LaunchTemplateData']).toMatchObject({
    MetadataOptions: { HttpTokens: 'required' },
  });
});

test('a deployment waits for the signal that the program is healthy, and fails without it', () =>
  template.hasResource('AWS::EC2::Instance', { CreationPolicy: { ResourceSignal: { Count: 1 } } }));

test('the load balancer asks /health', () =>
  behindLoadBalancer.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { HealthCheckPath: '/health' }));

test('the role allows no action on everything', () => {
  for (const action of allowedActions(template)) expect(action).not.toMatch(/^(\*|\w+:\*)$/);
});

test('alarms notify a topic', () => {
  const alarms = resources(template, 'AWS::CloudWatch::Alarm');
  expect(alarms.length).toBeGreaterThan(2);
  for (const { Properties } of alarms)
    expect(Properties?.['AlarmActions']).toContainEqual({ Ref: expect.stringMatching(/^AlarmsTopic/) as string });
});
