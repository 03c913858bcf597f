import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, Row, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { ColdStarts } from '../shared/cold-starts';
import type { ServiceFunction } from '../shared/service-function';
import type { ServiceUrl } from '../shared/service-url';
import type { ThumbnailPipeline } from './thumbnail-pipeline';

export interface LambdaDashboardProps {
  readonly service: ServiceFunction;
  readonly live: Alias;
  readonly url: ServiceUrl;
  readonly pipeline: ThumbnailPipeline;
  readonly starts: Readonly<Record<'service' | 'pipeline', ColdStarts>>;
}

/** What both functions do, on one page. */
export class LambdaDashboard extends Dashboard {
  constructor(scope: Construct, id: string, { service, live, url, pipeline, starts }: LambdaDashboardProps) {
    super(scope, id);
    const period = Duration.minutes(5);
    const graph = (title: string, left: IMetric[], right: IMetric[] = []): GraphWidget =>
      new GraphWidget({ title, left, right, width: 8, leftYAxis: { min: 0 }, rightYAxis: { min: 0 } });
    const startsOf = (name: string, of: ColdStarts): GraphWidget =>
      graph(`${name}: cold starts`, [of.duration('p50', period), of.duration('p95', period)], [of.share(period)]);
    const pictures = ['Made', 'Known', 'Superseded', 'Gone', 'Refused', 'PutOff', 'Failed'];
    this.addWidgets(
      new Row(
        startsOf('Service', starts.service),
        graph('Service: duration, ms', [
          live.metricDuration({ period, statistic: 'p50' }),
          live.metricDuration({ period, statistic: 'p99' }),
        ]),
        graph(
          'Service: invocations',
          [
            live.metricInvocations({ period }),
            live.metricErrors({ period }),
            live.metricThrottles({ period }),
            url.metric('Url5xxCount', period),
          ],
          [service.metric('ConcurrentExecutions', { period, statistic: 'Maximum' })],
        ),
      ),
      new Row(
        startsOf('Pipeline', starts.pipeline),
        graph(
          'Pipeline: pictures',
          pictures.map((end) => pipeline.metricPictures(`Pictures${end}`, period)),
        ),
        graph(
          'Pipeline: waiting',
          [
            pipeline.uploads.metricApproximateNumberOfMessagesVisible({ period }),
            pipeline.uploads.metricApproximateNumberOfMessagesNotVisible({ period }),
            pipeline.deadLetters.metricApproximateNumberOfMessagesVisible({ period, label: 'dead letters' }),
          ],
          [pipeline.uploads.metricApproximateAgeOfOldestMessage({ period })],
        ),
      ),
    );
  }
}
