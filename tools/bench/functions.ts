import { readFileSync } from 'node:fs';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import type { FunctionConfiguration, LambdaFunction } from '../../contract/runtime/lambda-function';
import { MIB_PER_VCPU } from '../day/function';
import { type ProcessorShare, shareProcessor } from './processor-share';
import { type Milliseconds, peakMemoryMiB, quantile, spread } from './quantities';

/** What was measured of one function, on this machine, outside AWS: good to compare functions of one run, no more. */
export interface FunctionFigures {
  /** From the start of the process to the first answer. */
  readonly coldMs: Milliseconds;
  /** A later answer of the same process, in milliseconds. */
  readonly warmMs: { readonly p50: number; readonly p99: number; readonly requests: number };
  /** The most that the largest of its processes ever had in memory, in MiB; null where the system does not tell (other than Linux). */
  readonly peakMemoryMiB: number | null;
  /** The same with the share of a processor that Lambda gives by memory; none where the system can't limit it. */
  readonly throttled?: {
    readonly cpus: number;
    readonly coldMs: Milliseconds;
    readonly warmMs: { readonly p50: number; readonly requests: number };
  };
}

/** The memory of all functions that are measured, in MiB. */
export const MEMORY_MIB = 1_024;

/** How a function's processes are started. */
export type Start = Pick<FunctionConfiguration, 'launcher' | 'initTimeoutMs'>;

/** With a share of a processor a JVM takes longer than the 10 s of an init, which Lambda then starts anew without that limit. */
const THROTTLED_INIT_MS = 60_000;
/** A median of fewer requests, since each takes longer. */
const THROTTLED_SHARE_OF_REQUESTS = 0.2;

/** A function to measure, and what it is asked. */
export interface Subject {
  /** The function anew: nothing of it runs yet. */
  readonly make: (start: Start) => LambdaFunction;
  readonly event: unknown;
  /** How often its last process is asked on. */
  readonly warmRequests: number;
  /** Throws Error where that is not the answer to a request that met the process cold, or warm. */
  readonly check: (payload: string, start: 'cold' | 'warm') => void;
}

export type Progress = (line: string) => void;

/** A function URL's event (payload format 2.0), as far as any handler here reads it. */
export function functionUrlEvent(
  method: string,
  rawPath: string,
  rawQueryString = '',
  body?: Buffer,
): LambdaFunctionURLEvent {
  const domainName = 'bench.lambda-url.eu-central-1.on.aws';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers: {
      accept: '*/*',
      host: domainName,
      'x-forwarded-proto': 'https',
      ...(body && { 'content-type': 'image/jpeg', 'content-length': String(body.length) }),
    },
    requestContext: {
      accountId: 'anonymous',
      apiId: 'bench',
      domainName,
      domainPrefix: 'bench',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'bench' },
      requestId: 'bench',
      routeKey: '$default',
      stage: '$default',
      time: '01/Jan/2026:00:00:00 +0000',
      timeEpoch: 1_767_225_600_000,
    },
    ...(body && { body: body.toString('base64') }),
    isBase64Encoded: body !== undefined,
  };
}

/** @throws Error where the function did not answer as it should */
async function answerTime(lambda: LambdaFunction, { event, check }: Subject, start: 'cold' | 'warm'): Promise<number> {
  const began = performance.now();
  const { payload, functionError } = await lambda.invoke(event);
  const took = performance.now() - began;
  try {
    if (functionError !== undefined) throw new Error('It failed');
    check(payload, start);
  } catch (cause) {
    const said = `${payload.slice(0, 300)}\n${lambda.logs.join('\n')}`;
    throw new Error(`A ${start} request was answered by ${said}`, { cause });
  }
  return took;
}

/** Processes that this one has started (proc(5)); none where the system has no such list. */
function children(): number[] {
  try {
    return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number);
  } catch {
    return [];
  }
}

/** Starts the function's process, asks it once, and then as often as given. */
async function measureOnce(
  subject: Subject,
  warmRequests: number,
  start: Start = {},
): Promise<{ cold: number; warm: number[]; peak: number | null }> {
  const before = new Set(children());
  const lambda = subject.make(start);
  try {
    const cold = await answerTime(lambda, subject, 'cold');
    const warm: number[] = [];
    for (let i = 0; i < warmRequests; i += 1) warm.push(await answerTime(lambda, subject, 'warm'));
    const peaks = children()
      .filter((child) => !before.has(child))
      .flatMap((pid) => peakMemoryMiB(pid) ?? []);
    return { cold, warm, peak: peaks.length === 0 ? null : Math.max(...peaks) };
  } finally {
    await lambda.stop();
  }
}

/** The order of a round: each begins with another, so that none always comes after the heaviest, or last. */
export const orderOf = <T>(all: readonly T[], round: number): T[] => {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
};

/**
 * Measures functions against each other: one cold start of each in turn, so that whatever else the machine does meets
 * all alike; the last process of each is then asked on. Each cold start comes twice: with all processors, and with the
 * share of one that Lambda gives.
 *
 * @param coldStarts of each
 */
export async function measureFunctions<Name extends string>(
  subjects: Readonly<Record<Name, Subject>>,
  coldStarts: number,
  progress: Progress,
): Promise<Record<Name, FunctionFigures>> {
  const measured = Object.entries<Subject>(subjects).map(([name, subject]) => ({
    name,
    subject,
    cold: [] as number[],
    warm: [] as number[],
    peaks: [] as number[],
    throttled: { cold: [] as number[], warm: [] as number[] },
  }));
  const share = shareProcessor(MEMORY_MIB / MIB_PER_VCPU);
  if ('lacking' in share)
    progress(`functions have all processors, and not the share that Lambda gives: ${share.lacking}`);
  try {
    for (let round = 1; round <= coldStarts; round += 1) {
      progress(`cold start ${round} of ${coldStarts}, of each: ${Object.keys(subjects).join(', ')}`);
      for (const figures of orderOf(measured, round)) {
        const { subject, throttled } = figures;
        const warmRequests = round === coldStarts ? subject.warmRequests : 0;
        const { cold, warm, peak } = await measureOnce(subject, warmRequests);
        figures.cold.push(cold);
        figures.warm.push(...warm);
        if (peak !== null) figures.peaks.push(peak);
        if ('lacking' in share) continue;
        const slow = await measureOnce(subject, Math.ceil(warmRequests * THROTTLED_SHARE_OF_REQUESTS), {
          launcher: share.launcher,
          initTimeoutMs: THROTTLED_INIT_MS,
        });
        throttled.cold.push(slow.cold);
        throttled.warm.push(...slow.warm);
      }
    }
  } finally {
    if (!('lacking' in share)) share.remove();
  }
  const figures = measured.map(({ name, cold, warm, peaks, throttled }): [string, FunctionFigures] => [
    name,
    {
      coldMs: spread(cold),
      warmMs: { p50: quantile(warm, 0.5), p99: quantile(warm, 0.99), requests: warm.length },
      peakMemoryMiB: peaks.length === 0 ? null : Math.max(...peaks),
      ...('lacking' in share ? {} : { throttled: throttledFigures(share, throttled) }),
    },
  ]);
  return Object.fromEntries(figures) as Record<Name, FunctionFigures>;
}

function throttledFigures(
  share: ProcessorShare,
  { cold, warm }: { readonly cold: readonly number[]; readonly warm: readonly number[] },
): Required<FunctionFigures>['throttled'] {
  return { cpus: share.cpus, coldMs: spread(cold), warmMs: { p50: quantile(warm, 0.5), requests: warm.length } };
}
