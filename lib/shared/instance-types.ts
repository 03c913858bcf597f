import { InstanceArchitecture, InstanceType } from 'aws-cdk-lib/aws-ec2';
import type { Architecture } from '../../packaging/bundle';

/** A family and a size (EC2 User Guide, "Amazon EC2 instance type naming conventions"); which exist, AWS knows. */
export const INSTANCE_TYPE = /^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|\d*xlarge|metal(-\d+xl)?)$/;

// Families that Amazon Linux 2023 does not boot on, whatever their architecture is called: a1 is Graviton 1, which lacks
// ARMv8.2 (AL2023 User Guide, "System requirements"), and a Mac runs macOS.
const UNBOOTABLE_FAMILY = /^(a1|mac\d.*)$/;

/** The architecture of an instance type, as its name gives it: which bundle and which machine image it needs. */
export const instanceArchitecture = (type: string): Architecture =>
  new InstanceType(type).architecture === InstanceArchitecture.ARM_64 ? 'arm64' : 'x64';

/** Why no bundle of the service runs on an instance type; undefined where one does. */
export function instanceTypeProblem(type: string): string | undefined {
  if (!INSTANCE_TYPE.test(type)) return undefined;
  if (UNBOOTABLE_FAMILY.test(type.split('.')[0] ?? '')) return 'Amazon Linux 2023 does not run on it';
  try {
    instanceArchitecture(type);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Why an instance of a type cannot install the service while a deployment waits; undefined where it can. */
export function startProblem(type: string): string | undefined {
  const size = type.split('.')[1] ?? '';
  const known = instanceTypeProblem(type);
  if (known !== undefined) return known;
  if (size === 'nano')
    return 'its memory of 512 MiB is too small to install packages (amazonlinux/amazon-linux-2023#404)';
  if (size.startsWith('metal'))
    return 'it boots longer than the deployment waits; an instance of the same family without metal does not';
  return undefined;
}
