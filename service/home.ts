import os from 'node:os';
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

/** What the service knows of the place it runs in. Each home makes one, and hands it to `createApp`. */
export interface Home {
  /** The compute option that answers, e.g. `fargate`. */
  readonly option: string;
  /** Version of the service (semver). */
  readonly version: string;
  /** When this process started. */
  readonly startedAt: Date;
  /** Language runtime and version, e.g. `Node.js 24.11.0`. */
  readonly runtime: string;
  readonly architecture: string;
  /** CPUs this process may use. */
  readonly cpus: number;
  /** Memory limit in MiB: of the function, of the container (cgroup), else of the machine. */
  readonly memoryMiB: number;
  readonly limits: Limits;
  /** Whether the process has been told to stop; `/health` answers 503 from then on. */
  isStopping(): boolean;
  /** Writes one log entry; never throws. */
  log(entry: LogEntry): void;
}

/**
 * The home that an environment describes.
 *
 * @param env `SERVICE_OPTION`, `SERVICE_MAX_BODY_BYTES`, `SERVICE_MAX_PIXELS`
 * @param overrides what an adapter knows better, e.g. Lambda its memory, a server that it is stopping
 * @throws Error naming each wrong variable, its value and what is allowed
 */
export function homeFromEnvironment(env: NodeJS.ProcessEnv = process.env, overrides: Partial<Home> = {}): Home {
  return {
    option: env['SERVICE_OPTION'] ?? 'local',
    version,
    startedAt: new Date(Date.now() - process.uptime() * 1000),
    runtime: `Node.js ${process.versions.node}`,
    architecture: process.arch === 'x64' ? 'x86_64' : process.arch,
    cpus: os.availableParallelism(),
    memoryMiB: Math.floor(os.totalmem() / 2 ** 20),
    limits: { maxBodyBytes: 4_194_304, maxPixels: 50_000_000 },
    isStopping: () => false,
    log: (entry) => process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`),
    ...overrides,
  };
}
