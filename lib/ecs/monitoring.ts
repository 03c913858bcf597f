import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, MathExpression, Metric, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { BaseService } from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import type { Alarms } from '../shared/alarms';
import type { ServiceTraffic } from './traffic';

export interface ServiceMonitoringProps {
  /** Whether the cluster has Container Insights, whose metrics count the tasks that ECS wants. */
  readonly insights: boolean;
  readonly service: BaseService;
  readonly traffic: ServiceTraffic;
  readonly alarms: Alarms;
  /** A graph of its own for what the stack has besides the service. @default - none */
  readonly capacity?: { readonly title: string; readonly metrics: readonly IMetric[] };
}

/** The alarms on what the tasks use, and one dashboard with everything to look at when any alarm sounds. */
export class ServiceMonitoring extends Construct {
  constructor(scope: Construct, id: string, { insights, service, traffic, alarms, capacity }: ServiceMonitoringProps) {
    super(scope, id);
    const period = Duration.minutes(5);
    const cpu = service.metricCpuUtilization({ period, label: 'CPU' });
    const memory = service.metricMemoryUtilization({ period, label: 'Memory' });
    alarms.add('Cpu', {
      metric: cpu,
      threshold: 85,
      evaluationPeriods: 3,
      alarmDescription: 'CPU over 85 % for 15 minutes, though tasks are added at 60: the most allowed run already.',
    });
    alarms.add('Memory', {
      metric: memory,
      threshold: 85,
      evaluationPeriods: 3,
      alarmDescription: 'Memory over 85 % for 15 minutes: raise task.memoryMiB, or lower service.maxMegapixels.',
    });

    // Without Container Insights, ECS publishes no metric of how many tasks it wants; ServiceTraffic's alarm knows the fewest.
    const missing = insights ? [missingTasks(service)] : [];
    for (const metric of missing)
      alarms.add('MissingTasks', {
        metric,
        threshold: 1,
        evaluationPeriods: 15,
        alarmDescription:
          'Fewer tasks run than the service wants, for a quarter of an hour: look at its events, and at the log of failed tasks.',
      });

    const graph = (title: string, ...left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: 8 });
    new Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.hours(12),
      widgets: [
        [
          graph('Requests', traffic.requests, traffic.serviceErrors, traffic.balancerErrors),
          graph('Time to answer, s', traffic.p99),
          graph('Tasks', traffic.healthyTasks, ...missing),
        ],
        [graph('CPU and memory, %', cpu, memory), ...(capacity ? [graph(capacity.title, ...capacity.metrics)] : [])],
      ],
    });
  }
}

/** Tasks that the service wants and that don't run. */
function missingTasks(service: BaseService): IMetric {
  const period = Duration.minutes(1);
  const dimensionsMap = { ClusterName: service.cluster.clusterName, ServiceName: service.serviceName };
  const metric = (metricName: string): Metric =>
    new Metric({ namespace: 'ECS/ContainerInsights', metricName, dimensionsMap, period });
  const usingMetrics = { wanted: metric('DesiredTaskCount'), running: metric('RunningTaskCount') };
  return new MathExpression({ expression: 'wanted - running', usingMetrics, period, label: 'Tasks missing' });
}
