import os from 'node:os';
import type { Running, Runner, Uploaded } from '../runners';
import { ask } from './ask';
import { wordsOf } from './words';

/** How an option stands. */
export type OptionState = 'waiting' | 'starting' | 'running' | 'missing' | 'ended';

/** An option of the sandbox, as the page and the command show it. */
export interface SandboxOption {
  /** As its runner is named: `ec2`, `frameworks/flask`. */
  readonly name: string;
  readonly state: OptionState;
  /** Where it answers, while it runs. */
  readonly url?: string;
  /** From the start to its first answer, in milliseconds. */
  readonly startMs?: number;
  /** Whether it makes thumbnails; a sample only answers `GET /info`. */
  readonly makesThumbnails?: boolean;
  /** Why it does not run, and what to do. */
  readonly why?: string;
}

/** What came of a picture that was sent to one option. */
export interface PictureAnswer {
  readonly name: string;
  /** From the request to the last byte of the answer; none where there was no answer. */
  readonly ms?: number;
  readonly status?: number;
  /** What the service itself says that it took. */
  readonly insideMs?: number;
  /** The thumbnail; none where the option makes none, or refused. */
  readonly thumbnail?: { readonly type: string; readonly base64: string; readonly bytes: number };
  /** Of the deployed pipeline: what it made of the same picture, which was put to its bucket. */
  readonly uploaded?: Uploaded | 'failed';
  /** Why there is none where there should be. */
  readonly why?: string;
}

export interface SandboxSettings {
  readonly runners: readonly Runner[];
  /** Where bundles are unpacked. */
  readonly folder: string;
  readonly progress: (line: string) => void;
  /** Installs what several options need and this machine lacks. Default: nothing to install. */
  readonly prepare?: (signal: AbortSignal) => Promise<void>;
  /** How many start at once. Default: as many as this machine has processors. */
  readonly atOnce?: number;
  /** How long an option has to start. Default: 600,000, in which a slow machine builds an image. */
  readonly startWithinMs?: number;
}

/** How long an option has to stop, until the sandbox ends without having waited for it. */
const STOP_WITHIN_MS = 15_000;
const START_WITHIN_MS = 600_000;

/** The options that run on this machine, from their start to their end. */
export class Sandbox {
  readonly #settings: SandboxSettings;
  readonly #options: Map<string, SandboxOption>;
  readonly #running = new Map<string, Running>();
  readonly #listeners = new Set<() => void>();
  readonly #ending = new AbortController();
  #starts: Promise<unknown> = Promise.resolve();

  constructor(settings: SandboxSettings) {
    this.#settings = settings;
    this.#options = new Map(settings.runners.map(({ name }) => [name, { name, state: 'waiting' }]));
  }

