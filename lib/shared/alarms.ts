import { Stack, Validations } from 'aws-cdk-lib';
import { Alarm, TreatMissingData, type AlarmProps } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmsProps {
  /** E-mail address that is notified; AWS first asks it to confirm. @default - none: subscribe to the topic yourself */
  readonly email?: string | undefined;
}

/** The alarms of a stack and the topic that they speak to, when they sound and when they are over. */
export class Alarms extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    // No KMS key: the AWS managed one does not let CloudWatch publish, and an alarm's text is no secret.
    this.topic = new Topic(this, 'Topic', { enforceSSL: true });
    // A topic policy replaces the default one, which is what lets CloudWatch publish.
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    this.topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com', { conditions }));
    if (props.email !== undefined)
      Validations.of(this.topic.addSubscription(new EmailSubscription(props.email))).acknowledge({
        id: 'Serverless-SNSRedrivePolicy',
        reason: 'Mail has no consumer that could fail and retry; the history of an alarm keeps what it said.',
      });
  }

  /** Adds an alarm that notifies the topic. Without data it is silent: a service without requests is not broken. */
  add(id: string, props: AlarmProps): Alarm {
    const alarm = new Alarm(this, id, { treatMissingData: TreatMissingData.NOT_BREACHING, ...props });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
    return alarm;
  }
}
