import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ListenerAction } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PublicLoadBalancer, type PublicAccess } from '../../../lib/shared/public-load-balancer';
import { PRESETS } from '../../../tools/variants';
import { template } from '../../synthesis';
import type { CloudFormationResource } from '../../template';

const CERTIFICATE = 'arn:aws:acm:eu-central-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef';
const WEB_ACL = 'arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/site/01234567-89ab-cdef-0123-456789abcdef';
const plain: PublicAccess = { allowedCidrs: ['198.51.100.0/24'], domain: { subdomain: 'compute-ec2' } };
const secure: PublicAccess = { ...plain, domain: { ...plain.domain, certificateArn: CERTIFICATE } };

function balanced(access: PublicAccess): Template {
  const stack = new Stack(new App(), 'Stack');
  const vpc = new Vpc(stack, 'Vpc');
  const { listener } = new PublicLoadBalancer(stack, 'Balancer', { vpc, ...access });
  listener.addAction('None', { action: ListenerAction.fixedResponse(404) });
  return Template.fromStack(stack);
}
const http = balanced(plain);
const https = balanced(secure);

type Listeners = Record<string, CloudFormationResource>;
const listeners = (of: Template): Listeners => of.findResources('AWS::ElasticLoadBalancingV2::Listener') as Listeners;
const onPort = (of: Template, port: number) =>
  Object.entries(listeners(of)).filter(([, { Properties }]) => Properties?.['Port'] === port);

test('from HTTP to HTTPS and back, the listener on port 80 stays, and only what it does changes', () => {
  const [[id, before]] = onPort(http, 80) as [[string, CloudFormationResource]];
  const [[same, after]] = onPort(https, 80) as [[string, CloudFormationResource]];
  expect(same).toBe(id);
  const { DefaultActions: one, ...rest } = before.Properties ?? {};
  const { DefaultActions: other, ...others } = after.Properties ?? {};
  expect(others).toEqual(rest);
  expect(one).toEqual([{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }]);
  expect(other).toEqual([
    { Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } },
  ]);
});

test('no port has two listeners, now or while one shape follows the other', () => {
  const all = { ...listeners(http), ...listeners(https) };
  expect(
    Object.values(all)
      .map(({ Properties }) => Properties?.['Port'] as number)
      .sort(),
  ).toEqual([443, 80]);
});

test.each(['Ec2', 'Fargate', 'EcsEc2', 'ManagedInstances'])(
  '%s: from HTTP to HTTPS, no listener and no target group gets another logical id',
  (id) => {
    const instances = { 'ec2.instances': 2 };
    const idsOf = (options: object, type: string): string[] =>
      Object.keys(template(id, { ...instances, ...options }).findResources(type));
    const listenersOf = (options: object) => idsOf(options, 'AWS::ElasticLoadBalancingV2::Listener');
    const groupsOf = (options: object) => idsOf(options, 'AWS::ElasticLoadBalancingV2::TargetGroup');
    const withCertificate = { 'access.certificateArn': CERTIFICATE };
    expect(listenersOf(withCertificate)).toEqual(expect.arrayContaining(listenersOf({})));
    expect(groupsOf(withCertificate)).toEqual(groupsOf({}));
  },
);

test('HTTP is redirected only once HTTPS answers, and port 443 is open for as long as it has a listener', () => {
  const [[httpsId, { DependsOn = [] }]] = onPort(https, 443) as [[string, CloudFormationResource]];
  const [[, redirect]] = onPort(https, 80) as [[string, CloudFormationResource]];
  expect(redirect.DependsOn).toContain(httpsId);
  const rules = https.findResources('AWS::EC2::SecurityGroupIngress', { Properties: { FromPort: 443 } });
  expect(DependsOn).toEqual(Object.keys(rules));
  expect(Object.keys(rules)).toHaveLength(1);
});

