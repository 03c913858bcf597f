import type { Config } from '../options/config';

const MIB = 1024 * 1024;

// Lambda takes and gives 6 MB at most, as JSON with the image in base64, four characters for three bytes
// (Lambda Developer Guide, "Lambda quotas"): 4 MiB is what surely fits with the rest of the event.
const LAMBDA_MAX_BODY_BYTES = 4 * MIB;

/**
 * The environment variables by which any home tells the service where it runs and what it may take.
 * They are the service's whole configuration; its own page is service/home.ts.
 */
export const serviceEnvironment = (option: string, { service }: Config): Record<string, string> => ({
  SERVICE_OPTION: option,
  SERVICE_MAX_BODY_BYTES: String(service.maxBodyMiB * MIB),
  SERVICE_MAX_PIXELS: String(service.maxMegapixels * 1_000_000),
  // glibc's own, for the image library: it gives the memory of one picture back before the next. Without them, a home
  // of 512 MiB was measured to grow to twice that under load; they cost no time.
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
});

// The event, its base64 text, the picture and its pixels are in memory at once, beside 90 MiB of Node.js and libraries:
// a function of 128 MiB was measured to take all of it with pictures of 3.4 MB, and is given 2 MiB at most.
const LAMBDA_MEMORY_TO_BODY = 64;

/** The same on Lambda, whose payload limit no option can lift, for a function of that much memory. */
export const lambdaServiceEnvironment = (
  option: string,
  config: Config,
  memoryMiB = config.lambda.memoryMiB,
): Record<string, string> => ({
  ...serviceEnvironment(option, config),
  SERVICE_MAX_BODY_BYTES: String(
    Math.min(
      config.service.maxBodyMiB * MIB,
      LAMBDA_MAX_BODY_BYTES,
      Math.floor((memoryMiB * MIB) / LAMBDA_MEMORY_TO_BODY),
    ),
  ),
});

/** The same for the function that is sent no picture, but fetches it. */
export const pipelineServiceEnvironment = (config: Config): Record<string, string> => ({
  ...serviceEnvironment('lambda', config),
  SERVICE_MAX_BODY_BYTES: String(config.lambda.pipelineMaxMiB * MIB),
});
