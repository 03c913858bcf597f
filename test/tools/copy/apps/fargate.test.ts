import { addStacks } from '../../../../tools/copy/apps/fargate';
import { snapshotOf } from '../../../template';
import { openPorts, resources, synthesise } from './synthesised';

const template = synthesise(addStacks);
const canary = synthesise((app) => addStacks(app, { deployment: 'canary' }));

test.each(Object.entries({ template, canary }))('snapshot: %s', (_, each) =>
  expect(snapshotOf(each.toJSON())).toMatchSnapshot(),
);

const [service] = resources(template, 'AWS::ECS::Service');
const [task] = resources(template, 'AWS::ECS::TaskDefinition');
const [container] = task?.Properties?.['ContainerDefinitions'] as Record<string, unknown>[];

test('only the port of the load balancer is open', () => expect(openPorts(template)).toEqual([80]));

test('the first task is on demand, so that the absence of Spot never means no service', () =>
  expect(service?.Properties?.['CapacityProviderStrategy']).toEqual([
    { CapacityProvider: 'FARGATE', Base: 1, Weight: 50 },
    { CapacityProvider: 'FARGATE_SPOT', Weight: 50 },
  ]));

test('the container has no privileges: an unprivileged user, no capability, a read-only root with a scratch volume', () =>
  expect(container).toMatchObject({
    User: '1000:1000',
    ReadonlyRootFilesystem: true,
    LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
    MountPoints: [{ ContainerPath: '/tmp', ReadOnly: false }],
  }));

test('a deployment that fails rolls back', () =>
  expect(service?.Properties?.['DeploymentConfiguration']).toMatchObject({
    DeploymentCircuitBreaker: { Enable: true, Rollback: true },
  }));

test('the load balancer asks /health on port 8080', () => {
  template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { HealthCheckPath: '/health' });
  expect(container?.['PortMappings']).toMatchObject([{ ContainerPort: 8080 }]);
});

test('the number of tasks follows CPU and requests', () => {
  template.resourceCountIs('AWS::ApplicationAutoScaling::ScalingPolicy', 2);
  template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 1, MaxCapacity: 4 });
});
