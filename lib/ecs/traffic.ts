import { Duration, Validations } from 'aws-cdk-lib';
import { MathExpression, TreatMissingData, type Alarm, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  AlarmBehavior,
  AlternateTarget,
  DeploymentStrategy,
  ListenerRuleConfiguration,
  PropagatedTagSource,
  type BaseService,
  type BaseServiceOptions,
} from 'aws-cdk-lib/aws-ecs';
import {
  ApplicationListenerRule,
  ApplicationProtocol,
  ApplicationTargetGroup,
  HttpCodeElb,
  HttpCodeTarget,
  ListenerAction,
  ListenerCondition,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import type { Alarms } from '../shared/alarms';
import type { ServiceCluster } from './cluster';
import { FailedTasks } from './failed-tasks';
import type { LogSettings } from '../shared/log-settings';
import type { PublicLoadBalancer } from '../shared/public-load-balancer';
import type { ServiceScalingProps } from './scaling';
import { CONTAINER_PORT, DEREGISTRATION_DELAY } from './task';

/** How a service of ECS replaces one version by the next (ECS Developer Guide, "Amazon ECS deployment strategies"). */
export const DEPLOYMENTS = ['rolling', 'blue-green', 'linear', 'canary'] as const;
export type DeploymentName = (typeof DEPLOYMENTS)[number];

export interface ServiceTrafficProps extends Pick<ServiceScalingProps, 'day' | 'night'> {
  readonly cluster: ServiceCluster;
  readonly balancer: PublicLoadBalancer;
  readonly alarms: Alarms;
  /** `ip`: tasks with an address of their own; `instance`: tasks behind a port of their instance. */
  readonly targets: 'ip' | 'instance';
  /** How a new version takes over. */
  readonly deployment: DeploymentName;
  /** How long the record of failed tasks is kept. */
  readonly logs: LogSettings;
}

/**
 * How requests reach the tasks of a service, and how they move from one version to the next: the target groups, the
 * rule of the listener, the alarms that call a deployment off. A rolling update needs one target group; the other
 * strategies shift between two.
 */
export class ServiceTraffic extends Construct {
  /** The target groups: one, or one for each version while two run. */
  readonly targetGroups: readonly [ApplicationTargetGroup, ...ApplicationTargetGroup[]];
  readonly requests: IMetric;
  /** Time to the answer that 99 of 100 requests stay below. */
  readonly p99: IMetric;
  readonly serviceErrors: IMetric;
  /** Answers of the load balancer in the place of a task that is gone, or that does not answer. */
  readonly balancerErrors: IMetric;
  readonly healthyTasks: IMetric;
  private readonly rule: ApplicationListenerRule;
  private readonly alternateTarget: Pick<AlternateTarget, 'bind'> | undefined;
  private readonly callOff: readonly Alarm[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ServiceTrafficProps,
  ) {
    super(scope, id);
    const blue = this.targetGroup('Blue');
    this.targetGroups = props.deployment === 'rolling' ? [blue] : [blue, this.targetGroup('Green')];
    const [, green] = this.targetGroups;

    // Every path meets the rule below. A listener wants a word for the others all the same.
    props.balancer.listener.addAction('None', { action: ListenerAction.fixedResponse(404) });
    this.rule = new ApplicationListenerRule(this, 'Rule', {
      listener: props.balancer.listener,
      priority: 1,
      conditions: [ListenerCondition.pathPatterns(['/*'])],
      // ECS moves the weights; here is where they stand before the first deployment.
      action: green
        ? ListenerAction.weightedForward([blue, green].map((targetGroup, n) => ({ targetGroup, weight: 1 - n })))
        : ListenerAction.forward([blue]),
    });
    // ECS may have moved the requests to Green, where a template would leave none of them: looked at before.
    const { listenerArn: Listener } = props.balancer.listener;
    const moved = { Shifts: String(green !== undefined), Listener, Blue: blue.targetGroupArn };
    const look = props.cluster.ensure(this, 'Shift', moved);
    this.rule.node.addDependency(look);
    const productionListener = ListenerRuleConfiguration.applicationListenerRule(this.rule);
    const shifted = green && new AlternateTarget('Green', { alternateTargetGroup: green, productionListener });
    const bound = shifted?.bind(this);
    this.alternateTarget = bound && { bind: () => bound };
    // ECS assumes its role as soon as there is a service. Bound here, it is made minutes before, and IAM has spread it.
    if (green) look.node.addDependency(this.node.findChild('GreenRole'));

    const { metrics } = props.balancer.loadBalancer;
    this.requests = metrics.requestCount({ period: MINUTE, label: 'Requests' });
    this.p99 = metrics.targetResponseTime({ statistic: 'p99', period: MINUTE, label: 'p99' });
    this.balancerErrors = metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, { period: MINUTE });
    this.serviceErrors = metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, { period: MINUTE });
    const healthy = this.targetGroups.map((group) => group.metrics.healthyHostCount({ period: MINUTE }));
    this.healthyTasks = new MathExpression({
      expression: healthy.map((_, n) => `FILL(group${n}, 0)`).join(' + '), // a group without tasks has no data
      usingMetrics: Object.fromEntries(healthy.map((metric, n) => [`group${n}`, metric])),
      period: MINUTE,
      label: 'Healthy tasks',
    });
    this.callOff = this.addAlarms();
  }

  /** The options by which a service deploys: what runs in the meantime, and what makes it go back. */
  get deploymentOptions() {
    const { deployment } = this.props;
    return {
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      healthCheckGracePeriod: Duration.seconds(30),
      // What a cost report groups by, down to the task.
      propagateTags: PropagatedTagSource.SERVICE,
      enableECSManagedTags: true,
      deploymentAlarms: {
        alarmNames: this.callOff.map((alarm) => alarm.alarmName),
        behavior: AlarmBehavior.ROLLBACK_ON_ALARM,
      },
      deploymentStrategy: STRATEGIES[deployment],
      // For rolling updates only (ECS API Reference, "DeploymentCircuitBreaker"); the others bake, and go back by alarm.
      ...(deployment === 'rolling' ? { circuitBreaker: { rollback: true } } : { bakeTime: BAKE_TIME }),
      ...(deployment === 'linear' ? { linearConfiguration: { stepPercent: 20, stepBakeTime: BAKE_TIME } } : {}),
      ...(deployment === 'canary' ? { canaryConfiguration: { stepPercent: 10, stepBakeTime: BAKE_TIME } } : {}),
    } satisfies Partial<BaseServiceOptions>;
  }

  /** Sends requests to the tasks of the service. */
  send(service: BaseService): void {
    const { alternateTarget } = this;
    const target = { containerName: 'service', containerPort: CONTAINER_PORT, alternateTarget };
    this.targetGroups[0].addTarget(service.loadBalancerTarget(target));
    // A target group takes tasks only once a listener sends to it. The capacity providers of the cluster have to outlive
    // the service, which CDK's association of them does not see to (aws/aws-cdk#18179, #30728). And the first task pulls
    // its image as soon as there is a service: by what the execution role may do.
    service.node.addDependency(this.rule, service.cluster, service.taskDefinition.obtainExecutionRole());
    if (alternateTarget === undefined) return;
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers]',
      reason: 'The policy that AWS documents for the role with which ECS moves the weights of the listener rule.',
    });
    Validations.of(service).acknowledge({
      id: 'Annotation::@aws-cdk/aws-ecs:shouldUseCircuitBreaker',
      reason: 'It is for rolling updates only; alarms call this deployment off, one of them on failed tasks.',
    });
  }

  private targetGroup(id: string): ApplicationTargetGroup {
    return new ApplicationTargetGroup(this, id, {
      vpc: this.props.cluster.vpc,
      targetType: this.props.targets === 'ip' ? TargetType.IP : TargetType.INSTANCE,
      port: CONTAINER_PORT,
      protocol: ApplicationProtocol.HTTP,
      deregistrationDelay: DEREGISTRATION_DELAY,
      healthCheck: {
        path: '/health',
        port: 'traffic-port', // the default, said: each task on an instance has a port of its own
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
    });
  }

  /** Adds the alarms on traffic, and gives those that call a deployment off. */
  private addAlarms(): Alarm[] {
    const { logs, cluster, alarms, day, night } = this.props;
    const expression = `${Math.min(day.min, night?.tasks.min ?? day.min)} - healthy`;
    alarms.add('FewTasks', {
      metric: new MathExpression({ expression, usingMetrics: { healthy: this.healthyTasks }, period: MINUTE }),
      threshold: 1,
      evaluationPeriods: 5,
      treatMissingData: TreatMissingData.BREACHING, // without a target there is no metric
      alarmDescription: 'Fewer healthy tasks than the schedule wants at any time: look at the events of the service.',
    });
    // A rolling update has the circuit breaker for that, and would wait for this alarm's quarter of an hour.
    const failedTasks = new FailedTasks(this, 'FailedTasks', { logs, cluster, alarms }).alarm;
    return [
      ...this.targetGroups.flatMap((group, n) => this.addAlarmsOf(group, n === 0 ? '' : 'Green')),
      // 502 is a task that was killed, 504 one that does not answer.
      this.addErrorAlarm('BalancerErrors', this.balancerErrors, this.requests),
      ...(this.props.deployment === 'rolling' ? [] : [failedTasks]),
    ];
  }

  /** Alarms on one target group, so that they see a new version by itself, however small its part of the traffic is. */
  private addAlarmsOf({ metrics }: ApplicationTargetGroup, suffix: string): Alarm[] {
    const errors = metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, { period: MINUTE });
    return [
      this.props.alarms.add(`Unhealthy${suffix}`, {
        metric: metrics.unhealthyHostCount({ period: MINUTE }),
        threshold: 1,
        ...WATCHED,
        alarmDescription: `A task does not answer /health. ${ROLLED_BACK}`,
      }),
      this.addErrorAlarm(`ServerErrors${suffix}`, errors, metrics.requestCount({ period: MINUTE })),
      this.props.alarms.add(`Slow${suffix}`, {
        metric: metrics.targetResponseTime({ statistic: 'p99', period: MINUTE }),
        threshold: 5,
        ...WATCHED,
        alarmDescription: `One request in a hundred takes over 5 s: more task.cpuUnits, or more tasks. ${ROLLED_BACK}`,
      }),
    ];
  }

  /** A share and no count: few errors of ten thousand requests are no reason to go back, and all of thirty are. */
  private addErrorAlarm(id: string, errors: IMetric, requests: IMetric): Alarm {
    // No FILL, by which an alarm can stay as it is where data is late (CloudWatch User Guide, "Using math expressions with
    // CloudWatch metrics"): a minute without errors has no data, and is no reason to go back.
    const expression = `IF(errors >= ${LEAST_ERRORS}, 100 * errors / requests, 0)`;
    return this.props.alarms.add(id, {
      metric: new MathExpression({ expression, usingMetrics: { errors, requests }, period: MINUTE }),
      threshold: 5,
      ...WATCHED,
      alarmDescription: `One answer in twenty is 5xx: 500 a fault, 503 too much work, 502 a task that was killed. ${ROLLED_BACK}`,
    });
  }
}

const MINUTE = Duration.minutes(1);
const ROLLED_BACK = 'During a deployment: it is rolled back.';
/** What calls a deployment off: three bad minutes of five. */
const WATCHED = { evaluationPeriods: 5, datapointsToAlarm: 3 };
/** Fewer errors a minute are no reason to go back, whatever their share is. */
const LEAST_ERRORS = 2;
// All minutes that an alarm looks at, and three until their metrics are there.
const BAKE_TIME = Duration.minutes(WATCHED.evaluationPeriods + 3);
const STRATEGIES = {
  rolling: DeploymentStrategy.ROLLING,
  'blue-green': DeploymentStrategy.BLUE_GREEN,
  linear: DeploymentStrategy.LINEAR,
  canary: DeploymentStrategy.CANARY,
} as const;
