import { CfnOutput, Duration, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, Row, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, Handler, Runtime, type Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { Alarms } from '../shared/alarms';
import { ColdStarts } from '../shared/cold-starts';
import { addFunctionAlarms } from '../shared/function-alarms';
import type { LogSettings } from '../shared/log-settings';
import { KEPT_VERSIONS, ServiceFunction } from '../shared/service-function';
import { ServiceUrl, type UrlAccess } from '../shared/service-url';

/** Port of the server inside the image. */
const PORT = 8080;

/** From how long on an initialisation is slow, in milliseconds. */
const SLOW_START_MS = 3_000;

/**
 * The settings of the adapter, by its own names
 * (https://awslabs.github.io/aws-lambda-web-adapter/configuration/environment-variables.html).
 */
const ADAPTER_ENVIRONMENT = {
  // The image has HOST=0.0.0.0 for the server, which the adapter would take for its own.
  AWS_LWA_HOST: '127.0.0.1',
  AWS_LWA_PORT: String(PORT),
  AWS_LWA_READINESS_CHECK_PATH: '/health',
};

export interface LambdaImageStackProps extends StackProps {
  /**
   * An image for ARM64 whose server listens on port 8080 and answers `GET /health`, with the Lambda Web Adapter in
   * `/opt/extensions`. It is in ECR, in the region of the stack.
   */
  readonly image: Code;
  /** Memory of the function, in MiB, and CPU in proportion to it. */
  readonly memoryMiB: number;
  /** Longest run of one invocation. */
  readonly timeout: Duration;
  /** Environment variables of the server. */
  readonly environment: Readonly<Record<string, string>>;
  /** Who may call the function URL, and from where. */
  readonly access: UrlAccess;
  readonly logs: LogSettings;
  /**
   * Address that alarms are mailed to.
   * @default - none
   */
  readonly alarmEmail?: string | undefined;
}

/**
 * The service as a function from its container image: the HTTP server as it is, and beside it an extension that hands each
 * event of the function URL to it as a request.
 */
export class LambdaImageStack extends Stack implements IGrantable {
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: LambdaImageStackProps) {
    super(scope, id, props);
    const { logs, memoryMiB, timeout } = props;
    const alarms = new Alarms(this, 'Alarms', { email: props.alarmEmail });

    const service = new ServiceFunction(this, 'Service', {
      logs,
      description: 'Thumbnail service from its image',
      code: props.image,
      handler: Handler.FROM_IMAGE,
      runtime: Runtime.FROM_IMAGE,
      memoryMiB,
      ephemeralMiB: 512, // what comes with a function; the service writes nothing there
      timeout,
      environment: {
        ...props.environment,
        ...ADAPTER_ENVIRONMENT,
        PORT: String(PORT),
        // With an extension, Lambda sends SIGTERM and ends the processes 2 s after it (Lambda Developer Guide, "Lambda
        // execution environment lifecycle").
        SERVICE_DRAIN_SECONDS: '1',
      },
      currentVersionOptions: KEPT_VERSIONS,
    });
    Validations.of(service).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason:
        'A function URL waits for its answer and sees the failure itself; a dead-letter queue is for asynchronous events.',
    });
    this.grantPrincipal = service.role;

    const live = new Alias(this, 'Live', { aliasName: 'live', version: service.currentVersion });
    const url = new ServiceUrl(this, 'ServiceUrl', { alias: live, ...props.access });
    url.alarmWhenFailing(alarms, 'ServerErrors', 'The service');

    addFunctionAlarms(alarms, { target: live, timeout, memoryOption: 'lambdaImage.memoryMiB' });
    const starts = new ColdStarts(this, 'ServiceStarts', {
      logGroup: service.logGroup,
      invocations: live.metricInvocations(),
    });
    starts.alarmWhenSlow(alarms, SLOW_START_MS, 'lambdaImage.memoryMiB');
    this.addDashboard(live, starts);

    new CfnOutput(this, 'Url', { value: url.url, description: 'Where the service answers' });
    new CfnOutput(this, 'FunctionName', { value: service.functionName });
  }

  private addDashboard(live: Alias, starts: ColdStarts): void {
    const period = Duration.minutes(5);
    const graph = (title: string, left: IMetric[], right: IMetric[] = []): GraphWidget =>
      new GraphWidget({ title, left, right, width: 8, leftYAxis: { min: 0 }, rightYAxis: { min: 0 } });
    new Dashboard(this, 'Dashboard').addWidgets(
      new Row(
        graph('Cold starts', [starts.duration('p50', period), starts.duration('p95', period)], [starts.share(period)]),
        graph('Duration, ms', [
          live.metricDuration({ period, statistic: 'p50' }),
          live.metricDuration({ period, statistic: 'p99' }),
        ]),
        graph('Invocations', [
          live.metricInvocations({ period }),
          live.metricErrors({ period }),
          live.metricThrottles({ period }),
        ]),
      ),
    );
  }
}
