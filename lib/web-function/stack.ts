import { CfnDeletionPolicy, CfnOutput, Stack, Validations, type Duration, type StackProps } from 'aws-cdk-lib';
import { Role, ServicePrincipal, type IGrantable, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import { WebFunction, WebFunctionAuthType, WebFunctionRuntime, type WebFunctionEndpoint } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { serviceBundle } from '../../packaging/bundle';
import { Alarms } from '../shared/alarms';
import type { LogSettings } from '../shared/log-settings';
import { CodeBucket } from './code-bucket';
import { FirstAnswer } from './first-answer';
import { WebFunctionMonitoring } from './monitoring';

/** The endpoint that callers use. Another name would be another address. */
const LIVE = 'live';

export interface WebFunctionStackProps extends StackProps {
  /** Longest time of one request, 3 s to 900 s. */
  readonly timeout: Duration;
  /** Requests at once in one execution environment, 1 to 128; Lambda keeps to fewer where their CPU is busy. */
  readonly maxConcurrencyPerEnvironment: number;
  /** Execution environments at once, 2 or more. */
  readonly maxEnvironments: number;
  /** Requests a second: 0, which refuses all; 100 to 1,000 in hundreds; 2,000 to 10,000 in thousands. */
  readonly rateLimit: number;
  /** Environment variables of the service. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether the endpoint answers everybody; otherwise callers sign their requests with IAM credentials. */
  readonly isPublic: boolean;
  /**
   * A revision of before that answers a share of the requests, in percent from 1 to 100.
   * @default - the newest revision answers all
   */
  readonly earlier?: { readonly revisionId: string; readonly percent: number } | undefined;
  readonly logs: LogSettings;
  /**
   * Address that alarms are mailed to.
   * @default - none
   */
  readonly alarmEmail?: string | undefined;
}

/**
 * The service as a Lambda Web Function: the HTTP server as it is, on a port, with an HTTPS endpoint of its own. No handler,
 * no adapter, no event; nothing runs and nothing is billed until a request comes.
 */
export class WebFunctionStack extends Stack implements IGrantable {
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: WebFunctionStackProps) {
    super(scope, id, props);
    const { logs } = props;
    const alarms = new Alarms(this, 'Alarms', { email: props.alarmEmail });

    const logGroup = new LogGroup(this, 'Logs', logs);
    // Lambda writes here first, and copies from here to the other (Developer Guide, "Web Function logs in Amazon
    // CloudWatch Logs"); left to itself, it makes this one anew, which is kept without end.
    const companion = new LogGroup(this, 'LocalLogs', { ...logs, logGroupName: `${logGroup.logGroupName}.local` });
    const role = new Role(this, 'ServiceRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    companion.grantWrite(role);
    this.grantPrincipal = role;

    const code = new CodeBucket(this, 'Code', logs);
    const service = new WebFunction(this, 'Service', {
      // Names are unique over all regions of an account, and CDK would choose the same in each.
      webFunctionName: `${this.stackName}-${this.region}`,
      code: code.code(serviceBundle('arm64')), // Web Functions run on Graviton only
      runtime: WebFunctionRuntime.NODEJS_24_X,
      entryPoint: 'server.mjs',
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      role,
      logGroup,
      timeout: props.timeout,
      maxConcurrencyPerEnvironment: props.maxConcurrencyPerEnvironment,
      defaultEndpointAuth: props.isPublic ? WebFunctionAuthType.APPLICATION_MANAGED : WebFunctionAuthType.IAM_AUTH,
      defaultEndpoint: { endpointName: LIVE, maxEnvironments: props.maxEnvironments, rateLimit: props.rateLimit },
    });
    // What the first environment writes must find both.
    service.resourceRevision.node.addDependency(companion, role);
    this.keepEarlierRevisions(service);

    // A new revision answers here first, and only then where callers are.
    const candidate = service.addEndpoint('Candidate', {
      endpointName: 'candidate',
      endpointDescription: 'Where a deployment asks a new revision before callers do',
      authType: WebFunctionAuthType.IAM_AUTH,
      maxEnvironments: 2,
    });
    this.nameFunctionOf(service, service.endpoint, candidate);
    service.endpoint.node.addDependency(
      new FirstAnswer(this, 'FirstAnswer', {
        endpoint: candidate,
        revisionId: service.revisionId,
        serviceLogs: logGroup,
        logGroup: new LogGroup(this, 'DeploymentLogs', logs),
      }),
    );
    this.splitRequests(service, props);

    Validations.of(service.endpoint).acknowledge({
      id: 'Annotation::@aws-cdk/aws-lambda:webFunctionPublicEndpoint',
      reason: 'Thumbnails are for everybody; rateLimit and maxEnvironments bound what that costs.',
    });
    new WebFunctionMonitoring(this, 'Monitoring', {
      functionName: service.webFunctionName,
      endpointName: LIVE,
      logGroup,
      alarms,
    });

    new CfnOutput(this, 'Url', {
      value: `https://${service.endpoint.domainName}`,
      description: 'Where the service answers',
    });
    new CfnOutput(this, 'FunctionName', { value: service.webFunctionName });
    new CfnOutput(this, 'RevisionId', {
      value: service.revisionId,
      description: 'To go back to it later: webFunction.earlierRevision',
    });
  }

  /**
   * A replaced revision stays, with its code, to go back to. Lambda keeps 50, and deletes all of them with their function,
   * so that nothing stays of the stack.
   */
  private keepEarlierRevisions({ resourceRevision }: WebFunction): void {
    resourceRevision.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
    Validations.of(resourceRevision).acknowledge({
      id: 'CloudFormation-Validate::W3011',
      reason: 'It is to be kept where a new one replaces it, and to go with the stack.',
    });
  }

  /**
   * Names the function of an endpoint, where CDK gives its ARN: CloudFormation takes either, but AWS's agent toolkit
   * (aws-lambda-web-functions) says that with an ARN it can't read the endpoint's domain name, and the stack fails.
   */
  private nameFunctionOf({ webFunctionName }: WebFunction, ...endpoints: readonly WebFunctionEndpoint[]): void {
    for (const { resource } of endpoints) resource.functionName = webFunctionName;
  }

  /** What CDK has no property for: a share of the requests for another revision. */
  private splitRequests({ endpoint, revisionId }: WebFunction, { earlier }: WebFunctionStackProps): void {
    if (earlier === undefined) return;
    endpoint.resource.revisionWeights = [
      { revisionId, weight: 100 - earlier.percent },
      { revisionId: earlier.revisionId, weight: earlier.percent },
    ].filter(({ weight }) => weight > 0);
  }
}
