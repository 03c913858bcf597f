import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Alarms } from './alarms';

export interface FunctionAlarmsProps {
  /** What callers call: a function, or its alias. */
  readonly target: IFunction;
  /** Longest run of one invocation. */
  readonly timeout: Duration;
  /** The option of its memory, for the person who reads the mail. */
  readonly memoryOption: string;
}

/** Adds the alarms of a function that answers over HTTP: a crash, a refused invocation, one that came close to its timeout. */
export function addFunctionAlarms(alarms: Alarms, { target, timeout, memoryOption }: FunctionAlarmsProps): void {
  const period = Duration.minutes(5);
  alarms.add('Errors', {
    metric: target.metricErrors({ period }),
    threshold: 1,
    evaluationPeriods: 1,
    alarmDescription:
      'An invocation crashed or timed out; the service itself answers every bad picture. Look at its log.',
  });
  alarms.add('Throttles', {
    metric: target.metricThrottles({ period }),
    threshold: 1,
    evaluationPeriods: 1,
    alarmDescription:
      'More requests at once than the account has concurrency for (10 in a new account): ask for a higher quota.',
  });
  alarms.add('NearTimeout', {
    metric: target.metricDuration({ period, statistic: 'Maximum' }),
    threshold: timeout.toMilliseconds() * 0.8,
    evaluationPeriods: 1,
    alarmDescription: `An invocation took over 80 % of lambda.timeoutSeconds: raise it, or ${memoryOption} for more CPU.`,
  });
}
