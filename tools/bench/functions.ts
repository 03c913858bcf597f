import { readFileSync } from 'node:fs';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { type FrameworkName, FRAMEWORKS, packageState } from '../../lib/framework-packages';
import type { LambdaFunction } from '../../test/lambda-runtime/lambda-function';
import { frameworkFunction } from './lambda-function';

/** What was measured of one function, on this machine, outside AWS: good to compare functions of one run, no more. */
export interface FunctionFigures {
  /** From the start of the process to the first answer (`GET /info`), in milliseconds. */
  readonly coldMs: { readonly median: number; readonly p95: number; readonly starts: number };
  /** A later answer of the same process, in milliseconds. */
  readonly warmMs: { readonly p50: number; readonly p99: number; readonly requests: number };
  /** The most that the process ever had in memory, in MiB; null where the system does not tell (other than Linux). */
  readonly peakMemoryMiB: number | null;
}

export interface FrameworkFigures extends FunctionFigures {
  readonly framework: FrameworkName;
  readonly title: string;
  readonly zipBytes: number;
  readonly unzippedBytes: number;
}

export interface BenchOptions {
  readonly coldStarts: number;
  readonly warmRequests: number;
  readonly progress: (line: string) => void;
}

const INFO: LambdaFunctionURLEvent = {
  version: '2.0',
  routeKey: '$default',
  rawPath: '/info',
  rawQueryString: '',
  headers: { accept: '*/*', host: 'bench.lambda-url.eu-central-1.on.aws', 'x-forwarded-proto': 'https' },
  requestContext: {
    accountId: 'anonymous',
    apiId: 'bench',
    domainName: 'bench.lambda-url.eu-central-1.on.aws',
    domainPrefix: 'bench',
    http: { method: 'GET', path: '/info', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'bench' },
    requestId: 'bench',
    routeKey: '$default',
    stage: '$default',
    time: '01/Jan/2026:00:00:00 +0000',
    timeEpoch: 1_767_225_600_000,
  },
  isBase64Encoded: false,
};

/** @throws Error where the function did not answer as it should */
async function answerTime(lambda: LambdaFunction, start: 'cold' | 'warm'): Promise<number> {
  const began = performance.now();
  const { payload, functionError } = await lambda.invoke(INFO);
  const took = performance.now() - began;
  const { statusCode, body } = JSON.parse(payload) as { statusCode?: number; body?: string };
  const info = JSON.parse(body ?? '{}') as { start?: string };
  if (functionError !== undefined || statusCode !== 200 || info.start !== start) {
    throw new Error(`A ${start} request was answered by ${payload}\n${lambda.logs.join('\n')}`);
  }
  return took;
}

/** The value that this share of the values is not above (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** Processes that this one has started (proc(5)); none where the system has no such list. */
function children(): string[] {
  try {
    return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  } catch {
    return [];
  }
}

/** The most memory that a process ever had, in MiB. */
const peakMemoryMiB = (pid: string): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** Starts the function's process, asks it once, and then as often as told. */
async function measureOnce(
  make: () => LambdaFunction,
  warmRequests: number,
): Promise<{ cold: number; warm: number[]; peak: number | null }> {
  const before = new Set(children());
  const lambda = make();
  try {
    const cold = await answerTime(lambda, 'cold');
    const warm: number[] = [];
    for (let i = 0; i < warmRequests; i += 1) warm.push(await answerTime(lambda, 'warm'));
    const [pid] = children().filter((child) => !before.has(child));
    return { cold, warm, peak: pid === undefined ? null : peakMemoryMiB(pid) };
  } finally {
    await lambda.stop();
  }
}

/**
 * Measures functions against each other: one cold start of each in turn, so that whatever else the machine does meets
 * all alike; the last process of each is then asked on.
 *
 * @param functions each makes its function anew, by name
 */
export async function measureFunctions<Name extends string>(
  functions: Readonly<Record<Name, () => LambdaFunction>>,
  { coldStarts, warmRequests, progress }: BenchOptions,
): Promise<Record<Name, FunctionFigures>> {
  const named = Object.entries<() => LambdaFunction>(functions);
  const measured = new Map(
    named.map(([name]) => [name, { cold: [] as number[], warm: [] as number[], peaks: [] as number[] }]),
  );
  for (let round = 1; round <= coldStarts; round += 1) {
    progress(`cold start ${round} of ${coldStarts}, each of ${named.length} functions`);
    for (const [name, make] of named) {
      const { cold, warm, peak } = await measureOnce(make, round === coldStarts ? warmRequests : 0);
      const figures = measured.get(name);
      figures?.cold.push(cold);
      figures?.warm.push(...warm);
      if (peak !== null) figures?.peaks.push(peak);
    }
  }
  const figures = [...measured].map(([name, { cold, warm, peaks }]): [string, FunctionFigures] => [
    name,
    {
      coldMs: { median: quantile(cold, 0.5), p95: quantile(cold, 0.95), starts: cold.length },
      warmMs: { p50: quantile(warm, 0.5), p99: quantile(warm, 0.99), requests: warm.length },
      peakMemoryMiB: peaks.length === 0 ? null : Math.max(...peaks),
    },
  ]);
  return Object.fromEntries(figures) as Record<Name, FunctionFigures>;
}

/**
 * Measures the packages of all frameworks that are built, one row each in the order of the table; what is not built is
 * left out, and said.
 *
 * @param others further functions to measure in the same run, so that they compare: the plain one, for instance
 */
export async function benchFrameworks<Other extends string = never>(
  options: BenchOptions,
  others: Readonly<Record<Other, () => LambdaFunction>> = {} as Readonly<Record<Other, () => LambdaFunction>>,
): Promise<{ frameworks: FrameworkFigures[]; others: Record<Other, FunctionFigures> }> {
  const built = FRAMEWORKS.flatMap((framework) => {
    const state = packageState(framework.name);
    if ('manifest' in state) return [{ framework, manifest: state.manifest }];
    options.progress(`${framework.name} is left out: ${state.stale}. Run: npm run frameworks -- ${framework.name}`);
    return [];
  });
  const functions = Object.fromEntries(
    built.map(({ framework }) => [framework.name, () => frameworkFunction(framework)] as const),
  );
  const figures: Record<string, FunctionFigures> = await measureFunctions({ ...functions, ...others }, options);
  return {
    frameworks: built.flatMap(({ framework: { name, title }, manifest }) => {
      const { size, unzippedBytes } = manifest.packages.arm64;
      const measured = figures[name];
      return measured ? [{ framework: name, title, zipBytes: size, unzippedBytes, ...measured }] : [];
    }),
    others: Object.fromEntries(Object.keys(others).map((name) => [name, figures[name]])) as Record<
      Other,
      FunctionFigures
    >,
  };
}