  /** All options as they stand, in the order of the runners. */
  get options(): readonly SandboxOption[] {
    return [...this.#options.values()];
  }

  /** Calls that whenever an option stands otherwise, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts every option that this machine can run; settles when each runs or is said not to. */
  start(): Promise<void> {
    const starting = this.#startAll();
    this.#starts = starting.catch(() => undefined);
    return starting;
  }

  async #startAll(): Promise<void> {
    const { runners, prepare, progress } = this.#settings;
    const lacking = runners.filter((runner) => this.#lacks(runner) !== undefined);
    const prepared = prepare?.(this.#ending.signal).catch((error: unknown) => {
      if (!this.#isEnding()) progress((error as Error).message);
    });
    await this.#startThose(runners.filter((runner) => !lacking.includes(runner)));
    await prepared;
    const late = lacking.filter((runner) => {
      const why = this.#lacks(runner);
      if (why !== undefined && !this.#isEnding()) this.#leaveOut(runner, why);
      return why === undefined;
    });
    await this.#startThose(late);
  }

  #isEnding(): boolean {
    return this.#ending.signal.aborted;
  }

  #lacks({ lacks }: Runner): string | undefined {
    try {
      return lacks();
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** As many at once as the machine has processors, and then those that start alone. */
  async #startThose(runners: readonly Runner[]): Promise<void> {
    const queue = runners.filter(({ startsAlone }) => startsAlone !== true);
    const take = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await this.#startOne(next);
    };
    await Promise.all(Array.from({ length: this.#settings.atOnce ?? os.availableParallelism() }, take));
    for (const runner of runners.filter(({ startsAlone }) => startsAlone === true)) await this.#startOne(runner);
  }

  async #startOne(runner: Runner): Promise<void> {
    const { name, start } = runner;
    if (this.#isEnding()) return;
    this.#set(name, { state: 'starting' });
    const began = performance.now();
    const withinMs = this.#settings.startWithinMs ?? START_WITHIN_MS;
    const tooLate = new AbortController();
    const timer = setTimeout(() => tooLate.abort(new Error(`it did not start within ${withinMs / 1000} s`)), withinMs);
    const signal = AbortSignal.any([this.#ending.signal, tooLate.signal]);
    try {
      const running = await unlessAborted(start(signal, this.#settings.folder), tooLate.signal);
      this.#running.set(name, running);
      if (this.#isEnding()) return;
      const { status, body } = await ask(`${running.url}/info`, { signal });
      const startMs = performance.now() - began;
      if (status !== 200) throw new Error(`it answered GET /info with status ${status}`);
      this.#set(name, { state: 'running', url: running.url, startMs, makesThumbnails: hasLimits(body) });
      this.#settings.progress(`${name} answers at ${running.url} after ${(startMs / 1000).toFixed(1)} s`);
      void running.ended?.then((how) => this.#end(name, how));
    } catch (error) {
      if (this.#isEnding()) return;
      await this.#stopOne(name);
      this.#leaveOut(runner, wordsOf(error, this.#settings.folder));
    } finally {
      clearTimeout(timer);
    }
  }

  #leaveOut({ name }: Runner, why: string): void {
    this.#set(name, { state: 'missing', why });
    this.#settings.progress(`${name} is not here: ${why.split('\n')[0] ?? ''}`);
  }

  /** It ended by itself: the others go on. */
  async #end(name: string, how: string): Promise<void> {
    if (this.#isEnding()) return;
    this.#set(name, { state: 'ended', why: `${how}. Start the sandbox again to bring it back` });
    this.#settings.progress(`${name} has ended: ${how}. The other options go on`);
    await this.#stopOne(name);
  }

  #set(name: string, rest: Omit<SandboxOption, 'name'>): void {
    this.#options.set(name, { name, ...rest });
    for (const listener of this.#listeners) listener();
  }

  /**
   * Sends a picture to every option that runs, to one after another: so each has the processors to itself. A sample without
   * thumbnails is asked for its facts in place of it. At last the picture is put to each bucket that has a pipeline.
   *
   * @param query such as `width=320&format=webp`
   */
  async *send(picture: Buffer, query: string, signal: AbortSignal): AsyncGenerator<PictureAnswer> {
    const either = AbortSignal.any([signal, this.#ending.signal]);
    const isOver = (): boolean => either.aborted;
    for (const { name, url, makesThumbnails } of this.options) {
      if (url === undefined) continue;
      if (isOver()) return;
      try {
        yield makesThumbnails === true
          ? await sendPicture(name, `${url}/thumbnails?${query}`, picture, either)
          : await askForFacts(name, `${url}/info`, either);
      } catch (error) {
        if (isOver()) return;
        yield { name, why: (error as Error).message };
      }
    }
    for (const [name, { upload }] of this.#running) {
      if (upload === undefined) continue;
      if (isOver()) return;
      try {
        yield { name, uploaded: await upload(picture, either) };
      } catch (error) {
        if (isOver()) return;
        yield { name, uploaded: 'failed', why: (error as Error).message };
      }
    }
  }

  /** Ends every option, also those that are starting. Settles when all have ended, or their time is over. */
  async stop(): Promise<void> {
    this.#ending.abort(new Error('the sandbox ends'));
    await Promise.all([...this.#running.keys()].map((name) => this.#stopOne(name)));
    await within(this.#starts, STOP_WITHIN_MS);
    await Promise.all([...this.#running.keys()].map((name) => this.#stopOne(name)));
  }

  async #stopOne(name: string): Promise<void> {
    const running = this.#running.get(name);
    this.#running.delete(name);
    if (running === undefined) return;
    const stopped = running.stop().catch((error: unknown) => {
      this.#settings.progress(`${name} did not stop in order: ${(error as Error).message}`);
    });
    await within(stopped, STOP_WITHIN_MS);
  }
}

/** What starts, or the reason of the signal; what starts all the same is then stopped. */
function unlessAborted(starting: Promise<Running>, signal: AbortSignal): Promise<Running> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    starting.then((running) => {
      if (signal.aborted) void running.stop().catch(() => undefined);
      else resolve(running);
    }, reject);
  });
}

/** Waits for that, but no longer. */
async function within(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([promise, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}

/** What makes thumbnails says its limits (docs/contract.md). */
const hasLimits = (info: Buffer): boolean => {
  try {
    return 'limits' in (JSON.parse(info.toString('utf8')) as object);
  } catch {
    return false;
  }
};

async function sendPicture(name: string, url: string, body: Buffer, signal: AbortSignal): Promise<PictureAnswer> {
  const { status, headers, body: answer, ms } = await ask(url, { method: 'POST', body, signal });
  const type = headers['content-type'] ?? '';
  const inside = Number(/dur=([\d.]+)/.exec(String(headers['server-timing'] ?? ''))?.[1]);
  const measured = { name, status, ms, ...(Number.isFinite(inside) && { insideMs: inside }) };
  if (status === 200)
    return { ...measured, thumbnail: { type, base64: answer.toString('base64'), bytes: answer.length } };
  return { ...measured, why: problemIn(type, answer) ?? `it answered with status ${status}` };
}

async function askForFacts(name: string, url: string, signal: AbortSignal): Promise<PictureAnswer> {
  const { status, ms } = await ask(url, { signal });
  return { name, status, ms, ...(status !== 200 && { why: `it answered GET /info with status ${status}` }) };
}

/** What a problem says (RFC 9457); undefined where the answer is none. */
function problemIn(type: string, body: Buffer): string | undefined {
  if (!type.startsWith('application/problem+json')) return undefined;
  const { title, detail } = JSON.parse(body.toString('utf8')) as { title?: string; detail?: string };
  return [title, detail].filter((part) => part !== undefined).join('. ');
}
