import { Validations } from 'aws-cdk-lib';
import {
  AmazonLinuxCpuType,
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  InstanceType,
  MachineImage,
  type ISecurityGroup,
} from 'aws-cdk-lib/aws-ec2';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { instanceArchitecture } from '../shared/instance-types';

/** CPU, memory, network and storage of an instance. */
export interface MachineSettings {
  /** The architecture follows from it. */
  readonly instanceType: string;
  /** Size of the encrypted root volume, in GiB. */
  readonly volumeGiB: number;
  readonly volumeType: 'gp3' | 'io2';
  /** Provisioned operations a second of the root volume. */
  readonly volumeIops: number;
  /** Metrics of the instance each minute, billed by the metric. */
  readonly detailedMonitoring: boolean;
}

export interface MachineProps extends MachineSettings {
  readonly role: Role;
  readonly securityGroup: ISecurityGroup;
  /** Whether it gets a public address: in a public subnet that is the way out to the packages. */
  readonly associatePublicIpAddress: boolean;
}

/** The props that an instance and a launch template have alike. */
export function machine({ role, securityGroup, associatePublicIpAddress, ...settings }: MachineProps) {
  return {
    instanceType: new InstanceType(settings.instanceType),
    // The newest image is looked up by CloudFormation at each deployment, which then replaces the instance.
    machineImage: MachineImage.latestAmazonLinux2023({
      cpuType:
        instanceArchitecture(settings.instanceType) === 'arm64' ? AmazonLinuxCpuType.ARM_64 : AmazonLinuxCpuType.X86_64,
    }),
    role: role.withoutPolicyUpdates(), // the role has what booting needs; CDK would add more
    securityGroup,
    blockDevices: [
      {
        deviceName: '/dev/xvda',
        volume: BlockDeviceVolume.ebs(settings.volumeGiB, {
          encrypted: true,
          volumeType: settings.volumeType === 'gp3' ? EbsDeviceVolumeType.GP3 : EbsDeviceVolumeType.IO2,
          iops: settings.volumeIops,
        }),
      },
    ],
    httpPutResponseHopLimit: 1,
    detailedMonitoring: settings.detailedMonitoring,
    associatePublicIpAddress,
  };
}

/** Says why an instance reports every five minutes only. */
export function acknowledgeMonitoring(construct: Construct, { detailedMonitoring }: MachineSettings): void {
  if (detailedMonitoring) return;
  Validations.of(construct).acknowledge({
    id: 'AwsSolutions-EC28',
    reason:
      'Billed by the metric; ec2.detailedMonitoring turns it on, as production does. The alarms need five minutes.',
  });
}
