import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { ImageTarget, ImageVariant } from '../../docker/build';
import { flag, integer, oneOf, oneOfNumbers, type Values } from '../options/kinds';
import type { SharedValues } from '../shared/options';
import { serviceEnvironment } from '../shared/service-environment';
import type { ServiceImage } from '../shared/service-image';
import type { TaskSettings } from './task';

/** The options that every compute option of ECS reads: its task. */
export const taskRows = {
  'task.cpuUnits': oneOfNumbers({
    numbers: [256, 512, 1_024, 2_048, 4_096, 8_192, 16_384],
    default: 256,
    meaning: 'CPU of a task on ECS, 1,024 to a vCPU',
  }),
  'task.memoryMiB': integer({
    min: 512,
    max: 122_880,
    unit: 'MiB',
    default: 512,
    meaning: 'memory of a task on ECS; Fargate has certain sizes for each CPU size',
  }),
  'task.architecture': oneOf({
    values: ['arm64', 'x64'],
    default: 'arm64',
    meaning: 'processor of a task on ECS, and of its image; x64 where a library has no build for Graviton',
  }),
  'task.requestsPerMinute': integer({
    min: 1,
    max: 1_000_000,
    // Some 40 ms of CPU each, at a quarter of a vCPU and half load.
    default: 150,
    meaning: 'requests a minute that one task answers comfortably; tasks are added above that',
  }),
  'task.exec': flag({
    default: false,
    meaning: 'ECS Exec into running tasks, recorded; its image has a shell, and its root file system is writable',
  }),
  'task.insights': flag({
    default: { sandbox: false, production: true },
    meaning: 'Container Insights with metrics of each task, billed by the metric',
  }),
};

export type TaskValues = SharedValues & Values<typeof taskRows>;

/** The image of a task. */
export const imageVariant = ({ task }: Pick<TaskValues, 'task'>): ImageVariant => ({
  architecture: task.architecture,
  target: imageTarget({ task }),
});

/** The image that a task needs: ECS Exec needs a shell in it. */
export const imageTarget = ({ task }: Pick<TaskValues, 'task'>): ImageTarget => (task.exec ? 'exec' : 'service');

/** The task of the thumbnail service, for a compute option by the name that `GET /info` answers. */
export const taskSettings = (option: string, values: TaskValues, { repository, tag }: ServiceImage): TaskSettings => ({
  image: ContainerImage.fromEcrRepository(repository, tag),
  architecture: values.task.architecture,
  cpuUnits: values.task.cpuUnits,
  memoryMiB: values.task.memoryMiB,
  environment: serviceEnvironment(option, values),
});
