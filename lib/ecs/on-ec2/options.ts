import { flag, integer, oneOf, type Values } from '../../options/kinds';
import type { Rule } from '../../options/problems';
import type { ComputeOption } from '../../shared/compute-option';
import { instanceArchitecture } from '../../shared/instance-types';
import { accessRules, TWO_OR_MORE, twoZones, type InZones } from '../../shared/options';
import { night } from '../../shared/settings';
import { imageVariant, serviceProps, taskRows, type TaskValues } from '../options';
import { DEPLOYMENTS } from '../traffic';
import { BY_DEFAULT, ECS_INSTANCE_TYPES, tasksThatFit } from './instance-types';
import { EcsEc2Stack } from './stack';

const ownRows = {
  'ecs.instanceType': oneOf({
    values: ECS_INSTANCE_TYPES,
    default: 't4g.small',
    meaning:
      'instance type of the cluster; its processor is that of the tasks; unless it is set, the smallest that the tasks fit',
  }),
  'ecs.instances': integer({
    min: 1,
    max: 50,
    default: { sandbox: 2, production: 3 },
    meaning: 'instances by day, at least',
  }),
  'ecs.nightInstances': integer({
    min: 1,
    max: 50,
    default: { sandbox: 1, production: 2 },
    meaning:
      'instances by night, and one more only while one is replaced: tasks of the leaving ones start on those that stay before they stop',
  }),
  'ecs.maxInstances': integer({
    min: 2,
    max: 100,
    default: { sandbox: 3, production: 6 },
    meaning: 'instances at most',
  }),
  'ecs.onDemandInstances': integer({
    min: 0,
    max: 50,
    default: { sandbox: 1, production: 2 },
    meaning: 'instances that are always bought on demand',
  }),
  'ecs.spotPercent': integer({
    min: 0,
    max: 100,
    unit: '%',
    default: 0,
    meaning: 'share of Spot in the instances above ecs.onDemandInstances',
  }),
  'ecs.detailedMonitoring': flag({
    default: { sandbox: false, production: true },
    meaning: 'metrics of the instances each minute instead of every five, billed by the metric',
  }),
  'ecs.tasks': integer({ min: 1, max: 500, default: { sandbox: 2, production: 4 }, meaning: 'tasks by day, at least' }),
  'ecs.nightTasks': integer({ min: 1, max: 500, default: 2, meaning: 'tasks by night, exactly' }),
  'ecs.maxTasks': integer({ min: 1, max: 500, default: { sandbox: 6, production: 12 }, meaning: 'tasks at most' }),
  'ecs.deployment': oneOf({
    values: DEPLOYMENTS,
    default: 'rolling',
    meaning: 'how a new version takes over on ECS over EC2',
  }),
};

type EcsEc2Values = TaskValues & InZones & Values<typeof ownRows>;

const rows = {
  ...taskRows,
  ...ownRows,
  'ecs.instanceType': { ...ownRows['ecs.instanceType'], derive: chooseInstanceType },
};

/** The smallest instance type of the task's processor that the tasks fit. */
function chooseInstanceType(values: EcsEc2Values): EcsEc2Values['ecs']['instanceType'] {
  const fits = (instanceType: EcsEc2Values['ecs']['instanceType']): boolean => {
    const candidate = { ...values, ecs: { ...values.ecs, instanceType } };
    return missingRoom(candidate, 'day') === undefined && missingRoom(candidate, 'night') === undefined;
  };
  const candidates: readonly EcsEc2Values['ecs']['instanceType'][] = BY_DEFAULT[values.task.architecture];
  return candidates.find(fits) ?? candidates[candidates.length - 1] ?? 't4g.small';
}

/** Whether the tasks of a time of day find room on its instances while they are replaced; otherwise the sum in words. */
function missingRoom(values: EcsEc2Values, time: 'day' | 'night'): string | undefined {
  const { ecs, task } = values;
  const [tasks, instances, option] =
    time === 'day'
      ? [ecs.maxTasks, ecs.maxInstances, 'ecs.maxInstances']
      : [ecs.nightTasks, ecs.nightInstances, 'ecs.nightInstances'];
  if (time === 'night' && night(values) === undefined) return undefined;
  const fit = tasksThatFit(ecs.instanceType, task);
  // While a new version takes over, tasks of both run: one more at a time, or all of them twice.
  const surge = ecs.deployment === 'rolling' ? 1 : tasks;
  const [needed, room] = [tasks + surge, instances * fit.tasks];
  if (needed <= room) return undefined;
  const enough = Math.ceil(needed / fit.tasks);
  const isAllowed = rows[option as 'ecs.maxInstances' | 'ecs.nightInstances'].schema.safeParse(enough).success;
  return (
    `${tasks} ${tasks === 1 ? 'task' : 'tasks'} and ${surge} more during a deployment need room for ${needed}, and there ` +
    `is room for ${room} (tasks that fit one ${ecs.instanceType}: ${fit.sum}); ` +
    (isAllowed ? `set ${option} to ${enough} or more, or a larger ecs.instanceType` : 'set a larger ecs.instanceType')
  );
}

