import { Stack, Tags } from 'aws-cdk-lib';
import { CpuCredits, InstanceType, type LaunchTemplate } from 'aws-cdk-lib/aws-ec2';

/**
 * For an instance that installs what it runs, or pulls its image, when it boots. In standard mode T3, T3a and T4g begin with
 * no credits, and the boot takes many minutes at a tenth of a vCPU (EC2 User Guide, "Standard mode concepts").
 */
export function creditsToBootWith(...instanceTypes: readonly string[]): CpuCredits | undefined {
  // Unlimited is what AWS gives all but T2 by default; a type without credits takes no setting.
  return instanceTypes.every((type) => new InstanceType(type).isBurstable()) ? CpuCredits.UNLIMITED : undefined;
}

/** CloudFormation's tags of the stack reach the instances of a group, but not their volumes, unless they are here too. */
export function tagVolumes(launchTemplate: LaunchTemplate): void {
  for (const [name, value] of Object.entries(Stack.of(launchTemplate).tags.tagValues()))
    Tags.of(launchTemplate).add(name, value);
}
