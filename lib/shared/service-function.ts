import { RemovalPolicy, Size, Validations, type Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
  type Code,
  type SnapStartConf,
  type VersionOptions,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { vcpusAt } from './function-limits';
import type { LogSettings } from './log-settings';

export interface ServiceFunctionProps {
  readonly logs: LogSettings;
  readonly description: string;
  readonly code: Code;
  readonly handler: string;
  /** @default NODEJS_24_X */
  readonly runtime?: Runtime;
  /** Memory, in MiB, and CPU in proportion to it. */
  readonly memoryMiB: number;
  /** Size of /tmp, in MiB: 512 to 10,240. */
  readonly ephemeralMiB: number;
  /** @default - none */
  readonly snapStart?: SnapStartConf;
  /** @default - a version is deleted by the next deployment */
  readonly currentVersionOptions?: VersionOptions;
  /** @default - as many executions at once as the account has left */
  readonly reservedConcurrency?: number | undefined;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Each deployment leaves the version before, to roll back to; Lambda deletes all of them with their function. The version
 * of a deployment that fails goes: the next one with the same code would find it there, and fail with "already exists"
 * (aws/aws-cdk#28252).
 */
export const KEPT_VERSIONS: VersionOptions = { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE };

/**
 * A function on Graviton with a log group of the stack's own, logs in JSON and traces. Its `role` may write those, and
 * whatever it is granted.
 */
export class ServiceFunction extends LambdaFunction {
  declare readonly role: Role;

  constructor(
    scope: Construct,
    id: string,
    { logs, description, reservedConcurrency, ...props }: ServiceFunctionProps,
  ) {
    const { memoryMiB } = props;
    const logGroup = new LogGroup(scope, `${id}Logs`, logs);
    // In place of the managed policy, which would let the function make log groups of any name.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      ...props,
      description: `${description} (${memoryMiB} MiB, ${vcpusAt(memoryMiB)} vCPU)`,
      runtime: props.runtime ?? Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMiB,
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
      ephemeralStorageSize: Size.mebibytes(props.ephemeralMiB),
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'PutTraceSegments and PutTelemetryRecords of X-Ray support no resource-level permission.',
    });
  }
}
