import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Alarms } from '../shared/alarms';
import { UNHEALTHY } from './single-instance-watch';

export interface ServiceAlarmsProps {
  readonly alarms: Alarms;
  /** The log of the service. */
  readonly logGroup: ILogGroup;
  /** Namespace of the metrics that the instances publish. */
  readonly metricsNamespace: string;
  /** Their one dimension, `Service`. */
  readonly metricsService: string;
  /** Whether no load balancer asks the one instance for its health. */
  readonly standsAlone: boolean;
}

/** The alarms on what only the instances themselves can tell: memory, disk, starts of the service, and silence. */
export class ServiceAlarms extends Construct {
  readonly memory: Metric;
  readonly disk: Metric;
  /** How often the service has started. */
  readonly starts: Metric;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ServiceAlarmsProps,
  ) {
    super(scope, id);
    const { alarms } = props;
    this.memory = this.ofAgent('mem_used_percent');
    this.disk = this.ofAgent('disk_used_percent');
    this.starts = this.countInLog('Starts', 'listening');
    alarms.add('Memory', {
      metric: this.memory,
      threshold: 90,
      evaluationPeriods: 3,
      alarmDescription: 'Memory above 90 % for a quarter of an hour: choose a larger ec2.instanceType.',
    });
    alarms.add('Disk', {
      metric: this.disk,
      threshold: 80,
      evaluationPeriods: 1,
      alarmDescription: 'The root volume is four fifths full: look for what grows, or set a larger ec2.volumeGiB.',
    });
    alarms.add('Restarts', {
      metric: this.starts,
      // A deployment starts the service once on each instance, of which there are ten at most.
      threshold: 11,
      evaluationPeriods: 1,
      alarmDescription:
        'The service starts again and again: more often within five minutes than there are instances. Look at its log.',
    });
    if (!props.standsAlone) return;
    alarms.add('Unhealthy', {
      metric: this.countInLog('Silences', UNHEALTHY),
      threshold: 1,
      evaluationPeriods: 1,
      alarmDescription: 'The instance did not answer /health three times in a row: look at the log of the service.',
    });
  }

  /** The worst of all instances. */
  private ofAgent(metricName: string): Metric {
    const { metricsNamespace, metricsService } = this.props;
    return new Metric({
      namespace: metricsNamespace,
      metricName,
      dimensionsMap: { Service: metricsService },
      statistic: 'Maximum',
      period: Duration.minutes(5),
    });
  }

  private countInLog(metricName: string, message: string): Metric {
    const filter = new MetricFilter(this, metricName, {
      logGroup: this.props.logGroup,
      filterPattern: FilterPattern.stringValue('$.message', '=', message),
      metricNamespace: this.props.metricsService,
      metricName,
    });
    return filter.metric({ statistic: 'Sum', period: Duration.minutes(5) });
  }
}
