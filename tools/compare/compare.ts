import { quantile } from '../bench/quantities';
import type { Address } from './addresses';
import { ask, type Budget, type Load, type Measured, send, summarize, type Summary, warmUp, type Work } from './load';

/** An option whose turn it is in each round. */
export interface Contender extends Address {
  readonly title: string;
  /** Makes the option idle where that is in our hands. */
  readonly rest?: () => Promise<void>;
}

/** What was measured of an option. */
export interface Result {
  readonly name: string;
  readonly title: string;
  readonly origin: Address['origin'];
  /** The first answer of each round, after idle, in milliseconds. */
  readonly first: { readonly median: number; readonly most: number; readonly samples: number };
  /** By the work: `GET /info`, and a thumbnail where the option makes one. */
  readonly info: Summary;
  readonly thumbnail?: Summary;
}

/** An option that was not measured, and why. */
export interface NotMeasured {
  readonly name: string;
  readonly title: string;
  readonly why: string;
}

export interface Comparison {
  readonly results: readonly Result[];
  readonly notMeasured: readonly NotMeasured[];
}

export interface ComparisonOptions {
  readonly rounds: number;
  readonly load: Load;
  readonly works: readonly Work[];
  readonly budget: Budget;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

interface Seen {
  readonly contender: Contender;
  readonly firsts: number[];
  readonly measured: Readonly<Record<Work['name'], Measured[]>>;
  makesThumbnails: boolean;
  failure?: string;
}

/**
 * Measures every option in each round, so that what changes on the way changes all; each round begins with another. An
 * option that fails is left out from then on, and the results of the others are kept.
 */
export async function compare(contenders: readonly Contender[], options: ComparisonOptions): Promise<Comparison> {
  const seen = contenders.map((contender): Seen => ({
    contender,
    firsts: [],
    measured: { info: [], thumbnail: [] },
    makesThumbnails: false,
  }));
  for (let round = 0; round < options.rounds; round += 1) {
    const shift = round % Math.max(1, seen.length);
    for (const each of [...seen.slice(shift), ...seen.slice(0, shift)]) {
      options.signal.throwIfAborted();
      if (each.failure !== undefined) continue;
      try {
        await measure(each, round, options);
      } catch (error) {
        options.signal.throwIfAborted();
        each.failure = reasonOf(error);
        options.progress(`${each.contender.name} is left out from now on: ${each.failure}`);
      }
    }
  }
  return { results: seen.flatMap(resultOf), notMeasured: seen.flatMap(failureOf) };
}

async function measure(seen: Seen, round: number, options: ComparisonOptions): Promise<void> {
  const { contender, firsts, measured } = seen;
  const { rounds, load, works, budget, signal, progress } = options;
  await contender.rest?.();
  const first = await ask(`${contender.url}/info`, budget, signal);
  if (first.status !== 200) throw new Error(`${contender.url}/info answers ${first.status}${hint(first.status)}`);
  seen.makesThumbnails = isService(first.body);
  firsts.push(first.milliseconds);
  const said = [`first answer ${first.milliseconds.toFixed(0)} ms`];
  for (const work of works) {
    if (work.name === 'thumbnail' && !seen.makesThumbnails) continue;
    await send(contender.url, work, warmUp(load), budget, signal);
    const one = await send(contender.url, work, load, budget, signal);
    signal.throwIfAborted();
    if (one.latencies.length === 0)
      throw new Error(`no ${work.name} of ${load.requests} succeeded (${Object.keys(one.errors).join(', ')})`);
    measured[work.name].push(one);
    said.push(`${work.name} p50 ${quantile(one.latencies, 0.5).toFixed(1)} ms`);
  }
  progress(`round ${round + 1} of ${rounds}, ${contender.name}: ${said.join(', ')}`);
}

/** What makes thumbnails says in `/info` how large an upload may be. */
function isService(body: string): boolean {
  try {
    return (JSON.parse(body) as { limits?: unknown }).limits !== undefined;
  } catch {
    return false;
  }
}

const hint = (status: number): string =>
  status === 403 ? ': a function URL with IAM gets no load, since the load is not signed' : '';

/** Of a failed connection only the code says what happened. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return message === '' ? (code ?? String(error)) : message;
}

function resultOf({ contender, firsts, measured, failure }: Seen): Result[] {
  if (failure !== undefined) return [];
  const { name, title, origin } = contender;
  return [
    {
      name,
      title,
      origin,
      first: { median: quantile(firsts, 0.5), most: Math.max(...firsts), samples: firsts.length },
      info: summarize(measured.info),
      ...(measured.thumbnail.length > 0 && { thumbnail: summarize(measured.thumbnail) }),
    },
  ];
}

const failureOf = ({ contender: { name, title }, failure }: Seen): NotMeasured[] =>
  failure === undefined ? [] : [{ name, title, why: failure }];
