import path from 'node:path';
import { Annotations, CfnOutput, Duration, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, Row, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Alias, Code, Runtime, SnapStartConf } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import {
  buildCommand,
  FRAMEWORKS,
  notBuilt,
  packageState,
  type Framework,
  type FrameworkName,
} from '../../packaging/framework-packages';
import { Alarms } from '../shared/alarms';
import { ColdStarts } from '../shared/cold-starts';
import { assertUnzippedFits } from '../shared/function-limits';
import type { LogSettings } from '../shared/log-settings';
import { ServiceFunction } from '../shared/service-function';
import { ServiceUrl, type UrlAccess } from '../shared/service-url';

const ROOT = path.join(__dirname, '..', '..');

export interface FrameworksStackProps extends StackProps {
  /** Memory of each function, in MiB. */
  readonly memoryMiB: number;
  /** Longest run of one invocation. */
  readonly timeout: Duration;
  /** Environment variables of each function: `SERVICE_OPTION` comes with the framework. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether the frameworks that can start from a snapshot do so. */
  readonly snapStart: boolean;
  /** Who may call the function URLs, and from where. */
  readonly access: UrlAccess;
  readonly logs: LogSettings;
  /**
   * Address that alarms are mailed to.
   * @default - none
   */
  readonly alarmEmail?: string | undefined;
}

/** The same contract in each web framework, each a function behind a URL of its own. */
export class FrameworksStack extends Stack {
  /** The function of each framework, which is granted what its code needs. */
  readonly functions: ReadonlyMap<FrameworkName, ServiceFunction>;

  constructor(scope: Construct, id: string, props: FrameworksStackProps) {
    super(scope, id, props);
    const alarms = new Alarms(this, 'Alarms', { email: props.alarmEmail });

    const missing = FRAMEWORKS.filter(({ name }) => 'stale' in packageState(name)).map(({ name }) => name);
    if (missing.length > 0)
      Annotations.of(this).addInfo(
        `Not built, or not from the sources as they are: ${missing.join(', ')}. Before you deploy: npm run frameworks`,
      );
    const dashboard = new Dashboard(this, 'Dashboard');
    const functions = new Map<FrameworkName, ServiceFunction>();
    for (const framework of FRAMEWORKS) {
      const name = framework.title.replaceAll(' ', '');
      const lambda = this.createFunction(name, framework, props);
      functions.set(framework.name, lambda);
      const live = new Alias(this, `${name}Live`, { aliasName: 'live', version: lambda.currentVersion });
      const url = new ServiceUrl(this, `${name}ServiceUrl`, { alias: live, ...props.access });
      url.alarmWhenFailing(alarms, `${name}ServerErrors`, framework.title);
      alarms.add(`${name}Errors`, {
        metric: live.metricErrors({ period: Duration.minutes(5) }),
        threshold: 1,
        evaluationPeriods: 1,
        alarmDescription: `An invocation of ${framework.title} crashed or timed out: look at its log.`,
      });
      const starts = new ColdStarts(this, `${name}Starts`, {
        logGroup: lambda.logGroup,
        invocations: live.metricInvocations(),
        snapStart: startsFromSnapshot(framework, props),
      });
      dashboard.addWidgets(createRow(framework, live, starts, props));
      new CfnOutput(this, `${name}Url`, { value: url.url, description: `Where ${framework.title} answers` });
    }
    this.functions = functions;
  }

