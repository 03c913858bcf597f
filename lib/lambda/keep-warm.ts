import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';

export interface KeepWarmProps {
  readonly alias: Alias;
  readonly every: Duration;
}

/**
 * Asks the function for its health every few minutes, as a load balancer would: the service neither counts nor logs
 * that, and the next request finds it warm. It keeps one environment from being given up, not two: a request while it
 * is busy starts cold.
 */
export class KeepWarm extends Construct {
  constructor(scope: Construct, id: string, { alias, every }: KeepWarmProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [alias.functionArn] }));
    new Schedule(this, 'Schedule', {
      description: 'Keeps one execution environment of the service initialised',
      schedule: ScheduleExpression.rate(every),
      target: new LambdaInvoke(alias, {
        role: role.withoutPolicyUpdates(), // CDK would let it invoke every version
        input: ScheduleTargetInput.fromObject(HEALTH_CHECK),
        // The next one comes soon enough.
        retryAttempts: 0,
        maxEventAge: Duration.minutes(1),
      }),
    });
  }
}

/** A function URL's request for the health, as far as lambda/function-url.ts reads it. */
const HEALTH_CHECK = {
  version: '2.0',
  rawPath: '/health',
  rawQueryString: '',
  headers: {},
  requestContext: { domainName: 'keep-warm', http: { method: 'GET', path: '/health' } },
  isBase64Encoded: false,
};
