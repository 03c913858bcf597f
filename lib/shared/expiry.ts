import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { Universal } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';

export interface ExpiryProps {
  /** The time of the first attempt. */
  readonly at: Date;
}

/** A deletion can fail after CloudFormation has taken the request, which Scheduler does not see. */
const TRY_AGAIN = Duration.hours(1);

/**
 * Has the stack delete itself: from a time on, each hour until it is gone. The schedule and its role are part of the
 * stack, and go with it. Another deployment moves the time, or takes the schedule away.
 *
 * The role may delete this very stack, by its id, and nothing else. CloudFormation deletes with the role that the stack
 * was deployed with, "even if [the caller doesn't] have permission to pass it" (CloudFormation API Reference,
 * "DeleteStack"), so that no right to pass a role is needed.
 */
export class Expiry extends Construct {
  constructor(scope: Construct, id: string, { at }: ExpiryProps) {
    super(scope, id);
    const { account, stackId } = Stack.of(this);
    const role = new Role(this, 'Role', {
      description: 'Deletes this stack, and nothing else',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    });
    new Schedule(this, 'Schedule', {
      description: 'Deletes this stack, since it was not deployed again',
      schedule: ScheduleExpression.rate(TRY_AGAIN),
      start: at,
      target: new Universal({
        service: 'cloudformation',
        action: 'deleteStack',
        input: ScheduleTargetInput.fromObject({ StackName: stackId }),
        role,
        policyStatements: [new PolicyStatement({ actions: ['cloudformation:DeleteStack'], resources: [stackId] })],
        // The next one comes in an hour.
        retryAttempts: 3,
        maxEventAge: Duration.minutes(30),
      }),
    });
  }
}
