import { flag, integer, oneOf, text, type Values } from '../../options/kinds';
import type { Rule } from '../../options/problems';
import type { ComputeOption } from '../../shared/compute-option';
import { INSTANCE_TYPE, instanceArchitecture, instanceTypeProblem } from '../../shared/instance-types';
import { accessRules, TWO_OR_MORE, twoZones, type InZones } from '../../shared/options';
import { night } from '../../shared/settings';
import { imageVariant, serviceProps, taskRows, type TaskValues } from '../options';
import { DEPLOYMENTS } from '../traffic';
import { ManagedInstancesStack } from './stack';

const rows = {
  ...taskRows,
  'managedInstances.instanceType': text({
    pattern: INSTANCE_TYPE,
    allowed: 'an instance type such as m7g.medium',
    why: instanceTypeProblem,
    default: undefined,
    meaning:
      'the one instance type that ECS may launch, so that its price is known; unless it is set, ECS chooses the cheapest that the tasks fit',
  }),
  'managedInstances.burstable': flag({
    default: { sandbox: true, production: false },
    meaning: 'whether ECS may choose T types, the cheapest ones, which slow down without CPU credits',
  }),
  'managedInstances.volumeGiB': integer({
    min: 10,
    max: 16_384,
    unit: 'GiB',
    default: 30,
    meaning: 'volume of each instance for images, logs and scratch files; AWS makes it 80 where nothing is set',
  }),
  'managedInstances.detailedMonitoring': flag({
    default: { sandbox: false, production: true },
    meaning: 'metrics of the instances each minute instead of every five, billed by the metric',
  }),
  'managedInstances.tasks': integer({
    min: 1,
    max: 500,
    default: { sandbox: 1, production: 2 },
    meaning: 'tasks by day, at least',
  }),
  'managedInstances.nightTasks': integer({
    min: 1,
    max: 500,
    default: { sandbox: 1, production: 2 },
    meaning: 'tasks by night, at least; ECS ends the instances that they no longer need',
  }),
  'managedInstances.maxTasks': integer({
    min: 1,
    max: 1_000,
    default: 4,
    meaning: 'tasks at most, day and night, and so the limit of what is billed: instances have none of their own',
  }),
  'managedInstances.spotPercent': integer({
    min: 0,
    max: 100,
    unit: '%',
    default: 0,
    meaning: 'share of Spot in the tasks above the first, which are always on demand: one, in production two',
  }),
  'managedInstances.deployment': oneOf({
    values: DEPLOYMENTS,
    default: 'rolling',
    meaning: 'how a new version takes over on ECS Managed Instances',
  }),
};

type ManagedInstancesValues = TaskValues & InZones & Values<typeof rows>;

const rules: readonly Rule<ManagedInstancesValues>[] = [
  ...accessRules('managed-instances'),
  twoZones([], () => true),
  {
    about: ['managedInstances.instanceType', 'task.architecture'],
    problem: ({ managedInstances: { instanceType }, task }) =>
      instanceType !== undefined && instanceArchitecture(instanceType) !== task.architecture
        ? `that type is of ${instanceArchitecture(instanceType)}; set task.architecture to it, or another type`
        : undefined,
  },
  {
    about: ['managedInstances.tasks', 'managedInstances.nightTasks', 'schedule.night', 'preset'],
    problem: (values) => {
      const { tasks, nightTasks } = values.managedInstances;
      const fewest = night(values) ? Math.min(tasks, nightTasks) : tasks;
      return values.preset === 'production' && fewest < 2 ? `${TWO_OR_MORE}; 2 tasks or more` : undefined;
    },
  },
  {
    about: ['managedInstances.maxTasks', 'managedInstances.tasks', 'managedInstances.nightTasks', 'schedule.night'],
    problem: (values) => {
      const { tasks, nightTasks, maxTasks } = values.managedInstances;
      const most = night(values) ? Math.max(tasks, nightTasks) : tasks;
      return most > maxTasks
        ? `the maximum is below the minimum; set managedInstances.maxTasks to ${most} or more`
        : undefined;
    },
  },
];

/** Memory that the operating system and the agent keep for themselves, rounded up, in MiB. */
const KEPT_BY_THE_SYSTEM = 512;

/** The smallest instance that a task fits: whole vCPUs, and 2 GiB or more, as t4g.small and the .medium sizes have. */
const smallestInstance = ({ task }: TaskValues): { minVCpus: number; minMemoryGiB: number } => ({
  minVCpus: Math.ceil(task.cpuUnits / 1_024),
  minMemoryGiB: Math.max(2, Math.ceil((task.memoryMiB + KEPT_BY_THE_SYSTEM) / 1_024)),
});

export const managedInstances = {
  id: 'ManagedInstances',
  description: 'The service on ECS over Managed Instances',
  rows,
  rules,
  images: (values) => [imageVariant(values)],
  comparison: {
    title: '[ECS on Managed Instances](docs/managed-instances.md)',
    scales: 'tasks, and the instances that AWS picks for them',
    back: 'the same',
    measured: 'image',
  },
  // As declared, AWS picks the types, and no price is sure.
  sizes: ['t4g.small', 'c7g.large'].map((type) => ({
    name: type,
    options: { 'managedInstances.instanceType': type },
  })),
  task: 'managed-instances',
  create: (app, props, values, foundation) => {
    const { tasks, nightTasks, maxTasks, deployment, ...settings } = values.managedInstances;
    return new ManagedInstancesStack(app, 'ManagedInstances', {
      ...props,
      ...serviceProps(values, foundation, {
        option: 'managed-instances',
        subdomain: 'managed-instances',
        deployment,
        day: { min: tasks, max: maxTasks },
        atNight: { min: nightTasks, max: maxTasks },
      }),
      instances: {
        ...settings,
        ...smallestInstance(values),
        architecture: values.task.architecture,
        onDemandTasks: values.preset === 'production' ? 2 : 1,
      },
    });
  },
} satisfies ComputeOption<ManagedInstancesValues>;
