import { addStacks } from '../../../../tools/copy/apps/managed-instances';
import { snapshotOf } from '../../../template';
import { openPorts, resources, synthesise } from './synthesised';

const template = synthesise(addStacks);

test('snapshot', () => expect(snapshotOf(template.toJSON())).toMatchSnapshot());

test('only the port of the load balancer is open', () => expect(openPorts(template)).toEqual([80]));

test('the container has no privileges: an unprivileged user, no capability, a read-only root with a scratch volume', () => {
  const [task] = resources(template, 'AWS::ECS::TaskDefinition');
  expect(task?.Properties?.['ContainerDefinitions']).toMatchObject([
    {
      User: '1000:1000',
      ReadonlyRootFilesystem: true,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
      MountPoints: [{ ContainerPath: '/tmp', ReadOnly: false }],
    },
  ]);
});

test('a deployment that fails rolls back', () => {
  const [service] = resources(template, 'AWS::ECS::Service');
  expect(service?.Properties?.['DeploymentConfiguration']).toMatchObject({
    DeploymentCircuitBreaker: { Enable: true, Rollback: true },
  });
});
