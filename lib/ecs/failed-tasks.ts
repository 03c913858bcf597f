import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Metric, Stats, type Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ICluster } from 'aws-cdk-lib/aws-ecs';
import { Rule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, ResourcePolicy } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Alarms } from '../shared/alarms';
import type { LogSettings } from '../shared/log-settings';

export interface FailedTasksProps {
  readonly logs: LogSettings;
  /** The cluster of the one service that is watched. */
  readonly cluster: ICluster;
  readonly alarms: Alarms;
}

/**
 * The tasks of a cluster that end without a request to stop: that can't start, whose container exits, that don't get
 * healthy. Why is kept in a log, since ECS itself forgets a stopped task after an hour.
 */
export class FailedTasks extends Construct {
  /** Sounds when a version does not come up, which no metric of the load balancer tells: it never sees such a task. */
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, { logs, cluster, alarms }: FailedTasksProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', logs);
    const logGroupArn = Stack.of(this).formatArn({ service: 'logs', resource: `log-group:${logGroup.logGroupName}` });
    // The target by hand: CDK's own has a function of a custom resource make the policy below.
    const rule = new Rule(this, 'Rule', {
      description: 'Tasks that have ended without a request to stop',
      eventPattern: {
        source: ['aws.ecs'],
        detailType: ['ECS Task State Change'],
        detail: { clusterArn: [cluster.clusterArn], lastStatus: ['STOPPED'], $or: FAILURES },
      },
      // Without the `:*` that an attribute of the log group ends with.
      targets: [{ bind: () => ({ arn: logGroupArn }) }],
    });
    const policy = new ResourcePolicy(this, 'Policy', {
      resourcePolicyName: `${Stack.of(this).stackName}-failed-tasks`,
      policyStatements: [
        new PolicyStatement({
          principals: [new ServicePrincipal('events.amazonaws.com')],
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [logGroup.logGroupArn],
        }),
      ],
    });
    rule.node.addDependency(policy);
    Validations.of(rule).acknowledge({
      id: 'Serverless-EventBusDLQ',
      reason: 'The log group is a record of its own; what counts is that there was an event, delivered or not.',
    });

    this.alarm = alarms.add('FailedTasks', {
      metric: new Metric({
        namespace: 'AWS/Events',
        metricName: 'Invocations',
        dimensionsMap: { RuleName: rule.ruleName },
        statistic: Stats.SUM,
        period: Duration.minutes(15),
        label: 'Failed tasks',
      }),
      threshold: 3,
      evaluationPeriods: 1,
      alarmDescription: `Three tasks in a quarter of an hour could not start, exited, or did not get healthy: ${logGroup.logGroupName} says why. During a deployment that shifts traffic: it is rolled back.`,
    });
  }
}

// ECS Developer Guide, "Amazon ECS task state change events" and "Stopped tasks error codes". A task that is scaled in, or
// replaced by its successor, has another stop code and another reason.
const FAILURES = [
  { stopCode: ['TaskFailedToStart', 'EssentialContainerExited'] },
  { stoppedReason: [{ prefix: 'Task failed' }] },
];
