import { Validations } from 'aws-cdk-lib';
import type { SecurityGroup } from 'aws-cdk-lib/aws-ec2';

/** Says why a security group is open to all addresses, where `access.allowedCidr` has it so. */
export function acknowledgePublicIngress(securityGroup: SecurityGroup): void {
  Validations.of(securityGroup).acknowledge({
    id: 'AwsSolutions-EC23',
    reason: 'A public web service, on its own port only; access.allowedCidr narrows who may reach it.',
  });
}
