import { busyVcpus, type Load } from './load';

/** Equal instances or tasks that share a load. */
export interface Fleet {
  /** vCPUs of one. */
  readonly vcpus: number;
  /** vCPUs that one may keep busy for good; fewer than it has where it is burstable and its credits are not unlimited. */
  readonly lastingVcpus?: number;
  /** How many there are at least, on the mean of a day. */
  readonly least: number;
  /** Whether it follows the load. One that does not has at all times what the peak needs. */
  readonly scales: boolean;
}

/**
 * How many carry a load. Each may be busy to the target at the peak; on the mean it may be no busier than its vCPUs
 * last. A fleet that scales has on the mean what the mean load takes, and never fewer than its minimum.
 */
export function fleetFor(load: Load, { vcpus, lastingVcpus = vcpus, least, scales }: Fleet) {
  const mean = busyVcpus(load);
  const forMean = mean / Math.min(vcpus * load.target, lastingVcpus);
  const forPeak = (mean * load.peakToMean) / (vcpus * load.target);
  const peak = Math.ceil(Math.max(least, forMean, forPeak));
  return { mean: scales ? Math.max(least, forMean) : peak, peak };
}

/** Account quotas by default, of an account that has asked for no more (AWS General Reference, "Service quotas"). */
export const QUOTAS = {
  /** vCPUs of "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances". */
  instances: { name: 'vCPUs of On-Demand instances', byDefault: 5 },
  /** "Fargate On-Demand vCPU resource count" */
  fargate: { name: 'vCPUs of Fargate', byDefault: 6 },
  /** "Concurrent executions"; a new account has 10 until AWS raises it. */
  lambda: { name: 'concurrent executions of Lambda', byDefault: 1_000 },
  /** vCPUs of Lambda Web Functions. */
  webFunction: { name: 'vCPUs of Lambda Web Functions', byDefault: 2_000 },
} as const;
