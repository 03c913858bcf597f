import { type FrameworkName, FRAMEWORKS, packageState } from '../../packaging/framework-packages';
import { frameworkFunction } from '../../contract/runtime/framework-function';
import { type FunctionFigures, functionUrlEvent, measureFunctions, type Progress, type Subject } from './functions';

export interface FrameworkFigures extends FunctionFigures {
  readonly framework: FrameworkName;
  readonly title: string;
  readonly zipBytes: number;
  readonly unzippedBytes: number;
  /** The runtime that ran it, as `GET /info` says it; figures of before November 2026 lack it. */
  readonly runtime?: string;
}

export interface FrameworkBenchOptions {
  readonly coldStarts: number;
  readonly warmRequests: number;
  readonly progress: Progress;
}

/** A function that is asked for its facts, and says itself whether it was cold. */
const asked = (make: Subject['make'], warmRequests: number, onRuntime?: (runtime: string) => void): Subject => ({
  make,
  event: functionUrlEvent('GET', '/info'),
  warmRequests,
  check: (payload, start) => {
    const { statusCode, body } = JSON.parse(payload) as { statusCode: number; body: string };
    const info = JSON.parse(body) as { start?: string; runtime: string };
    onRuntime?.(info.runtime);
    if (statusCode !== 200 || info.start !== start) throw new Error(`It is not ${start}`);
  },
});

/**
 * Measures the packages of all frameworks that are built, one row each in the order of the table, and the service
 * itself in the same run, so that they compare; what is not built is left out, and said.
 */
export async function benchFrameworks(
  service: Subject['make'],
  { coldStarts, warmRequests, progress }: FrameworkBenchOptions,
): Promise<{ frameworks: FrameworkFigures[]; service: FunctionFigures }> {
  const built = FRAMEWORKS.flatMap((framework) => {
    const state = packageState(framework.name);
    if ('manifest' in state) return [{ framework, manifest: state.manifest }];
    progress(`${framework.name} is left out: ${state.stale}. Run: npm run frameworks -- ${framework.name}`);
    return [];
  });
  const runtimes = new Map<FrameworkName, string>();
  const subjects = Object.fromEntries(
    built.map(({ framework }) => {
      const note = (runtime: string) => runtimes.set(framework.name, runtime);
      return [framework.name, asked((start) => frameworkFunction(framework, start), warmRequests, note)] as const;
    }),
  ) as Record<FrameworkName, Subject>;
  const all = { service: asked(service, warmRequests), ...subjects };
  const { service: own, ...figures } = await measureFunctions(all, coldStarts, progress);
  return {
    frameworks: built.map(({ framework: { name, title }, manifest }) => {
      const { size, unzippedBytes } = manifest.packages.arm64;
      return {
        framework: name,
        title,
        zipBytes: size,
        unzippedBytes,
        runtime: runtimes.get(name) ?? '',
        ...figures[name],
      };
    }),
    service: own,
  };
}
