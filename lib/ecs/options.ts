import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { ImageTarget, ImageVariant } from '../../docker/build';
import { flag, integer, oneOf, oneOfNumbers, type Values } from '../options/kinds';
import type { Foundation } from '../shared/compute-option';
import type { SharedValues } from '../shared/options';
import { serviceEnvironment } from '../shared/service-environment';
import { logSettings, night, publicAccess } from '../shared/settings';
import type { EcsServiceProps } from './cluster';
import type { TaskRange } from './scaling';
import type { DeploymentName } from './traffic';

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

/** What differs between the services of the compute options. */
interface ServiceSettings {
  /** The name of the compute option that `GET /info` answers. */
  readonly option: string;
  /** First label of the service's domain name. */
  readonly subdomain: string;
  readonly deployment: DeploymentName;
  readonly day: TaskRange;
  readonly atNight: TaskRange;
}

/** The props that every compute option of ECS gives its stack: the thumbnail service, and how it runs. */
export function serviceProps(
  values: TaskValues,
  foundation: Foundation,
  { option, subdomain, deployment, day, atNight }: ServiceSettings,
): EcsServiceProps {
  const { task, alarms } = values;
  const { repository, tag } = foundation.image(imageVariant(values));
  const window = night(values);
  return {
    vpc: foundation.vpc(),
    access: publicAccess(values, subdomain),
    task: {
      image: ContainerImage.fromEcrRepository(repository, tag),
      architecture: task.architecture,
      cpuUnits: task.cpuUnits,
      memoryMiB: task.memoryMiB,
      environment: serviceEnvironment(option, values),
    },
    deployment,
    exec: task.exec,
    insights: task.insights,
    requestsPerTask: task.requestsPerMinute,
    day,
    night: window && { window, tasks: atNight },
    logs: logSettings(values),
    alarmEmail: alarms.email,
  };
}
