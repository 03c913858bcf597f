import { DAY, type Requests, type Work } from './load';
import type { FunctionPolicies } from './policies';

/** Memory that gives a function one vCPU (AWS Lambda Developer Guide, "Configure Lambda function memory"). */
export const MIB_PER_VCPU = 1769;

/** One minute of a function. */
export interface FunctionMinute {
  readonly requests: number;
  /** Executions at once, on average: requests a second x seconds each. */
  readonly concurrency: number;
  readonly provisioned: number;
}

export interface FunctionDay {
  readonly policies: FunctionPolicies;
  readonly minutes: readonly FunctionMinute[];
  /** Billed duration of one request, in seconds, rounded up to a millisecond. */
  readonly seconds: number;
}

/**
 * Replays a day of requests against a function. Each execution handles one request, and takes longer where memory gives
 * it less than a vCPU; more than one it does not use.
 */
export function replayFunction(policies: FunctionPolicies, requests: Requests, work: Work): FunctionDay {
  const share = Math.min(1, policies.memoryMiB / MIB_PER_VCPU);
  const seconds = Math.ceil((work.cpuSeconds / share) * 1000) / 1000;
  const schedule = policies.schedule.toSorted((a, b) => a.minute - b.minute);
  let provisioned = schedule.at(-1)?.min ?? policies.provisioned;
  const minutes = Array.from({ length: DAY }, (_, minute) => {
    provisioned = schedule.find((change) => change.minute === minute)?.min ?? provisioned;
    const asked = requests[minute] ?? 0;
    return { requests: asked, concurrency: (asked / 60) * seconds, provisioned };
  });
  return { policies, minutes, seconds };
}
