import { Duration } from 'aws-cdk-lib';
import { MathExpression, type Alarm, type IMetric, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { StarPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnResourcePolicy, FunctionUrlAuthType, type Alias, type CfnUrl } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Alarms } from './alarms';

/** Who may call a function URL. */
export interface UrlAccess {
  /** `none`: without credentials; `iam`: principals that sign their requests with IAM credentials. */
  readonly auth: 'none' | 'iam';
  /**
   * Blocks from which it may be called, whichever way; without one of IPv6, no caller over IPv6 is in them.
   * @default - from every address
   */
  readonly allowedCidrs?: readonly string[] | undefined;
}

export interface ServiceUrlProps extends UrlAccess {
  readonly alias: Alias;
}

/**
 * The function URL of an alias, with the resource-based policy that says who may call it.
 *
 * The policy is one `AWS::Lambda::ResourcePolicy`, never an `AWS::Lambda::Permission`: the first replaces the whole
 * policy and its deletion removes the whole policy, statements of the second included. So that a change of the options
 * changes one resource in place, it is the same resource in each of them.
 * Source: CloudFormation Template Reference, "AWS::Lambda::ResourcePolicy".
 */
export class ServiceUrl extends Construct {
  /** `https://…/`, as Lambda gives it. */
  readonly url: string;
  private readonly alias: Alias;

  constructor(scope: Construct, id: string, { alias, auth, allowedCidrs }: ServiceUrlProps) {
    super(scope, id);
    this.alias = alias;
    const url = alias.addFunctionUrl();
    // On the resource: with the property `authType`, CDK would add permissions beside the policy.
    (url.node.defaultChild as CfnUrl).authType = FunctionUrlAuthType[auth === 'none' ? 'NONE' : 'AWS_IAM'];
    this.url = url.url;

    const statements = [
      ...(auth === 'none' ? everybody(alias.functionArn) : []),
      ...(allowedCidrs === undefined ? [] : [denialElsewhere(alias.functionArn, allowedCidrs)]),
    ];
    if (statements.length > 0)
      new CfnResourcePolicy(this, 'Policy', {
        resourceArn: alias.functionArn,
        policyDocument: new PolicyDocument({ statements }),
      });
  }

  /** A metric of the URL, summed up: `UrlRequestCount`, `Url4xxCount`, `Url5xxCount`. */
  metric(metricName: 'UrlRequestCount' | 'Url4xxCount' | 'Url5xxCount', period: Duration): Metric {
    return this.alias.metric(metricName, { statistic: 'Sum', period });
  }

  /**
   * Tells where the service answers, but with 5xx: two or more in a minute that are 5 % of the requests or more, in two
   * of five minutes. A crash or a timeout is a 5xx too. Without a request there is no data, which is no alarm.
   */
  alarmWhenFailing(alarms: Alarms, id: string, what: string): Alarm {
    return alarms.add(id, {
      metric: this.shareOfErrors(),
      threshold: ERROR_PERCENT,
      evaluationPeriods: 5,
      datapointsToAlarm: 2,
      alarmDescription: `${what} answers ${ERROR_PERCENT} % of its requests or more with 5xx: look at its log. 502 is a crash or a timeout.`,
    });
  }

  /** No FILL: with late data, an alarm on an expression that makes up what is missing can stay where it is. */
  private shareOfErrors(): IMetric {
    const period = Duration.minutes(1);
    return new MathExpression({
      expression: `IF(errors >= ${LEAST_ERRORS}, 100 * errors / requests, 0)`,
      usingMetrics: {
        errors: this.metric('Url5xxCount', period),
        requests: this.metric('UrlRequestCount', period),
      },
      period,
      label: '5xx, % of requests',
    });
  }
}

/** A canary of 10 % that fails whole is above it; a few failures among thousands are below. */
const ERROR_PERCENT = 5;
const LEAST_ERRORS = 2;

/** Both permissions that a function URL asks for (Lambda Developer Guide, "Control access to Lambda function URLs"). */
const everybody = (aliasArn: string): PolicyStatement[] => [
  new PolicyStatement({
    sid: 'CallTheUrl',
    principals: [new StarPrincipal()],
    actions: ['lambda:InvokeFunctionUrl'],
    resources: [aliasArn],
    conditions: { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } },
  }),
  new PolicyStatement({
    sid: 'InvokeByTheUrl',
    principals: [new StarPrincipal()],
    actions: ['lambda:InvokeFunction'],
    resources: [aliasArn],
    conditions: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
  }),
];

/**
 * A denial, and not a condition of what is allowed: a principal of this account may call by its own policy. It is on the
 * call of the URL alone, which has the caller's address; what invokes the function by the API has none of these.
 */
const denialElsewhere = (aliasArn: string, cidrs: readonly string[]): PolicyStatement =>
  new PolicyStatement({
    sid: 'OnlyFromTheAllowedAddresses',
    effect: Effect.DENY,
    principals: [new StarPrincipal()],
    actions: ['lambda:InvokeFunctionUrl'],
    resources: [aliasArn],
    conditions: { NotIpAddress: { 'aws:SourceIp': cidrs } },
  });
