import { type Running, RUNNERS } from '../runners';
import { Container } from '../container';
import { buildImage, HOST_ARCHITECTURE } from '../../docker/build';
import { localContainer } from '../local';
import { startImageFunction } from '../local/image-function';
import { orderOf, type Progress } from './functions';
import { type Milliseconds, quantile, spread } from './quantities';

/** What was measured of one way to run the service, asked for thumbnails over HTTP. */
export interface WayFigures {
  /** As the comparison names its runner. */
  readonly name: string;
  readonly title: string;
  /** From where nothing runs to the first thumbnail; null where the option always runs. */
  readonly coldMs: Milliseconds | null;
  readonly warmMs: { readonly p50: number; readonly p99: number; readonly requests: number };
  /** Thumbnails a second, by how many are asked for at once. */
  readonly perSecond: readonly { readonly atOnce: number; readonly thumbnails: number }[];
}

export interface WayNotMeasured {
  readonly name: string;
  readonly title: string;
  readonly notMeasured: string;
}

/** A way that runs. */
interface Started extends Running {
  /** Starts it anew where no request does, and gives the milliseconds to its first `/health`. */
  readonly restart?: () => Promise<number>;
}

interface Way {
  readonly name: string;
  readonly title: string;
  readonly lacks: () => string | undefined;
  readonly start: (signal: AbortSignal) => Promise<Started>;
}

/** How many requests at once. */
const AT_ONCE = [1, 16];

/** A task with two processors, to compare with what runs outside a container. */
const TASK: Way = {
  name: 'managed-instances',
  title: 'Task of ManagedInstances with 2 vCPU, in a container',
  lacks: () => undefined,
  start: async (signal) => {
    const size = { 'task.cpuUnits': 2_048, 'task.memoryMiB': 4_096 };
    const options = await localContainer('ManagedInstances', size, { signal });
    let container = await Container.start(options);
    return {
      get url() {
        return container.url;
      },
      restart: async () => {
        await container[Symbol.asyncDispose]();
        container = await Container.start(options);
        return container.startedWithinMs;
      },
      stop: () => container[Symbol.asyncDispose](),
    };
  },
};

/** As many execution environments as are asked for at once, each of two containers. */
const IMAGE_FUNCTION: Way = {
  name: 'lambda-image-container',
  title: 'The image of LambdaImage, in a container behind the Lambda Web Adapter',
  lacks: () => undefined,
  start: async () =>
    startImageFunction(
      (await buildImage({ architecture: HOST_ARCHITECTURE, target: 'lambda' })).tag,
      Math.max(...AT_ONCE),
    ),
};

/** The same service behind each front that can be run here: as a server, as a handler, as an image. */
const WAYS: readonly Way[] = [
  ...RUNNERS.filter(({ name }) => ['ec2', 'lambda', 'web-function', 'lambda-image'].includes(name)),
  IMAGE_FUNCTION,
  TASK,
];

export interface WaysOptions {
  readonly picture: Buffer;
  readonly coldStarts: number;
  readonly warmRequests: number;
  readonly seconds: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** What must not outlive the program, however it ends. */
  readonly leftovers: Set<() => unknown>;
}

/**
 * Measures each way against the others in one run: one cold start of each in turn, then warm requests and a load of each.
 *
 * @returns why not, for those that this machine can't run
 */
export async function benchWays(options: WaysOptions): Promise<readonly (WayFigures | WayNotMeasured)[]> {
  const { coldStarts, progress, leftovers, signal } = options;
  const started = new Map<Way, Started>();
  const reasons = new Map<Way, string>();
  for (const way of WAYS) {
    const lacking = way.lacks() ?? (await start(way, started, signal));
    if (lacking !== undefined) reasons.set(way, lacking);
  }
  /** One way that fails while it is measured leaves the others as they are. */
  const leaveOut = async (way: Way, error: unknown): Promise<void> => {
    if (signal.aborted) throw error;
    reasons.set(way, reasonOf(error));
    const running = started.get(way);
    started.delete(way);
    await running?.stop();
  };
  const stopAll = async (): Promise<void> => {
    await Promise.all([...started.values()].map(({ stop }) => stop()));
    started.clear();
  };
  leftovers.add(stopAll);
  try {
    const cold = new Map(WAYS.map((way): [Way, number[]] => [way, []]));
    for (let round = 1; round <= coldStarts; round += 1) {
      progress(`each way to run the service: cold start ${round} of ${coldStarts}`);
      for (const way of orderOf(WAYS, round)) {
        const running = started.get(way);
        if (running === undefined || (running.rest ?? running.restart) === undefined) continue;
        try {
          await running.rest?.();
          const startMs = (await running.restart?.()) ?? 0;
          cold.get(way)?.push(startMs + (await timeOf(running.url, options.picture)));
        } catch (error) {
          await leaveOut(way, error);
        }
      }
    }
    const figures: (WayFigures | WayNotMeasured)[] = [];
    for (const way of WAYS) {
      const { name, title } = way;
      const running = started.get(way);
      if (running !== undefined) {
        progress(`${title}: warm, and under load`);
        const times = cold.get(way) ?? [];
        try {
          const measured = await measure(running, options);
          // What has been measured takes nothing from what is measured next.
          await running.rest?.();
          figures.push({ name, title, coldMs: times.length > 0 ? spread(times) : null, ...measured });
          continue;
        } catch (error) {
          await leaveOut(way, error);
        }
      }
      progress(`${title}: not measured. ${reasons.get(way)}`);
      figures.push({ name, title, notMeasured: reasons.get(way) ?? '' });
    }
    return figures;
  } finally {
    leftovers.delete(stopAll);
    await stopAll();
  }
}

/** @returns why it did not start */
async function start(way: Way, started: Map<Way, Started>, signal: AbortSignal): Promise<string | undefined> {
  try {
    started.set(way, await way.start(signal));
    return undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    return reasonOf(error);
  }
}

/** The first line of what went wrong, with its cause: a request that breaks says no more than that it failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [line = ''] = error.message.split('\n');
  return error.cause instanceof Error ? `${line}: ${error.cause.message}` : line;
}

async function timeOf(url: string, picture: Buffer): Promise<number> {
  const began = performance.now();
  const response = await fetch(`${url}/thumbnails?width=320`, {
    method: 'POST',
    body: picture,
    headers: { 'content-type': 'image/jpeg' },
  });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}.`);
  return performance.now() - began;
}

async function measure(
  { url }: Running,
  { picture, warmRequests, seconds }: WaysOptions,
): Promise<Pick<WayFigures, 'warmMs' | 'perSecond'>> {
  await timeOf(url, picture);
  const warm: number[] = [];
  for (let i = 0; i < warmRequests; i += 1) warm.push(await timeOf(url, picture));
  const perSecond = [];
  for (const atOnce of AT_ONCE) {
    // First without a clock: environments start, caches fill.
    await Promise.all(Array.from({ length: atOnce }, () => timeOf(url, picture)));
    const began = performance.now();
    let made = 0;
    const worker = async (): Promise<void> => {
      while (performance.now() - began < seconds * 1_000) {
        await timeOf(url, picture);
        made += 1;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    perSecond.push({ atOnce, thumbnails: made / ((performance.now() - began) / 1_000) });
  }
  return { warmMs: { p50: quantile(warm, 0.5), p99: quantile(warm, 0.99), requests: warmRequests }, perSecond };
}