describe('over IPv6', () => {
  const both = ['0.0.0.0/0', '::/0'];
  const dual = balanced({ ...secure, allowedCidrs: both });
  const LOAD_BALANCER = 'AWS::ElasticLoadBalancingV2::LoadBalancer';

  test('the load balancer is dual-stack where a block of IPv6 is allowed, and says so where it is not', () => {
    dual.hasResourceProperties(LOAD_BALANCER, { IpAddressType: 'dualstack' });
    for (const each of [http, https]) {
      each.hasResourceProperties(LOAD_BALANCER, { IpAddressType: 'ipv4' });
      expect(JSON.stringify(each.toJSON())).not.toMatch(/ipv6/i);
    }
  });

  test('both ports are open to the blocks of each protocol, and no other is', () => {
    const [group] = Object.values(
      dual.findResources('AWS::EC2::SecurityGroup', {
        Properties: { GroupDescription: Match.stringLikeRegexp('^Load balancer') },
      }),
    ) as CloudFormationResource[];
    const rules = [
      ...(group?.Properties?.['SecurityGroupIngress'] as Record<string, unknown>[]),
      ...(Object.values(dual.findResources('AWS::EC2::SecurityGroupIngress')) as CloudFormationResource[]).map(
        ({ Properties = {} }) => Properties,
      ),
    ];
    expect(rules.map((rule): unknown => [rule['FromPort'], rule['ToPort'], rule['CidrIp'], rule['CidrIpv6']])).toEqual([
      [80, 80, '0.0.0.0/0', undefined],
      [80, 80, undefined, '::/0'],
      [443, 443, '0.0.0.0/0', undefined],
      [443, 443, undefined, '::/0'],
    ]);
    const [[, { DependsOn = [] }]] = onPort(dual, 443) as [[string, CloudFormationResource]];
    const waitedFor = typeof DependsOn === 'string' ? [DependsOn] : [...DependsOn];
    expect(waitedFor.sort()).toEqual(Object.keys(dual.findResources('AWS::EC2::SecurityGroupIngress')).sort());
  });

  test('its targets stay with IPv4', () => {
    for (const id of ['Ec2', 'Fargate', 'EcsEc2', 'ManagedInstances']) {
      const of = template(id, { 'ec2.instances': 2, 'access.allowedCidr': '0.0.0.0/0,::/0' });
      of.hasResourceProperties(LOAD_BALANCER, { IpAddressType: 'dualstack' });
      expect(JSON.stringify(of.findResources('AWS::ElasticLoadBalancingV2::TargetGroup'))).not.toContain(
        'IpAddressType',
      );
    }
  });

  test('its name has a record of each protocol, to the same host', () => {
    const domain = { subdomain: 'compute-ec2', domainName: 'example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };
    const recordsOf = (allowedCidrs: string[]) =>
      Object.values(balanced({ allowedCidrs, domain }).findResources('AWS::Route53::RecordSet')).map(
        (record) => (record as CloudFormationResource).Properties ?? {},
      );
    expect(recordsOf(['0.0.0.0/0'])).toMatchObject([{ Type: 'A' }]);
    const [v4, v6] = recordsOf(both);
    expect([v4?.['Type'], v6?.['Type']]).toEqual(['A', 'AAAA']);
    expect({ ...v6, Type: 'A' }).toEqual(v4);
  });
});

test('another order of the allowed addresses changes no rule of port 443', () => {
  const rules = (cidrs: string[]) =>
    balanced({ ...secure, allowedCidrs: cidrs }).findResources('AWS::EC2::SecurityGroupIngress');
  expect(rules(['203.0.113.7/32', '198.51.100.0/24'])).toEqual(rules(['198.51.100.0/24', '203.0.113.7/32']));
});

test('TLS has the post-quantum key exchange that the recommended flag asks for, also in an app without the flag', () => {
  https.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
    Port: 443,
    SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-PQ-2025-09',
  });
});

test('the name of the load balancer is an output, for a name whose DNS is elsewhere', () => {
  for (const each of [http, https])
    each.hasOutput('LoadBalancerName', { Value: { 'Fn::GetAtt': [Match.anyValue(), 'DNSName'] } });
});

test('a web ACL sees each request first, where one is given', () => {
  http.resourceCountIs('AWS::WAFv2::WebACLAssociation', 0);
  const [balancer] = Object.keys(http.findResources('AWS::ElasticLoadBalancingV2::LoadBalancer'));
  balanced({ ...plain, webAclArn: WEB_ACL }).hasResource('AWS::WAFv2::WebACLAssociation', {
    Properties: { WebACLArn: WEB_ACL, ResourceArn: { Ref: balancer } },
    // Another web ACL takes its place before the old association would be deleted, and the new one with it.
    UpdateReplacePolicy: 'Retain',
  });
  for (const id of ['Ec2', 'Fargate', 'EcsEc2', 'ManagedInstances'])
    template(id, { ...PRESETS.production, 'access.webAclArn': WEB_ACL }).resourceCountIs(
      'AWS::WAFv2::WebACLAssociation',
      1,
    );
});

test('two copies of the app in one domain have names of their own', () => {
  const domain = { 'access.domainName': 'example.com', 'access.hostedZoneId': 'Z0123456789ABCDEFGHIJ' };
  const names = ['compute', 'Second'].map((name) =>
    Object.values(template('Ec2', { ...domain, name }).findResources('AWS::Route53::RecordSet')).map(
      (record) => (record as CloudFormationResource).Properties?.['Name'] as string,
    ),
  );
  expect(names).toEqual([['compute-ec2.example.com.'], ['second-ec2.example.com.']]);
});
