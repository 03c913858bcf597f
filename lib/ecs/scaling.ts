import { Duration, TimeZone } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { BaseService } from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import type { NightWindow, TimeOfDay } from '../shared/night';
import type { ServiceTraffic } from './traffic';

/** Tasks are added soon, and taken away late. */
const COOLDOWNS = { scaleInCooldown: Duration.minutes(5), scaleOutCooldown: Duration.minutes(1) };

/** How many tasks, at least and at most. */
export interface TaskRange {
  readonly min: number;
  readonly max: number;
}

export interface ServiceScalingProps {
  readonly service: BaseService;
  readonly traffic: ServiceTraffic;
  /** Requests a minute that one task answers comfortably; tasks are added above that. */
  readonly requestsPerTask: number;
  readonly day: TaskRange;
  /** When the bounds are others. @default - day and night are alike */
  readonly night?: { readonly window: NightWindow; readonly tasks: TaskRange } | undefined;
}

/**
 * The number of tasks follows the load between two bounds, and the bounds follow the time of day. The service itself
 * has no desired count, so that a deployment does not set it back.
 */
export class ServiceScaling extends Construct {
  constructor(scope: Construct, id: string, props: ServiceScalingProps) {
    super(scope, id);
    const { service, traffic, day, night } = props;
    const tasks = service.autoScaleTaskCount({ minCapacity: day.min, maxCapacity: day.max });
    tasks.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 60, ...COOLDOWNS });
    // With two target groups the requests move from one to the other, and a policy can watch but one.
    const [targetGroup, ...others] = traffic.targetGroups;
    if (others.length === 0)
      tasks.scaleOnRequestCount('Requests', { requestsPerTarget: props.requestsPerTask, targetGroup, ...COOLDOWNS });

    if (night === undefined) return;
    const timeZone = TimeZone.of(night.window.timeZone);
    const setBounds = (id: string, at: TimeOfDay, { min, max }: TaskRange): void =>
      tasks.scaleOnSchedule(id, { schedule: Schedule.cron(at), timeZone, minCapacity: min, maxCapacity: max });
    setBounds('Day', night.window.to, day);
    setBounds('Night', night.window.from, night.tasks);
  }
}
