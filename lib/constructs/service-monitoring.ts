import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { BaseService } from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import type { Alarms } from './alarms';
import type { ServiceTraffic } from './service-traffic';

export interface ServiceMonitoringProps {
  readonly service: BaseService;
  readonly traffic: ServiceTraffic;
  readonly alarms: Alarms;
  /**
   * A graph of its own for what the stack has besides the service.
   * @default - none
   */
  readonly capacity?: { readonly title: string; readonly metrics: readonly IMetric[] };
}

/** The alarms on what the tasks use, and one dashboard with everything to look at when any alarm sounds. */
export class ServiceMonitoring extends Construct {
  constructor(scope: Construct, id: string, { service, traffic, alarms, capacity }: ServiceMonitoringProps) {
    super(scope, id);
    const period = Duration.minutes(5);
    const cpu = service.metricCpuUtilization({ period, label: 'CPU' });
    const memory = service.metricMemoryUtilization({ period, label: 'Memory' });
    alarms.add('Cpu', {
      metric: cpu,
      threshold: 85,
      periods: 3,
      description:
        'CPU above 85 % for a quarter of an hour although tasks are added at 60: the most that is allowed run already.',
    });
    alarms.add('Memory', {
      metric: memory,
      threshold: 85,
      periods: 3,
      description:
        'Memory above 85 % for a quarter of an hour: a larger task.memoryMiB, or a smaller service.maxMegapixels.',
    });

    const graph = (title: string, ...left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: 8 });
    new Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.hours(12),
      widgets: [
        [
          graph('Requests', traffic.requests, traffic.serverErrors),
          graph('Time to answer, s', traffic.p99),
          graph('Tasks', traffic.healthyTasks),
        ],
        [graph('CPU and memory, %', cpu, memory), ...(capacity ? [graph(capacity.title, ...capacity.metrics)] : [])],
      ],
    });
  }
}
