import { gravest, interruptions } from '../../../tools/change/effects';
import { plan } from '../../../tools/change/plan';
import type { Resource, Template } from '../../../tools/change/template';
import { getAtt, ref } from './changed';

const effects = (before: Template, after: Template) =>
  interruptions(plan('Stack', before, after)).map(({ effect }) => effect);

const instance = (image: string) => ({ Type: 'AWS::EC2::Instance', Properties: { ImageId: image } });
const address = { Address: { Type: 'AWS::EC2::EIP' } };
const balancer: Record<string, Resource> = { Balancer: { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer' } };
const url = (scheme: string, host: unknown) => ({
  Url: { Value: { 'Fn::Join': ['', [`${scheme}://`, host]] } },
});

test('an address that moves from one instance to the next is away for seconds', () => {
  const template = (image: string) => ({ Resources: { ...address, Instance: instance(image) } });
  expect(effects(template('ami-1'), template('ami-2'))).toEqual(['seconds']);
});

test('instances behind a load balancer follow each other without an interruption', () => {
  const template = (image: string) => ({ Resources: { ...balancer, Instance: instance(image) } });
  expect(effects(template('ami-1'), template('ami-2'))).toEqual([]);
});

test('from an address of an instance to a load balancer the address of the service changes', () => {
  const before = { Resources: { ...address, Instance: instance('ami-1') }, Outputs: url('http', ref('Address')) };
  const after = { Resources: { ...balancer }, Outputs: url('http', getAtt('Balancer', 'DNSName')) };
  expect(effects(before, after)).toEqual(['new address']);
  expect(effects(after, before)).toContain('new address');
});

test('HTTPS on the same host answers those who come over HTTP, and not the other way round', () => {
  const host = getAtt('Balancer', 'DNSName');
  const [http, https] = ['http', 'https'].map((scheme) => ({ Resources: balancer, Outputs: url(scheme, host) }));
  if (http === undefined || https === undefined) throw new Error('two templates');
  expect(effects(http, https)).toEqual([]);
  expect(effects(https, http)).toEqual(['new address']);
});

test('an environment of Elastic Beanstalk interrupts the service where its instances change all at once', () => {
  const environment = (policy: string, type: string) => ({
    Resources: {
      Environment: {
        Type: 'AWS::ElasticBeanstalk::Environment',
        Properties: {
          OptionSettings: [
            { Namespace: 'aws:elasticbeanstalk:command', OptionName: 'DeploymentPolicy', Value: policy },
            { Namespace: 'aws:ec2:instances', OptionName: 'InstanceTypes', Value: type },
          ],
        },
      },
    },
  });
  expect(effects(environment('AllAtOnce', 't4g.small'), environment('AllAtOnce', 't4g.medium'))).toEqual([
    'until healthy',
  ]);
  expect(effects(environment('Rolling', 't4g.small'), environment('Rolling', 't4g.medium'))).toEqual([]);
});

test('the gravest effect counts', () => {
  expect(gravest(['none', 'until healthy', 'seconds'])).toBe('until healthy');
  expect(gravest([])).toBe('none');
});
