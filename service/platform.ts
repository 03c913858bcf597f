import os from 'node:os';
import { EnvironmentError, integersFrom } from './environment';
import { version } from './version';

/** One line of the log. Anything beyond these fields is written as it is. */
export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly [field: string]: unknown;
}

/** What the service may spend on one picture. */
export interface Limits {
  /** Largest request body in bytes. */
  readonly maxBodyBytes: number;
  /** Largest picture in pixels, all its frames counted. */
  readonly maxPixels: number;
}

/** What the service knows of the place it runs in. Each compute option makes one, and hands it to `createApp`. */
export interface Platform {
  /** The compute option that answers, e.g. `fargate`. */
  readonly option: string;
  /** Version of the service (semver). */
  readonly version: string;
  /** When this process started. */
  readonly startedAt: Date;
  /** Language runtime and version, e.g. `Node.js 24.11.0`. */
  readonly runtime: string;
  /** `arm64` or `x86_64`. */
  readonly architecture: string;
  /** CPUs this process may use. */
  readonly cpus: number;
  /** Memory limit in MiB: of the function, of the container (cgroup), else of the machine. */
  readonly memoryMiB: number;
  readonly limits: Limits;
  /** Whether the process has got a signal to stop; `/health` answers 503 from then on. */
  isStopping(): boolean;
  /** Whether its first request finds it warm already: initialised ahead of it, or asked for something else before. */
  isWarm(): boolean;
  /** Writes one log entry; never throws. */
  log(entry: LogEntry): void;
}

/** The name of a compute option, such as `ecs-ec2`, or of a part of one, such as `frameworks/flask`. */
const OPTION = /^[a-z][a-z0-9-]{0,40}(\/[a-z0-9][a-z0-9-]{0,40})?$/;

const limitVariables = {
  maxBodyBytes: {
    variable: 'SERVICE_MAX_BODY_BYTES',
    fallback: 4 * 2 ** 20,
    minimum: 1024,
    maximum: 100 * 2 ** 20,
    meaning: 'bytes of the largest picture that is read',
  },
  maxPixels: {
    variable: 'SERVICE_MAX_PIXELS',
    fallback: 50_000_000,
    minimum: 1,
    // What libvips itself accepts by default: 16,383 squared.
    maximum: 268_402_689,
    meaning: 'pixels of the largest picture that is decoded, all frames counted',
  },
} as const;

/**
 * The platform that an environment describes.
 *
 * @param env `SERVICE_OPTION`, `SERVICE_MAX_BODY_BYTES`, `SERVICE_MAX_PIXELS`
 * @param overrides what an adapter knows better, e.g. Lambda its memory, a server whether it is stopping
 * @throws EnvironmentError naming each wrong variable, its value and what is allowed
 */
export function platformFromEnvironment(
  env: NodeJS.ProcessEnv = process.env,
  overrides: Partial<Platform> = {},
): Platform {
  const faults: string[] = [];
  const option = env['SERVICE_OPTION'] ?? '';
  if (option !== '' && !OPTION.test(option)) {
    faults.push(
      `SERVICE_OPTION is ${JSON.stringify(option)}: it must be the name of a compute option: lower-case letters, digits and ` +
        `hyphens, a letter first, and a part of it after a slash, such as frameworks/flask. Correct it, or leave it out for local.`,
    );
  }
  let limits: Limits | undefined;
  try {
    limits = integersFrom(env, limitVariables);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    faults.push(...error.faults);
  }
  if (limits === undefined || faults.length > 0) throw new EnvironmentError(faults);
  return {
    option: option === '' ? 'local' : option,
    version,
    startedAt: new Date(performance.timeOrigin),
    runtime: `Node.js ${process.versions.node}`,
    architecture: process.arch === 'x64' ? 'x86_64' : process.arch,
    cpus: os.availableParallelism(),
    memoryMiB: memoryLimitMiB(process.constrainedMemory(), os.totalmem()),
    limits,
    isStopping: () => false,
    isWarm: () => false,
    log: writeLogLine,
    ...overrides,
  };
}

/**
 * The memory this process may use, in MiB.
 *
 * @param constrained bytes of the control group (v1 or v2) as Node reports it: 0, or more than there is, where none
 *   is set
 * @param total bytes of the machine
 */
export function memoryLimitMiB(constrained: number | undefined, total: number): number {
  const limit = constrained !== undefined && constrained > 0 ? Math.min(constrained, total) : total;
  return Math.floor(limit / 2 ** 20);
}

/** One JSON object a line on standard output, which is what CloudWatch Logs Insights reads without a parser. */
function writeLogLine(entry: LogEntry): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
}
