import type { SharedValues } from './options';

const MIB = 1024 * 1024;

// Lambda takes and gives 6 MB at most, as JSON with the image in base64, four characters for three bytes
// (Lambda Developer Guide, "Lambda quotas"): 4 MiB fits with the rest of the event.
const LAMBDA_MAX_BODY_BYTES = 4 * MIB;

// The event, its base64 text, the picture and its pixels are in memory at once, beside 90 MiB of Node.js and libraries:
// a function of 128 MiB was measured to take all of it with pictures of 3.4 MB, and is given 2 MiB at most.
const LAMBDA_MEMORY_TO_BODY = 64;

/** The part of the options that the service itself reads. */
type ServiceLimits = Pick<SharedValues, 'service'>;

/**
 * The environment variables that are the service's whole configuration: where it runs, and what it may take
 * (service/platform.ts).
 *
 * @param option the compute option, as `GET /info` answers it
 */
export const serviceEnvironment = (option: string, { service }: ServiceLimits): Record<string, string> => ({
  SERVICE_OPTION: option,
  SERVICE_MAX_BODY_BYTES: String(service.maxBodyMiB * MIB),
  SERVICE_MAX_PIXELS: String(service.maxMegapixels * 1_000_000),
  // glibc's own variables, for the image library: it gives the memory of one picture back before the next. Without them,
  // a task of 512 MiB was measured to grow to twice that under load; they cost no time.
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
});

/** The same on Lambda, whose payload limit no option can raise, for a function of that much memory in MiB. */
export const lambdaServiceEnvironment = (
  option: string,
  limits: ServiceLimits,
  memoryMiB: number,
): Record<string, string> => ({
  ...serviceEnvironment(option, limits),
  SERVICE_MAX_BODY_BYTES: String(
    Math.min(
      limits.service.maxBodyMiB * MIB,
      LAMBDA_MAX_BODY_BYTES,
      Math.floor((memoryMiB * MIB) / LAMBDA_MEMORY_TO_BODY),
    ),
  ),
});

/** The same for the function that fetches pictures of at most so many MiB from a bucket. */
export const pipelineServiceEnvironment = (limits: ServiceLimits, maxMiB: number): Record<string, string> => ({
  ...serviceEnvironment('lambda', limits),
  SERVICE_MAX_BODY_BYTES: String(maxMiB * MIB),
});
