import {
  CfnOutput,
  CustomResource,
  CustomResourceProvider,
  CustomResourceProviderRuntime,
  Duration,
  Stack,
  Validations,
  type StackProps,
} from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerInsights, ExecuteCommandLogging, type BaseService } from 'aws-cdk-lib/aws-ecs';
import { LogGroup, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { lambdaCode } from '../../packaging/function-code';
import type { LogSettings } from '../shared/log-settings';
import type { PublicAccess } from '../shared/public-load-balancer';
import type { ServiceScalingProps } from './scaling';
import type { TaskSettings } from './task';
import type { DeploymentName } from './traffic';

/** What the stack of every compute option of ECS takes. */
export interface EcsServiceProps extends StackProps, Pick<ServiceScalingProps, 'requestsPerTask' | 'day' | 'night'> {
  /** Tasks and instances run in its private subnets, and in the public ones where there are no private ones. */
  readonly vpc: IVpc;
  readonly access: PublicAccess;
  readonly task: TaskSettings;
  /** How a new version takes over. */
  readonly deployment: DeploymentName;
  /** ECS Exec into running tasks, recorded. */
  readonly exec: boolean;
  /** Container Insights with metrics of each task, billed by the metric. */
  readonly insights: boolean;
  /** How long logs are kept, and what becomes of them when the stack is deleted. */
  readonly logs: LogSettings;
  /** Address that alarms are mailed to. @default - none */
  readonly alarmEmail?: string | undefined;
}

/** A cluster that the service-linked role of ECS awaits; it records ECS Exec and publishes metrics of tasks if asked to. */
export class ServiceCluster extends Cluster {
  /** Where sessions of ECS Exec are recorded; undefined where there are none. */
  readonly execLogs: ILogGroup | undefined;

  constructor(scope: Construct, id: string, props: Pick<EcsServiceProps, 'vpc' | 'exec' | 'insights' | 'logs'>) {
    const { vpc, exec, insights, logs } = props;
    const execLogs = exec ? new LogGroup(scope, `${id}ExecLogs`, logs) : undefined;
    super(scope, id, {
      vpc,
      containerInsightsV2: insights ? ContainerInsights.ENHANCED : ContainerInsights.DISABLED,
      executeCommandConfiguration: execLogs && {
        logging: ExecuteCommandLogging.OVERRIDE,
        logConfiguration: { cloudWatchLogGroup: execLogs },
      },
    });
    this.execLogs = execLogs;
    this.node.defaultChild?.node.addDependency(this.ensure(scope, 'ServiceLinkedRole'));
    if (!insights)
      Validations.of(this).acknowledge({
        id: 'AwsSolutions-ECS4',
        reason: 'Billed by the metric; task.insights turns it on, as production does. The alarms do without.',
      });
  }

  /** Has lambda/ecs see to what must hold before CloudFormation goes on with what depends on it. */
  ensure(scope: Construct, kind: 'ServiceLinkedRole' | 'Shift', properties = {}): CustomResource {
    const name = 'aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS';
    const role = Stack.of(this).formatArn({ service: 'iam', region: '', resource: 'role', resourceName: name });
    const Condition = { StringEquals: { 'iam:AWSServiceName': 'ecs.amazonaws.com' } };
    const provider = CustomResourceProvider.getOrCreateProvider(this, 'Custom::Ecs', {
      codeDirectory: lambdaCode('lambda/ecs/index.ts', 'cjs').path,
      useCfnResponseWrapper: false, // it answers by itself
      runtime: CustomResourceProviderRuntime.NODEJS_24_X,
      timeout: Duration.minutes(2),
      policyStatements: [
        { Effect: 'Allow', Action: 'iam:CreateServiceLinkedRole', Resource: role, Condition },
        { Effect: 'Allow', Action: 'elasticloadbalancing:DescribeRules', Resource: '*' }, // it supports no other resource
      ],
    });
    // As CDK marks its own, whose logs and rights an aspect bounds.
    provider.node.addMetadata('aws:cdk:is-custom-resource-handler-customResourceProvider', true);
    const [resourceType, serviceTimeout, { serviceToken }] = [`Custom::Ecs${kind}`, Duration.minutes(5), provider];
    return new CustomResource(scope, kind, { serviceToken, resourceType, serviceTimeout, properties });
  }
}

/** Prints where a service answers, and the names by which commands of ECS find it. */
export function addOutputs(stack: Stack, url: string, service: BaseService): void {
  new CfnOutput(stack, 'Url', { value: url, description: 'Where the service answers' });
  new CfnOutput(stack, 'ClusterName', { value: service.cluster.clusterName });
  new CfnOutput(stack, 'ServiceName', { value: service.serviceName });
}