/** The tasks have the processor of the instances. */
const withProcessor = (values: EcsEc2Values): EcsEc2Values => ({
  ...values,
  task: { ...values.task, architecture: instanceArchitecture(values.ecs.instanceType) },
});

const rules: readonly Rule<EcsEc2Values>[] = [
  ...accessRules('ecs'),
  twoZones([], () => true),
  {
    about: ['ecs.instances', 'ecs.nightInstances', 'ecs.tasks', 'ecs.nightTasks', 'schedule.night', 'preset'],
    problem: (values) => {
      const { instances, tasks, nightInstances, nightTasks } = values.ecs;
      const fewest = Math.min(instances, tasks, ...(night(values) ? [nightInstances, nightTasks] : []));
      return values.preset === 'production' && fewest < 2 ? `${TWO_OR_MORE}; 2 of each` : undefined;
    },
  },
  {
    about: ['task.architecture', 'ecs.instanceType'],
    problem: ({ task, ecs }, given) =>
      given.has('task.architecture') && instanceArchitecture(ecs.instanceType) !== task.architecture
        ? `that instance type has the other processor; leave one of the two out, or set ecs.instanceType to one such as ${BY_DEFAULT[task.architecture][0]}`
        : undefined,
  },
  {
    about: ['ecs.maxTasks', 'ecs.tasks'],
    problem: ({ ecs }) =>
      ecs.tasks > ecs.maxTasks
        ? `the maximum is below the minimum; set ecs.maxTasks to ${ecs.tasks} or more`
        : undefined,
  },
  {
    about: ['ecs.nightInstances', 'ecs.instances', 'ecs.maxInstances', 'schedule.night'],
    problem: (values) => {
      const { nightInstances, instances, maxInstances } = values.ecs;
      return (night(values) && nightInstances > instances) || instances > maxInstances
        ? 'the night has no more instances than the day, and the day no more than the maximum'
        : undefined;
    },
  },
  {
    about: [
      'ecs.nightTasks',
      'ecs.nightInstances',
      'schedule.night',
      'ecs.instanceType',
      'ecs.deployment',
      'task.memoryMiB',
      'task.cpuUnits',
    ],
    problem: (values) => missingRoom(values, 'night'),
  },
  {
    about: [
      'ecs.maxTasks',
      'ecs.maxInstances',
      'ecs.instanceType',
      'ecs.deployment',
      'task.memoryMiB',
      'task.cpuUnits',
    ],
    problem: (values) => missingRoom(values, 'day'),
  },
];

export const ecsOnEc2 = {
  id: 'EcsEc2',
  description: 'The service on ECS over EC2 instances, fewer by night',
  rows,
  rules,
  images: (values) => [imageVariant(withProcessor(values))],
  comparison: {
    title: '[ECS on EC2](docs/ecs.md#the-night)',
    scales: 'tasks, and instances with them; fewer by night',
    back: 'the same',
    measured: 'image',
  },
  sizes: [{ name: 'c7g.large', options: { 'ecs.instanceType': 'c7g.large' } }],
  task: 'ecs-ec2',
  create: (app, props, given, foundation) => {
    const values = withProcessor(given);
    const { ecs } = values;
    const window = night(values);
    return new EcsEc2Stack(app, 'EcsEc2', {
      ...props,
      ...serviceProps(values, foundation, {
        option: 'ecs-ec2',
        subdomain: 'ecs',
        deployment: ecs.deployment,
        day: { min: ecs.tasks, max: ecs.maxTasks },
        atNight: { min: ecs.nightTasks, max: ecs.nightTasks },
      }),
      instances: {
        instanceType: ecs.instanceType,
        detailedMonitoring: ecs.detailedMonitoring,
        onDemandInstances: ecs.onDemandInstances,
        spotPercent: ecs.spotPercent,
        instances: ecs.instances,
        maxInstances: ecs.maxInstances,
        night: window && { window, instances: ecs.nightInstances },
      },
    });
  },
} satisfies ComputeOption<EcsEc2Values>;
