import { Code } from 'aws-cdk-lib/aws-lambda';
import type { BundledZip } from '../../packaging/bundle';
import { PackagingError } from '../../packaging/packaging-error';

// Source of all: Lambda Developer Guide, "Lambda quotas" and "Configure Lambda function memory".

/** Memory at which a function has just one vCPU, in MiB; below and above, CPU is in proportion. */
const MIB_PER_VCPU = 1_769;

/** The code of a function with all its layers, unzipped, in bytes: 250 MB. */
const MAX_UNZIPPED_BYTES = 250 * 1024 * 1024;

/** The CPU that comes with that much memory, in vCPUs: 0.07 at 128 MiB, 5.8 at 10,240 MiB (spread over six). */
export const vcpusAt = (memoryMiB: number): number => Math.round((memoryMiB / MIB_PER_VCPU) * 100) / 100;

/**
 * Looks at synth whether Lambda will take a zip as a function's code.
 *
 * @param remedy what to do where it won't, after "Leave out what the function does not need"
 * @throws Error where Lambda would refuse it once it is uploaded
 */
export function assertUnzippedFits(zip: string, unzippedBytes: number, remedy: string): void {
  if (unzippedBytes <= MAX_UNZIPPED_BYTES) return;
  throw new PackagingError([
    `${zip} has ${unzippedBytes} bytes unzipped; Lambda takes ${MAX_UNZIPPED_BYTES} at most. ` +
      `Leave out what the function does not need${remedy}`,
  ]);
}

/**
 * A zip of the bundle as a function's code.
 *
 * @throws Error where Lambda would refuse it once it is uploaded
 */
export function functionCode({ path, hash, unzippedBytes }: BundledZip): Code {
  assertUnzippedFits(path, unzippedBytes, ': bundle/manifest.json says what is in it.');
  return Code.fromAsset(path, { assetHash: hash });
}
