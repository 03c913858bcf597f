import { Duration, Stack } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { MathExpression, Unit, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter, type IFilterPattern, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Alarms } from './alarms';

export interface ColdStartsProps {
  /** Where the function logs in JSON. */
  readonly logGroup: ILogGroup;
  /** Its invocations, of any period. */
  readonly invocations: Metric;
  /**
   * The lines of its log that each tell of one invocation that started cold. To be given where concurrency may be
   * provisioned: there Lambda's report has the duration of the initialisation too, though no caller waited for it.
   *
   * @default - the reports with an initialisation
   */
  readonly coldLines?: IFilterPattern;
  /**
   * Whether it starts from a snapshot: the report then says how long its restoration took, and nothing else of it.
   *
   * @default false
   */
  readonly snapStart?: boolean;
}

/** From how many invocations an hour on their share of cold starts says something. */
const ENOUGH_INVOCATIONS = 20;

/**
 * How often a function starts cold, and how long its initialisation takes: from its log, so that it takes no extension.
 *
 * The duration is in `platform.report` of an environment's first invocation, whoever waited. How it was initialised only
 * `platform.initReport` says (`initializationType`), which names no invocation.
 *
 * Source: Lambda Developer Guide, "Lambda Telemetry API Event schema reference".
 */
export class ColdStarts extends Construct {
  private readonly initDuration: Metric;
  private readonly cold: Metric;
  private readonly invocations: Metric;

  constructor(scope: Construct, id: string, { logGroup, invocations, coldLines, snapStart }: ColdStartsProps) {
    super(scope, id);
    const duration = snapStart ? 'RestoreDuration' : 'InitDuration';
    const field = snapStart ? '$.record.metrics.restoreDurationMs' : '$.record.metrics.initDurationMs';
    // A namespace of the stack's own, since the name of the function is not in its log.
    const metricNamespace = Stack.of(this).stackName;
    this.initDuration = new MetricFilter(this, 'InitDuration', {
      logGroup,
      filterPattern: FilterPattern.all(
        FilterPattern.stringValue('$.type', '=', 'platform.report'),
        FilterPattern.numberValue(field, '>=', 0),
      ),
      metricNamespace,
      metricName: `${id}${duration}`,
      metricValue: field,
      unit: Unit.MILLISECONDS,
    }).metric();
    this.cold =
      coldLines === undefined
        ? this.initDuration
        : new MetricFilter(this, 'Cold', {
            logGroup,
            filterPattern: coldLines,
            metricNamespace,
            metricName: `${id}Cold`,
          }).metric();
    this.invocations = invocations;
  }

  /** How long initialisation took, or in its place restoration from a snapshot, in milliseconds. */
  duration(statistic: string, period: Duration): Metric {
    return this.initDuration.with({ statistic, period });
  }

  /** Cold starts as a share of all invocations, in percent; 0 where there are none. */
  share(period: Duration): IMetric {
    return this.percent('IF(invocations >= 1, 100 * FILL(cold, 0) / invocations, 0)', period);
  }

  private percent(expression: string, period: Duration): IMetric {
    return new MathExpression({
      expression,
      usingMetrics: {
        cold: this.cold.with({ statistic: 'SampleCount', period }),
        invocations: this.invocations.with({ statistic: 'Sum', period }),
      },
      period,
      label: 'cold starts, % of invocations',
    });
  }

  /** Tells of initialisations that take so many milliseconds; the option is the one of its memory. */
  alarmWhenSlow(alarms: Alarms, slowMs: number, memoryOption: string): void {
    alarms.add(`${this.node.id}Slow`, {
      metric: this.duration('Average', Duration.hours(1)),
      threshold: slowMs,
      evaluationPeriods: 1,
      alarmDescription: `Initialisation takes ${slowMs} ms and more: see what grew in the package, or give it more ${memoryOption}.`,
    });
  }

  /** Raises an alarm for many cold starts, where callers wait for the answer. */
  alarmWhenMany(alarms: Alarms): void {
    alarms.add(`${this.node.id}Many`, {
      // No FILL: with late data, an alarm on an expression that makes up what is missing can stay where it is.
      metric: this.percent(`IF(invocations >= ${ENOUGH_INVOCATIONS}, 100 * cold / invocations, 0)`, Duration.hours(1)),
      threshold: 20,
      evaluationPeriods: 1,
      alarmDescription:
        'One of five invocations in the last hour was a cold start. If that is too slow for whoever waits: ' +
        'lambda.provisionedConcurrency, or lambda.keepWarmMinutes if there is never more than one at a time.',
    });
  }
}
