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
  type ICluster,
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
import { FailedTasks } from './failed-tasks';
import type { LogSettings } from '../shared/log-settings';
import type { PublicLoadBalancer } from '../shared/public-load-balancer';
import type { ServiceScalingProps } from './scaling';
import { CONTAINER_PORT, DEREGISTRATION_DELAY } from './task';

/** How a service of ECS replaces one version by the next (ECS Developer Guide, "Amazon ECS deployment strategies"). */
export const DEPLOYMENTS = ['rolling', 'blue-green', 'linear', 'canary'] as const;
export type DeploymentName = (typeof DEPLOYMENTS)[number];

export interface ServiceTrafficProps extends Pick<ServiceScalingProps, 'day' | 'night'> {
  readonly cluster: ICluster;
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
  /** All requests. */
  readonly requests: IMetric;
  /** Time to the answer that 99 of 100 requests stay below. */
  readonly p99: IMetric;
  /** Answers that say that something failed: the service's own, and the load balancer's for a task that is gone. */
  readonly serverErrors: IMetric;
  /** Healthy tasks of whichever version. */
  readonly healthyTasks: IMetric;
  private readonly rule: ApplicationListenerRule;
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
        ? ListenerAction.weightedForward([
            { targetGroup: blue, weight: 1 },
            { targetGroup: green, weight: 0 },
          ])
        : ListenerAction.forward([blue]),
    });

    const { metrics } = props.balancer.loadBalancer;
    this.requests = metrics.requestCount({ period: MINUTE, label: 'Requests' });
    this.p99 = metrics.targetResponseTime({ statistic: 'p99', period: MINUTE, label: 'p99' });
    const service = metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, { period: MINUTE });
    const balancer = metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, { period: MINUTE });
    this.serverErrors = this.sum({ service, balancer }, '5xx');
    this.healthyTasks = this.sumOfGroups('healthyHostCount', 'Healthy tasks');
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
      // The circuit breaker is for rolling updates only (ECS API Reference, "DeploymentCircuitBreaker"); the others bake,
      // and go back by alarm, of which FailedTasks is the one that sees a version whose tasks don't come up.
      ...(deployment === 'rolling' ? { circuitBreaker: { rollback: true } } : { bakeTime: BAKE_TIME }),
      ...(deployment === 'linear' ? { linearConfiguration: { stepPercent: 20, stepBakeTime: BAKE_TIME } } : {}),
      ...(deployment === 'canary' ? { canaryConfiguration: { stepPercent: 10, stepBakeTime: BAKE_TIME } } : {}),
    } satisfies Partial<BaseServiceOptions>;
  }

  /** Sends requests to the tasks of the service. */
  send(service: BaseService): void {
    const [blue, green] = this.targetGroups;
    const productionListener = ListenerRuleConfiguration.applicationListenerRule(this.rule);
    const alternateTarget = green && new AlternateTarget('Green', { alternateTargetGroup: green, productionListener });
    const container = { containerName: 'service', containerPort: CONTAINER_PORT };
    blue.addTarget(service.loadBalancerTarget({ ...container, alternateTarget }));
    // A target group takes tasks only once a listener sends to it. And the capacity providers of the cluster have to be
    // there before the service and until after it: CDK makes their association without either knowing of the other, so
    // that clusters could not be destroyed (aws/aws-cdk#18179, #30728).
    service.node.addDependency(this.rule, service.cluster);
    // The first task pulls its image as soon as there is a service: by what this role may do.
    service.node.addDependency(service.taskDefinition.obtainExecutionRole());
    if (green)
      Validations.of(service).acknowledge(
        {
          id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers]',
          reason: 'The policy that AWS documents for the role with which ECS moves the weights of the listener rule.',
        },
        {
          id: 'Annotation::@aws-cdk/aws-ecs:shouldUseCircuitBreaker',
          reason:
            'The circuit breaker is for rolling updates only; this deployment goes back by its alarms, one of which counts tasks that fail.',
        },
      );
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
    const fewestTasks = Math.min(day.min, night?.tasks.min ?? day.min);
    alarms.add('FewTasks', {
      metric: new MathExpression({
        expression: `${String(fewestTasks)} - healthy`,
        usingMetrics: { healthy: this.healthyTasks },
        period: MINUTE,
        label: 'Tasks missing',
      }),
      threshold: 1,
      periods: 5,
      missing: TreatMissingData.BREACHING, // without a target there is no metric
      description: 'Fewer healthy tasks than the schedule wants at any time: look at the events of the service.',
    });
    // A rolling update has the circuit breaker for tasks that don't come up, and would wait for this alarm's quarter of an
    // hour before it is done.
    const failedTasks = new FailedTasks(this, 'FailedTasks', { logs, cluster, alarms }).alarm;
    return [
      alarms.add('Unhealthy', {
        metric: this.sumOfGroups('unhealthyHostCount', 'Unhealthy tasks'),
        threshold: 1,
        periods: 3,
        description: 'A task does not answer /health. During a deployment: it is rolled back.',
      }),
      alarms.add('ServerErrors', {
        metric: this.serverErrors,
        threshold: 5,
        periods: 2,
        description:
          'Five or more answers a minute are 5xx. Of the service: 500 is a fault, 503 more work than its tasks can do. Of the load balancer: 502 is a task that was killed, 503 that there is none. Look at their logs. During a deployment: it is rolled back.',
      }),
      alarms.add('Slow', {
        metric: this.p99,
        threshold: 5,
        periods: 5,
        description:
          'One request in a hundred takes over 5 s: more CPU (task.cpuUnits) or more tasks. During a deployment: it is rolled back.',
      }),
      ...(this.props.deployment === 'rolling' ? [] : [failedTasks]),
    ];
  }

  private sumOfGroups(metric: 'healthyHostCount' | 'unhealthyHostCount', label: string): MathExpression {
    const ofGroup = (group: ApplicationTargetGroup) => group.metrics[metric]({ period: MINUTE, statistic: 'Average' });
    return this.sum(Object.fromEntries(this.targetGroups.map((group, n) => [`group${n}`, ofGroup(group)])), label);
  }

  /** The sum of metrics, of which one without data counts as 0. */
  private sum(usingMetrics: Record<string, IMetric>, label: string): MathExpression {
    const terms = Object.keys(usingMetrics).map((name) => `FILL(${name}, 0)`);
    return new MathExpression({ expression: terms.join(' + '), usingMetrics, period: MINUTE, label });
  }
}

const MINUTE = Duration.minutes(1);
/** How long a version is watched before the next step, or before the one before it is given up. */
const BAKE_TIME = Duration.minutes(5);
const STRATEGIES = {
  rolling: DeploymentStrategy.ROLLING,
  'blue-green': DeploymentStrategy.BLUE_GREEN,
  linear: DeploymentStrategy.LINEAR,
  canary: DeploymentStrategy.CANARY,
} as const;
