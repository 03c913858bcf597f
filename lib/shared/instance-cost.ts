import { Stack, Tags } from 'aws-cdk-lib';
import { CpuCredits, InstanceType, type LaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import type { Config } from '../options/config';

/**
 * T types earn credits while idle and spend them under load. By default AWS bills what they spend beyond; the sandbox
 * slows down instead, so that its price is what it says (EC2 User Guide, "Burstable performance instances").
 */
export function cpuCredits({ preset }: Config, instanceType: string): CpuCredits | undefined {
  return preset === 'sandbox' && new InstanceType(instanceType).isBurstable() ? CpuCredits.STANDARD : undefined;
}

/** CloudFormation's tags of the stack reach the instances of a group, but not their volumes, unless they are here too. */
export function tagVolumes(launchTemplate: LaunchTemplate): void {
  for (const [name, value] of Object.entries(Stack.of(launchTemplate).tags.tagValues()))
    Tags.of(launchTemplate).add(name, value);
}
