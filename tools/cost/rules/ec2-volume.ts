import { billedVolumes } from '../instance-usage';
import type { Rule } from '../rule';
import { number, text } from '../template';

/** https://aws.amazon.com/ebs/pricing/: by the GB that is provisioned, used or not. */
export const ec2Volume: Rule = {
  type: 'AWS::EC2::Volume',
  billed: (volume) =>
    billedVolumes(1, {
      type: text(volume, 'VolumeType') ?? 'gp2',
      gib: number(volume, 'Size') ?? 0,
      iops: number(volume, 'Iops') ?? 3_000,
      throughput: number(volume, 'Throughput') ?? 125,
    }),
};
