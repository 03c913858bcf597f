import { listenerPorts } from '../../../../tools/change/rules/listener-ports';
import { changed, placesOf, ref } from '../changed';

const balancer = { Balancer: { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer' } };
const listener = (port: number, properties = {}) => ({
  Type: 'AWS::ElasticLoadBalancingV2::Listener',
  Properties: { LoadBalancerArn: ref('Balancer'), Port: port, ...properties },
});

test('a listener with another logical id on the same port is created while the old one stands', () => {
  const change = changed({ ...balancer, Http: listener(80) }, { ...balancer, Redirect: listener(80) });
  expect(placesOf(listenerPorts.find(change))).toEqual(['Stack Redirect']);
});

test('a listener whose action changes, and one on another port, are no second ones', () => {
  const after = { ...balancer, Http: listener(80, { DefaultActions: [{ Type: 'redirect' }] }), Https: listener(443) };
  expect(listenerPorts.find(changed({ ...balancer, Http: listener(80) }, after))).toEqual([]);
});

test('a listener of another load balancer may have the same port', () => {
  const after = { Other: balancer.Balancer, New: listener(80, { LoadBalancerArn: ref('Other') }) };
  expect(listenerPorts.find(changed({ ...balancer, Http: listener(80) }, after))).toEqual([]);
});
