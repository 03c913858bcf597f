import { assemble } from '../../../tools/assembly';
import type { Template } from '../../../tools/change/template';
import { needsOf } from '../../../tools/deploy/quotas';

const needs = (id: string, options: Record<string, unknown>): Record<string, number> => {
  const { template } = assemble(options, id).find((stack) => stack.id === id) ?? {};
  return Object.fromEntries(
    needsOf([{ id, template: template as Template }]).map(({ quota, needed }) => [quota.code, needed]),
  );
};

const [ON_DEMAND, SPOT, FARGATE, FARGATE_SPOT] = ['L-1216C47A', 'L-34B43A08', 'L-3032A538', 'L-36FBB829'];
const [BALANCERS, ADDRESSES, VPCS, EXECUTIONS] = ['L-53DA6B97', 'L-0263D0A3', 'L-F678F1CE', 'L-B99A9384'];

test.each([
  ['Network', {}, { [VPCS]: 1 }],
  ['Network', { 'network.natGateways': 2 }, { [VPCS]: 1, [ADDRESSES]: 2 }],
  ['Ec2', {}, { [ON_DEMAND]: 2, [ADDRESSES]: 1 }],
  ['Ec2', { 'ec2.plan': 'spot', 'ec2.instances': 3 }, { [SPOT]: 6, [BALANCERS]: 1 }],
  ['Fargate', { 'fargate.spotPercent': 0, 'fargate.tasks': 2 }, { [FARGATE]: 0.5, [BALANCERS]: 1 }],
  [
    'Fargate',
    { 'fargate.spotPercent': 100, 'fargate.tasks': 2 },
    { [FARGATE_SPOT]: expect.closeTo(0.25, 2) as number, [BALANCERS]: 1 },
  ],
  ['Lambda', {}, { [EXECUTIONS]: 2 }],
  ['Lambda', { 'lambda.reservedConcurrency': 20 }, { [EXECUTIONS]: 30 }],
] as const)('%s with %j takes %j of the quotas', (id, options, expected) => {
  expect(needs(id, options)).toMatchObject(expected);
});

test('what runs by day counts where less runs by night', () => {
  const night = { 'fargate.tasks': 4, 'fargate.nightTasks': 1, 'fargate.spotPercent': 0 };
  expect(needs('Fargate', night)[FARGATE]).toBe(needs('Fargate', { ...night, 'fargate.nightTasks': 4 })[FARGATE]);
});
