import { integer, oneOf, thousands, type Values } from '../../options/kinds';
import type { Rule } from '../../options/problems';
import type { ComputeOption } from '../../shared/compute-option';
import { accessRules, TWO_OR_MORE, twoZones, type InZones } from '../../shared/options';
import { isOffered } from '../../shared/regions';
import { night } from '../../shared/settings';
import { imageVariant, serviceProps, taskRows, type TaskValues } from '../options';
import { DEPLOYMENTS } from '../traffic';
import { FargateStack } from './stack';

const rows = {
  ...taskRows,
  'fargate.tasks': integer({
    min: 1,
    max: 100,
    default: { sandbox: 1, production: 2 },
    meaning: 'tasks by day, at least',
  }),
  'fargate.nightTasks': integer({
    min: 1,
    max: 100,
    default: { sandbox: 1, production: 2 },
    meaning: 'tasks by night, at least',
  }),
  'fargate.maxTasks': integer({ min: 1, max: 1_000, default: 4, meaning: 'tasks at most, day and night' }),
  'fargate.spotPercent': integer({
    min: 0,
    max: 100,
    unit: '%',
    default: 50,
    meaning: 'share of FARGATE_SPOT in the tasks above the first, which are always on FARGATE: one, in production two',
  }),
  'fargate.deployment': oneOf({
    values: DEPLOYMENTS,
    default: 'rolling',
    meaning: 'how a new version takes over on Fargate',
  }),
};

type FargateValues = TaskValues & InZones & Values<typeof rows>;

/** Memory that Fargate has for each CPU size, in MiB: least, most and step (ECS Developer Guide, "Task CPU and memory"). */
const MEMORY: Readonly<Record<TaskValues['task']['cpuUnits'], readonly [min: number, max: number, step: number]>> = {
  256: [512, 2_048, 512],
  512: [1_024, 4_096, 1_024],
  1_024: [2_048, 8_192, 1_024],
  2_048: [4_096, 16_384, 1_024],
  4_096: [8_192, 30_720, 1_024],
  8_192: [16_384, 61_440, 4_096],
  16_384: [32_768, 122_880, 8_192],
};

const rules: readonly Rule<FargateValues>[] = [
  ...accessRules('fargate'),
  {
    about: ['fargate.spotPercent', 'task.architecture', 'region'],
    problem: ({ fargate: { spotPercent }, task: { architecture }, region }) =>
      spotPercent === 0 || architecture !== 'arm64' || isOffered('fargateSpotOnGraviton', region)
        ? undefined
        : 'Fargate Spot has no Graviton there; set fargate.spotPercent to 0, or task.architecture to x64',
  },
  twoZones([], () => true),
  {
    about: ['task.cpuUnits', 'task.memoryMiB'],
    problem: ({ task: { cpuUnits, memoryMiB } }) => {
      const [min, max, step] = MEMORY[cpuUnits];
      // 1,536 is no size for 256 units: the only gap in the steps of the table.
      const isGap = cpuUnits === 256 && memoryMiB === 1_536;
      if (memoryMiB >= min && memoryMiB <= max && memoryMiB % step === 0 && !isGap) return undefined;
      const allowed =
        cpuUnits === 256
          ? '512, 1024 or 2048'
          : `${thousands(min)} to ${thousands(max)} in steps of ${thousands(step)}`;
      return `with that CPU, Fargate has ${allowed} MiB`;
    },
  },
  {
    about: ['fargate.tasks', 'fargate.nightTasks', 'schedule.night', 'preset'],
    problem: (values) =>
      values.preset === 'production' && fewestTasks(values) < 2 ? `${TWO_OR_MORE}; 2 tasks or more` : undefined,
  },
  {
    about: ['fargate.maxTasks', 'fargate.tasks', 'fargate.nightTasks', 'schedule.night'],
    problem: (values) => {
      const { tasks, nightTasks, maxTasks } = values.fargate;
      const most = night(values) ? Math.max(tasks, nightTasks) : tasks;
      return most > maxTasks ? `the maximum is below the minimum; set fargate.maxTasks to ${most} or more` : undefined;
    },
  },
];

const fewestTasks = (values: FargateValues): number => {
  const { tasks, nightTasks } = values.fargate;
  return night(values) ? Math.min(tasks, nightTasks) : tasks;
};

export const fargate = {
  id: 'Fargate',
  description: 'The service on ECS over Fargate',
  rows,
  rules,
  images: (values) => [imageVariant(values)],
  comparison: {
    title: '[ECS on Fargate](docs/ecs.md)',
    scales: 'tasks on CPU and requests, by day and by night',
    back: 'circuit breaker and alarms; rolling, blue-green, linear or canary',
    measured: 'image',
  },
  task: 'fargate',
  create: (app, props, values, foundation) => {
    const { tasks, nightTasks, maxTasks, spotPercent, deployment } = values.fargate;
    return new FargateStack(app, 'Fargate', {
      ...props,
      ...serviceProps(values, foundation, {
        option: 'fargate',
        subdomain: 'fargate',
        deployment,
        day: { min: tasks, max: maxTasks },
        atNight: { min: nightTasks, max: maxTasks },
      }),
      onDemandTasks: values.preset === 'production' ? 2 : 1,
      spotPercent,
    });
  },
} satisfies ComputeOption<FargateValues>;
