import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { ImageTarget } from '../../docker/build';
import type { Architecture } from '../../packaging/bundle';
import { flag, integer, oneOfNumbers, type Values } from '../options/kinds';
import type { ServiceImage } from '../shared/compute-option';
import type { SharedValues } from '../shared/options';
import { serviceEnvironment } from '../shared/service-environment';
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

/** The image that a task needs: ECS Exec needs a shell in it. */
export const imageTarget = ({ task }: Pick<TaskValues, 'task'>): ImageTarget => (task.exec ? 'exec' : 'service');

/** The task of the thumbnail service, for a compute option by the name that `GET /info` answers. */
export const taskSettings = (
  option: string,
  values: TaskValues,
  { repository, tag }: ServiceImage,
  architecture: Architecture,
): TaskSettings => ({
  image: ContainerImage.fromEcrRepository(repository, tag),
  architecture,
  cpuUnits: values.task.cpuUnits,
  memoryMiB: values.task.memoryMiB,
  environment: serviceEnvironment(option, values),
});
