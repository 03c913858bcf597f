import { Size, Validations, type Duration } from 'aws-cdk-lib';
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
import type { Construct } from 'constructs';
import type { Config } from '../options/config';
import { vcpusAt } from './function-limits';
import { ServiceLogGroup } from './service-log-group';

export interface ServiceFunctionProps {
  readonly config: Config;
  readonly description: string;
  readonly code: Code;
  readonly handler: string;
  /** @default NODEJS_24_X */
  readonly runtime?: Runtime;
  /** @default lambda.memoryMiB */
  readonly memoryMiB?: number;
  /** @default lambda.ephemeralMiB */
  readonly ephemeralMiB?: number;
  /** @default - none */
  readonly snapStart?: SnapStartConf;
  /** @default - gone with the next deployment */
  readonly currentVersionOptions?: VersionOptions;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * A function of the bundle on Graviton, with a log group that goes with the stack, logs in JSON and traces. It may write
 * those, and whatever its `role` is granted.
 */
export class ServiceFunction extends LambdaFunction {
  declare readonly role: Role;

  constructor(scope: Construct, id: string, { config, description, ...props }: ServiceFunctionProps) {
    const memoryMiB = props.memoryMiB ?? config.lambda.memoryMiB;
    const logGroup = new ServiceLogGroup(scope, `${id}Logs`, { config });
    // In place of the managed policy, which would let the function make log groups of any name.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      ...props,
      description: `${description} (${memoryMiB} MiB, ${vcpusAt(memoryMiB)} vCPU)`,
      runtime: props.runtime ?? Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMiB,
      ephemeralStorageSize: Size.mebibytes(props.ephemeralMiB ?? config.lambda.ephemeralMiB),
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
