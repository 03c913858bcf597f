import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  HttpCodeTarget,
  type ApplicationLoadBalancer,
  type ApplicationTargetGroup,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import type { ServiceAlarms } from './service-alarms';

export interface ServiceDashboardProps {
  readonly cpu: IMetric;
  /** What the instances say of themselves. */
  readonly service: ServiceAlarms;
  /**
   * What stands before several instances.
   * @default - one instance stands alone
   */
  readonly traffic?:
    { readonly loadBalancer: ApplicationLoadBalancer; readonly targets: ApplicationTargetGroup } | undefined;
}

/** One dashboard with everything to look at when any alarm sounds. */
export class ServiceDashboard extends Dashboard {
  constructor(scope: Construct, id: string, { cpu, service, traffic }: ServiceDashboardProps) {
    const graph = (title: string, ...left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: 8 });
    const period = Duration.minutes(1);
    const ofTraffic = traffic && [
      graph(
        'Requests',
        traffic.loadBalancer.metrics.requestCount({ period, label: 'Requests' }),
        traffic.loadBalancer.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, { period, label: '5xx' }),
      ),
      graph(
        'Time to answer, s',
        traffic.loadBalancer.metrics.targetResponseTime({ statistic: 'p99', period, label: 'p99' }),
      ),
      graph('Healthy instances', traffic.targets.metrics.healthyHostCount({ period, label: 'Healthy' })),
    ];
    super(scope, id, {
      defaultInterval: Duration.hours(12),
      widgets: [
        ...(ofTraffic ? [ofTraffic] : []),
        [
          graph('CPU, %', cpu),
          graph('Memory and disk, %', service.memory, service.disk),
          graph('Starts of the service', service.starts),
        ],
      ],
    });
  }
}
