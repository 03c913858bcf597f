import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, MathExpression, type IMetric, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Alarms } from '../shared/alarms';
import type { BeanstalkEnvironment } from './environment';
import type { BeanstalkMetric } from './setting-names';

/** What enhanced health sends for the alarms and the dashboard, each billed as a custom metric. */
export const MONITORED = [
  'ApplicationRequestsTotal',
  'ApplicationRequests5xx',
  'ApplicationLatencyP99',
  'InstancesOk',
] as const satisfies readonly BeanstalkMetric[];

export interface BeanstalkMonitoringProps {
  readonly environment: BeanstalkEnvironment;
  readonly alarms: Alarms;
}

/** The alarms of an environment, and one dashboard with everything to look at when any alarm sounds. */
export class BeanstalkMonitoring extends Construct {
  constructor(scope: Construct, id: string, { environment, alarms }: BeanstalkMonitoringProps) {
    super(scope, id);
    const period = Duration.minutes(5);
    const metric = (name: (typeof MONITORED)[number], statistic: string): Metric =>
      environment.metric(name, { statistic, period });
    const errors = metric('ApplicationRequests5xx', 'Sum');
    const requests = metric('ApplicationRequestsTotal', 'Sum');
    const p99 = metric('ApplicationLatencyP99', 'Average');

    alarms.add('Health', {
      metric: environment.metric('EnvironmentHealth', { statistic: 'Maximum', period: Duration.minutes(1) }),
      threshold: 20,
      evaluationPeriods: 5,
      alarmDescription:
        'Health is degraded or severe for five minutes: Elastic Beanstalk lists the causes under Health.',
    });
    alarms.add('Errors', {
      metric: new MathExpression({
        expression: 'IF(errors >= 5, 100 * errors / requests, 0)',
        usingMetrics: { errors, requests },
        period,
        label: '5xx, % of requests',
      }),
      threshold: 5,
      evaluationPeriods: 1,
      alarmDescription:
        'Five answers or more within five minutes, and 5 % of all, were errors of the server: look at web.stdout.log of the instances.',
    });
    alarms.add('Latency', {
      metric: p99,
      threshold: 10,
      evaluationPeriods: 3,
      alarmDescription:
        'One request in a hundred takes over ten seconds: choose larger beanstalk.instanceTypes, or more.',
    });

    const graph = (title: string, left: IMetric[]): GraphWidget =>
      new GraphWidget({ title, left, width: 6, leftYAxis: { min: 0 } });
    new Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.hours(12),
      widgets: [
        [
          graph('Requests', [requests, errors]),
          graph('Time to answer, s', [p99]),
          graph('Instances that are well', [metric('InstancesOk', 'Minimum')]),
          graph('Health, 0 ok to 25 severe', [
            environment.metric('EnvironmentHealth', { statistic: 'Maximum', period }),
          ]),
        ],
      ],
    });
  }
}
