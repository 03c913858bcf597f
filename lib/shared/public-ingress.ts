import { Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Says why a security group, or a rule of one, is open to all addresses, where `access.allowedCidr` has it so. */
export function acknowledgePublicIngress(construct: Construct): void {
  Validations.of(construct).acknowledge({
    id: 'AwsSolutions-EC23',
    reason: 'A public web service, on its own port only; access.allowedCidr narrows who may reach it.',
  });
}
