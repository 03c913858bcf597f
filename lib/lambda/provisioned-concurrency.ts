import { Duration, TimeZone } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-applicationautoscaling';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Alias, CfnAlias } from 'aws-cdk-lib/aws-lambda';
import { AwsCustomResource, AwsCustomResourcePolicy } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import type { NightWindow } from '../shared/night';

export interface ProvisionedConcurrencyProps {
  readonly alias: Alias;
  /** Execution environments that are kept initialised, 0 or more where the night has others. */
  readonly day: number;
  /**
   * When there are others.
   * @default - day and night are alike
   */
  readonly night?: { readonly window: NightWindow; readonly environments: number } | undefined;
}

/**
 * Execution environments of an alias that are kept initialised: a fixed number, or one by day and another by night.
 *
 * What a schedule sets is not in the template, so that it would stay and be billed where the option is dropped: it is
 * turned off when this construct leaves the stack.
 */
export class ProvisionedConcurrency extends Construct {
  constructor(scope: Construct, id: string, { alias, day, night }: ProvisionedConcurrencyProps) {
    super(scope, id);
    // Also where the number is fixed: what a schedule set before must not be turned off after the number is set.
    const off = this.turnOffAtTheEnd(alias);
    if (night === undefined) {
      // By the resource, since the alias was created before it was given a number.
      (alias.node.defaultChild as CfnAlias).provisionedConcurrencyConfig = { provisionedConcurrentExecutions: day };
      return;
    }
    // Not in the alias: each deployment would then set it back to what the template says.
    const concurrency = alias.addAutoScaling({ minCapacity: day, maxCapacity: day });
    const timeZone = TimeZone.of(night.window.timeZone);
    const fixed = (environments: number) => ({ timeZone, minCapacity: environments, maxCapacity: environments });
    concurrency.scaleOnSchedule('Day', { schedule: Schedule.cron(night.window.to), ...fixed(day) });
    concurrency.scaleOnSchedule('Night', { schedule: Schedule.cron(night.window.from), ...fixed(night.environments) });
    // The schedule goes first, or it could turn it on again.
    alias.node.findChild('AliasScaling').node.addDependency(off);
  }

  private turnOffAtTheEnd(alias: Alias): AwsCustomResource {
    return new AwsCustomResource(this, 'Off', {
      onDelete: {
        service: 'lambda',
        action: 'DeleteProvisionedConcurrencyConfig',
        parameters: { FunctionName: alias.lambda.functionName, Qualifier: alias.aliasName },
        // There was none, or alias or function are gone.
        ignoreErrorCodesMatching: 'ProvisionedConcurrencyConfigNotFoundException|ResourceNotFoundException',
      },
      policy: AwsCustomResourcePolicy.fromStatements([
        new PolicyStatement({
          actions: ['lambda:DeleteProvisionedConcurrencyConfig'],
          resources: [alias.functionArn],
        }),
      ]),
      installLatestAwsSdk: false,
      serviceTimeout: Duration.minutes(5), // CloudFormation would wait an hour for a function that fell silent
    });
  }
}
