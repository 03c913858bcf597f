import { Duration, Stack } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, Metric, Row, Stats, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Alarms } from '../shared/alarms';

const PERIOD = Duration.minutes(5);

export interface WebFunctionMonitoringProps {
  readonly functionName: string;
  /** The endpoint that callers use. */
  readonly endpointName: string;
  /** Where Lambda writes how each environment started. */
  readonly logGroup: ILogGroup;
  readonly alarms: Alarms;
}

/**
 * Alarms and a dashboard of a Web Function. CDK models none of its metrics; Lambda gives a class of status codes no data
 * point where there was no such answer (Lambda Developer Guide, "Using CloudWatch metrics with Lambda Web Functions").
 */
export class WebFunctionMonitoring extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { functionName, endpointName, logGroup, alarms }: WebFunctionMonitoringProps,
  ) {
    super(scope, id);
    const answers = (statusClass: '2XX' | '3XX' | '4XX' | '5XX'): Metric =>
      new Metric({
        namespace: 'AWS/Lambda/Web',
        metricName: `HTTPResponseStatusClass${statusClass}`,
        dimensionsMap: { FunctionName: functionName, EndpointName: endpointName },
        statistic: Stats.SUM,
        period: PERIOD,
      });
    const starts = (status: 'success' | 'failure'): Metric =>
      new MetricFilter(this, status === 'success' ? 'Starts' : 'FailedStarts', {
        logGroup,
        filterPattern: FilterPattern.all(
          FilterPattern.stringValue('$.type', '=', 'platform.initReport'),
          FilterPattern.stringValue('$.record.status', '=', status),
        ),
        // A namespace of the stack's own, since the name of the function is not in its log.
        metricNamespace: Stack.of(this).stackName,
        metricName: status === 'success' ? 'EnvironmentStarts' : 'EnvironmentStartFailures',
        unit: Unit.COUNT,
      }).metric({ statistic: Stats.SUM, period: PERIOD });

    const failed = starts('failure');
    // A count and no share of all: a class without answers has no data, and a sum with it would have none either.
    alarms.add('ServerErrors', {
      metric: answers('5XX'),
      threshold: 1,
      evaluationPeriods: 1,
      alarmDescription:
        'Answers with a 5xx status: 504 is webFunction.timeoutSeconds, 503 too many pictures at once in one environment ' +
        '(lower webFunction.maxConcurrencyPerEnvironment), 502 and 500 a crash. The log says which.',
    });
    alarms.add('StartFailures', {
      metric: failed,
      threshold: 1,
      evaluationPeriods: 1,
      alarmDescription:
        'The server of an execution environment did not listen within 10 s: see platform.initReport in the log. ' +
        'Where a deployment has failed with it, no caller met that revision; otherwise go back to an earlier one.',
    });
    const graph = (title: string, left: Metric[]): GraphWidget =>
      new GraphWidget({ title, left, width: 12, leftYAxis: { min: 0 } });
    new Dashboard(this, 'Dashboard').addWidgets(
      new Row(
        graph('Answers by status', [answers('2XX'), answers('3XX'), answers('4XX'), answers('5XX')]),
        graph('Starts of environments', [starts('success'), failed]),
      ),
    );
  }
}
