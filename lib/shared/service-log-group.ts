import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { dataRemovalPolicy, type Config } from '../options/config';

export interface ServiceLogGroupProps {
  readonly config: Config;
}

/** A log group that is kept as long as `logs.retentionDays` says, and goes with its stack if the preset says so. */
export class ServiceLogGroup extends LogGroup {
  constructor(scope: Construct, id: string, { config }: ServiceLogGroupProps) {
    super(scope, id, { retention: config.logs.retentionDays, removalPolicy: dataRemovalPolicy(config) });
  }
}