  private createFunction(
    name: string,
    framework: Framework & { readonly name: FrameworkName },
    props: FrameworksStackProps,
  ): ServiceFunction {
    const lambda = new ServiceFunction(this, name, {
      logs: props.logs,
      description: `${framework.title} by ${framework.adapter}`,
      code: this.locatePackage(framework.name),
      handler: framework.handler,
      runtime: RUNTIMES[framework.runtime],
      memoryMiB: props.memoryMiB,
      ephemeralMiB: 512, // what SnapStart takes at most, and more than they use
      timeout: props.timeout,
      environment: {
        ...props.environment,
        SERVICE_OPTION: `frameworks/${framework.name}`,
        ...framework.environment,
      },
      ...(startsFromSnapshot(framework, props) ? { snapStart: SnapStartConf.ON_PUBLISHED_VERSIONS } : {}),
    });
    if (framework.language === 'Python')
      for (const id of ['AwsSolutions-L1', 'Serverless-LambdaLatestVersion'])
        Validations.of(lambda).acknowledge({
          id,
          reason:
            'Python 3.13 is supported until 2029; the package ships compiled bytecode, which is of one version only.',
        });
    Validations.of(lambda).acknowledge({
      id: 'Annotation::@aws-cdk/aws-lambda:snapStartRequirePublish',
      reason: 'The alias and its URL stand on a published version.',
    });
    Validations.of(lambda).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason:
        'A function URL waits for its answer and sees the failure itself; a dead-letter queue is for asynchronous events.',
    });
    return lambda;
  }

  /**
   * The package as it was built, which becomes part of the assembly, so that another machine can deploy that. Where it is
   * not built, synth needs neither the package nor the toolchain: it says so, and the deployment stops before it begins.
   *
   * @throws Error where it is built, and Lambda would refuse it
   */
  private locatePackage(name: FrameworkName): Code {
    const state = packageState(name);
    if ('stale' in state) return this.refuseAtDeployment(name);
    const { file, sha256, unzippedBytes } = state.manifest.packages.arm64;
    assertUnzippedFits(file, unzippedBytes, `, then run: ${buildCommand(name)}`);
    return Code.fromAsset(path.join(ROOT, file), { assetHash: sha256, displayName: `Package of ${name}` });
  }

  private refuseAtDeployment(name: FrameworkName): Code {
    const advice = `The package of ${name} is not built. Run: ${buildCommand(name)}. Then synthesise again: cdk deploy does.`;
    const asset = this.synthesizer.addFileAsset({
      displayName: `Package of ${name}`,
      sourceHash: notBuilt(name),
      executable: ['node', '--eval', `console.error(${JSON.stringify(advice)}); process.exitCode = 1;`],
    });
    const bucket = Bucket.fromBucketName(this, `${name}Package`, asset.bucketName);
    Validations.of(bucket).acknowledge({
      id: 'Annotation::@aws-cdk/aws-lambda:codeFromBucketObjectVersionNotSpecified',
      reason: 'Nothing is ever uploaded under this key.',
    });
    // The key of a package that is built, but for its hash.
    return Code.fromBucket(bucket, `${asset.objectKey}.zip`);
  }
}

const startsFromSnapshot = (framework: Framework, { snapStart }: FrameworksStackProps): boolean =>
  snapStart && framework.snapStart;

/** What one framework does, side by side with the others. */
function createRow(framework: Framework, live: Alias, starts: ColdStarts, props: FrameworksStackProps): Row {
  const period = Duration.minutes(5);
  const graph = (title: string, left: IMetric[], right: IMetric[] = []): GraphWidget =>
    new GraphWidget({
      title: `${framework.title}: ${title}`,
      left,
      right,
      width: 8,
      leftYAxis: { min: 0 },
      rightYAxis: { min: 0 },
    });
  return new Row(
    graph(
      startsFromSnapshot(framework, props) ? 'restoration from a snapshot, ms' : 'initialisation, ms',
      [starts.duration('p50', period), starts.duration('p95', period)],
      [starts.share(period)],
    ),
    graph('duration, ms', [
      live.metricDuration({ period, statistic: 'p50' }),
      live.metricDuration({ period, statistic: 'p99' }),
    ]),
    graph('invocations', [live.metricInvocations({ period }), live.metricErrors({ period })]),
  );
}

const RUNTIMES = {
  'nodejs24.x': Runtime.NODEJS_24_X,
  'python3.13': Runtime.PYTHON_3_13,
  java25: Runtime.JAVA_25,
} as const satisfies Record<Framework['runtime'], Runtime>;
