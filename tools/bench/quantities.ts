import { readFileSync } from 'node:fs';

/** A quantity that was measured several times, in milliseconds. */
export interface Milliseconds {
  readonly median: number;
  /** The value that 95 of 100 are not above; of fewer than 20, the largest. */
  readonly p95: number;
  readonly samples: number;
}

/** The peer that is the least server with the library. */
export const LEAST_SERVER = 'Node.js and sharp alone';

/** What memory allocation each compute option on Linux sets: see service/thumbnail.ts. */
export const MALLOC = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' } as const;

/** The value that this share of the values is not above (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

export const spread = (values: readonly number[]): Milliseconds => ({
  median: quantile(values, 0.5),
  p95: quantile(values, 0.95),
  samples: values.length,
});

/** The most memory that a process ever had, in MiB (proc(5)); null where the system does not tell (other than Linux). */
export function peakMemoryMiB(pid: number): number | null {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return null;
  }
}
