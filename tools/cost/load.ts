/** Hours of a month, as AWS's calculators count them: 8,760 a year, over 12. */
export const HOURS = 730;
export const SECONDS = HOURS * 3_600;

/** CPU of a Lambda function goes by its memory: one vCPU at 1,769 MB (Lambda Developer Guide, "Memory"). */
const MIB_A_VCPU = 1_769;

/** What is asked of the service in a month. */
export interface Load {
  /** Requests a month. */
  readonly requests: number;
  /** CPU of a request, in ms of one vCPU. */
  readonly cpuMs: number;
  /**
   * How long a request takes on Lambda, in ms, as it is billed.
   * @default - cpuMs over the vCPU that the function's memory gives, which is never more than one for one request
   */
  readonly ms?: number;
  /**
   * Memory of the functions that serve requests, in MiB.
   * @default - as the template has it
   */
  readonly memoryMiB?: number;
  /** Bytes that come in with a request, in kB. */
  readonly kbIn: number;
  /** Bytes that go out with an answer, in kB. */
  readonly kbOut: number;
  /** Log of a request, in kB. */
  readonly kbLog: number;
  /** The busiest hour over the mean. */
  readonly peakToMean: number;
  /** Share of a vCPU that may be busy at the peak. */
  readonly target: number;
  /** Pictures put into the bucket of the pipeline each month. */
  readonly uploads: number;
  /** CPU of an upload, in ms of one vCPU. */
  readonly uploadCpuMs: number;
  /** GB that pass each NAT gateway in a month. */
  readonly natGb: number;
  /** Size of the image in the registry, in MB. */
  readonly imageMb: number;
}

/** The same stacks while nothing is asked of them. */
export const idle = (load: Load): Load => ({ ...load, requests: 0, uploads: 0, natGb: 0 });

export const perSecond = ({ requests }: Load): number => requests / SECONDS;

/** vCPUs that are busy on the mean. */
export const busyVcpus = (load: Load): number => (perSecond(load) * load.cpuMs) / 1_000;

/** The duration that Lambda bills for some work at a memory size, in ms: whole ones, rounded up. */
export function lambdaMs(cpuMs: number, memoryMiB: number): number {
  return Math.ceil(cpuMs / Math.min(1, memoryMiB / MIB_A_VCPU));
}

/** The CPU of a request that takes so long on Lambda, if nothing but the CPU holds it up. */
export const cpuMsOf = (ms: number, memoryMiB: number): number => ms * Math.min(1, memoryMiB / MIB_A_VCPU);
