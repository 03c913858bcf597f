import http from 'node:http';
import https from 'node:https';
import autocannon from 'autocannon';
import { quantile } from '../bench/quantities';

/** The most requests that one run of the command sends, all options together. */
export const MOST_REQUESTS = 50_000;
const ANSWER_WITHIN_MS = 30_000;

/** What every option is asked: the same bytes. */
export interface Work {
  readonly name: 'info' | 'thumbnail';
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Buffer;
}

/** A load: so many requests, so many at once. */
export interface Load {
  readonly requests: number;
  readonly connections: number;
}

/** Requests of each kind that come before a load and do not count: all that answers at once has then started. */
export const warmUp = ({ connections }: Load): Load => ({ requests: connections * 3, connections });

/** All requests to one option in one round: the first, and of each kind the warm-up and the load. */
export const requestsOfRound = (load: Load, kinds: number): number =>
  1 + kinds * (load.requests + warmUp(load).requests);

/** What one load measured. */
export interface Measured {
  /** Of each answer with a status of success, in milliseconds. */
  readonly latencies: readonly number[];
  readonly seconds: number;
  /** How often what went wrong: a status, a time-out, a connection. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Counts every request before it is sent, and sends none beyond the cap. */
export class Budget {
  private sent = 0;

  constructor(private readonly most = MOST_REQUESTS) {}

  get spent(): number {
    return this.sent;
  }

  /** @throws Error where it would be too many */
  take(requests: number): void {
    if (this.sent + requests > this.most)
      throw new Error(
        `${this.sent + requests} requests are more than the ${this.most} that one run may send. Ask for fewer by --requests or --rounds.`,
      );
    this.sent += requests;
  }
}

/** The answer to a single request, on a connection of its own. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly milliseconds: number;
}

/**
 * Asks once, on a new connection, and follows no redirection.
 *
 * @throws Error that says why there is no answer
 */
export function ask(url: string, budget: Budget, signal: AbortSignal): Promise<Answer> {
  budget.take(1);
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const { get } = url.startsWith('https:') ? https : http;
    const request = get(url, { agent: false, timeout: ANSWER_WITHIN_MS, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        const milliseconds = performance.now() - began;
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString(), milliseconds });
      });
      response.once('error', reject);
    });
    request.once('timeout', () => request.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS / 1000} s`)));
    request.once('error', reject);
  });
}

/** Sends a load, and counts what went wrong instead of throwing it. Ends early when it is interrupted. */
export async function send(
  url: string,
  work: Work,
  { requests, connections }: Load,
  budget: Budget,
  signal: AbortSignal,
): Promise<Measured> {
  budget.take(requests);
  const latencies: number[] = [];
  const errors: Record<string, number> = {};
  const count = (error: string): void => {
    errors[error] = (errors[error] ?? 0) + 1;
  };
  const began = performance.now();
  // autocannon ends with its next sample, which is up to a second after the last answer.
  let ended = began;
  await new Promise<void>((resolve, reject) => {
    const instance = autocannon(
      {
        url: `${url}${work.path}`,
        method: work.method,
        ...(work.body && { body: work.body, headers: { 'content-type': 'image/jpeg' } }),
        amount: requests,
        connections: Math.min(connections, requests),
        timeout: ANSWER_WITHIN_MS / 1000,
      },
      (error: unknown) => {
        signal.removeEventListener('abort', stop);
        if (error instanceof Error) reject(error);
        else resolve();
      },
    );
    const stop = (): void => instance.stop();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    instance.on('response', (_client, status, _bytes, milliseconds) => {
      ended = performance.now();
      if (status >= 200 && status < 300) latencies.push(milliseconds);
      else count(`status ${status}`);
    });
    instance.on('reqError', (error: unknown) => {
      count((error as NodeJS.ErrnoException).code ?? (error as Error).message);
    });
  });
  return { latencies, seconds: (ended - began) / 1000, errors };
}

/** What is said of a load that was sent in several rounds. */
export interface Summary {
  readonly requests: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Answers with success, a second. */
  readonly perSecond: number;
  readonly errors: Readonly<Record<string, number>>;
}

/** All rounds together: percentiles of every latency, and the median of the rounds' throughput. */
export function summarize(rounds: readonly Measured[]): Summary {
  const latencies = rounds.flatMap((round) => round.latencies);
  const errors: Record<string, number> = {};
  for (const round of rounds)
    for (const [error, times] of Object.entries(round.errors)) errors[error] = (errors[error] ?? 0) + times;
  const failed = Object.values(errors).reduce((all, each) => all + each, 0);
  return {
    requests: latencies.length + failed,
    p50: quantile(latencies, 0.5),
    p95: quantile(latencies, 0.95),
    p99: quantile(latencies, 0.99),
    perSecond: quantile(
      rounds.map((round) => round.latencies.length / round.seconds),
      0.5,
    ),
    errors,
  };
}
