import type { RemovalPolicy } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** How long logs are kept, and what becomes of them when their stack is deleted. */
export interface LogSettings {
  /** How long the entries are kept, in days. */
  readonly retention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}
