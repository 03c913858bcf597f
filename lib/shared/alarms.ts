import { Stack, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmsProps {
  /**
   * E-mail address that gets the notifications; AWS first asks it to confirm.
   * @default - no subscription: subscribe to the topic yourself
   */
  readonly email?: string | undefined;
}

/** One alarm: what is watched, and from when on an operator should look. */
export interface AlarmCondition {
  readonly metric: IMetric;
  readonly threshold: number;
  /** For how many of the metric's periods in a row; with `datapoints`, how many periods are looked at. */
  readonly periods: number;
  /** For how many of these periods, in any order; data may come late. @default - for all */
  readonly breaching?: number;
  /** What it means and what to do, for the person who reads the mail. */
  readonly description: string;
  /** @default GREATER_THAN_OR_EQUAL_TO_THRESHOLD */
  readonly comparison?: ComparisonOperator;
  /** @default NOT_BREACHING: a service without requests is not broken */
  readonly missing?: TreatMissingData;
}

/** The alarms of a stack and the topic that they speak to, when they sound and when they are over. */
export class Alarms extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    // No KMS key: the AWS managed one does not let CloudWatch publish, and an alarm's text is no secret.
    this.topic = new Topic(this, 'Topic', { enforceSSL: true });
    // A topic policy replaces the default one, which is what lets CloudWatch publish.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (props.email !== undefined)
      Validations.of(this.topic.addSubscription(new EmailSubscription(props.email))).acknowledge({
        id: 'Serverless-SNSRedrivePolicy',
        reason:
          'Mail has no consumer that could fail and retry; what an alarm said is kept in its history in CloudWatch.',
      });
  }

  /** Adds an alarm that notifies the topic. */
  add(id: string, condition: AlarmCondition): Alarm {
    const alarm = new Alarm(this, id, {
      metric: condition.metric,
      threshold: condition.threshold,
      evaluationPeriods: condition.periods,
      ...(condition.breaching === undefined ? {} : { datapointsToAlarm: condition.breaching }),
      comparisonOperator: condition.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: condition.missing ?? TreatMissingData.NOT_BREACHING,
      alarmDescription: condition.description,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
    return alarm;
  }
}
