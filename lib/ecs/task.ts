import { Duration, Size, Stack, Validations } from 'aws-cdk-lib';
import {
  AwsLogDriverMode,
  Capability,
  Compatibility,
  CpuArchitecture,
  LinuxParameters,
  LogDrivers,
  NetworkMode,
  OperatingSystemFamily,
  TaskDefinition,
  type ContainerDefinition,
  type ContainerImage,
  type Secret,
} from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { LogSettings } from '../shared/log-settings';
import type { ServiceCluster } from './cluster';

/** Port of the service inside its container. */
export const CONTAINER_PORT = 8080;

/**
 * How long a deregistered target may finish the requests that it has begun. ECS waits for it before it stops the task,
 * and the service then has its own time to finish, which ends before ECS kills it.
 */
export const DEREGISTRATION_DELAY = Duration.seconds(20);
const STOP_TIMEOUT = Duration.seconds(60);
const DRAIN = Duration.seconds(25);

/** What a task runs, and how large it is. */
export interface TaskSettings {
  /** Listens on port 8080, answers `GET /health`, and runs as user 1000 on a read-only root. */
  readonly image: ContainerImage;
  /** The processor that the image is for. */
  readonly architecture: 'arm64' | 'x64';
  /** CPU of the task: 1,024 to a vCPU. */
  readonly cpuUnits: number;
  /** Memory of the task, in MiB. */
  readonly memoryMiB: number;
  /** Environment variables of the container, readable by whoever may describe the task definition: no secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables whose values come from Secrets Manager or Parameter Store when a task starts. @default - none */
  readonly secrets?: Readonly<Record<string, Secret>> | undefined;
}

export interface ServiceTaskProps extends TaskSettings {
  /** `FARGATE`, `MANAGED_INSTANCES`: the task has a network interface. `EC2`: the container has a free port of its instance. */
  readonly compatibility: Compatibility.FARGATE | Compatibility.MANAGED_INSTANCES | Compatibility.EC2;
  /** Where it runs. With ECS Exec, the agent of the sessions writes to the container's root file system. */
  readonly cluster: ServiceCluster;
  readonly logs: LogSettings;
}

/**
 * The one task of the service, on instances of our own behind a port that is free, elsewhere with a network interface:
 * a container without privileges, on a read-only root with a scratch volume at /tmp.
 */
export class ServiceTask extends Construct {
  /** A second container is added to it. */
  readonly definition: TaskDefinition;
  /** The container of the service, to which a second port is added. */
  readonly container: ContainerDefinition;
  /** What the code in the container may do. */
  readonly role: Role;

  constructor(scope: Construct, id: string, props: ServiceTaskProps) {
    super(scope, id);
    const { execLogs } = props.cluster;
    const hasInterface = props.compatibility !== Compatibility.EC2;
    const logGroup = new LogGroup(this, 'Logs', props.logs);
    const cpuArchitecture = props.architecture === 'arm64' ? CpuArchitecture.ARM64 : CpuArchitecture.X86_64;
    const runtimePlatform = { operatingSystemFamily: OperatingSystemFamily.LINUX, cpuArchitecture };

    this.role = new Role(this, 'TaskRole', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    this.definition = new TaskDefinition(this, 'Definition', {
      compatibility: props.compatibility,
      family: Stack.of(this).stackName, // two copies of the app in one account have revisions of their own
      // On instances of our own: the bridge, so that many tasks share one interface; interfaces are few on small instances.
      networkMode: hasInterface ? NetworkMode.AWS_VPC : NetworkMode.BRIDGE,
      cpu: String(props.cpuUnits),
      memoryMiB: String(props.memoryMiB),
      taskRole: this.role,
      ...(hasInterface ? { runtimePlatform } : {}),
      volumes: [{ name: 'scratch' }],
    });

    const parameters = new LinuxParameters(this, 'LinuxParameters', { initProcessEnabled: true });
    parameters.dropCapabilities(Capability.ALL);
    this.container = this.definition.addContainer('Service', {
      containerName: 'service',
      image: props.image,
      cpu: props.cpuUnits,
      memoryLimitMiB: props.memoryMiB,
      environment: {
        ...props.environment,
        PORT: String(CONTAINER_PORT),
        SERVICE_DRAIN_SECONDS: String(DRAIN.toSeconds()),
      },
      ...(props.secrets ? { secrets: props.secrets } : {}),
      // hostPort 0 is any free port of the instance; with an interface, the task has its own address.
      portMappings: [{ containerPort: CONTAINER_PORT, name: 'http', ...(hasInterface ? {} : { hostPort: 0 }) }],
      user: '1000:1000',
      // The agent of ECS Exec writes to the root file system (ECS Developer Guide, "Using Amazon ECS Exec").
      readonlyRootFilesystem: execLogs === undefined,
      linuxParameters: parameters,
      stopTimeout: STOP_TIMEOUT,
      healthCheck: {
        // The image has no curl and, but for ECS Exec, no shell; it has Node.js.
        command: ['CMD', 'node', '-e', HEALTH_CHECK],
        interval: Duration.seconds(15),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(10),
      },
      logging: LogDrivers.awsLogs({
        logGroup,
        streamPrefix: 'service',
        // A service that can't write its log should still answer.
        mode: AwsLogDriverMode.NON_BLOCKING,
        maxBufferSize: Size.mebibytes(4),
      }),
    });
    this.container.addMountPoints({ sourceVolume: 'scratch', containerPath: '/tmp', readOnly: false });

    Validations.of(this.definition).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'The variables are sizes and names of the service, all readable at GET /info; there is no secret.',
    });
    if (execLogs) this.acknowledgeExec(execLogs);
    Validations.of(this.definition).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'ecr:GetAuthorizationToken supports no resource-level permission.',
    });
  }

  /** Says why the role has the wildcards that CDK grants for ECS Exec. */
  private acknowledgeExec({ logGroupName }: ILogGroup): void {
    const { Ref: logs } = Stack.of(this).resolve(logGroupName) as { readonly Ref: string };
    const here = 'arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>';
    Validations.of(this.role).acknowledge(
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'The four channels of ECS Exec and DescribeLogGroups support no resource-level permission.',
      },
      {
        id: `AwsSolutions-IAM5[Resource::${here}:log-group:<${logs}>:*]`,
        reason: 'The streams of one log group, which are named after sessions to come.',
      },
    );
  }
}

// Not by `fetch`, which costs twice the time and half as much memory again, of what the task may use.
const HEALTH_CHECK = `require('node:http').get('http://127.0.0.1:${CONTAINER_PORT}/health', ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))`;
