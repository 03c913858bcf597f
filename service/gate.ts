import { Problem } from './problem';

interface Waiting {
  readonly bytes: number;
  enter(): void;
}

/**
 * Lets in as much work at once as there are CPUs and memory for; some more waits its turn, first come first served;
 * what comes beyond that is refused at once, which costs less than to time out later.
 */
export class Gate {
  readonly #queue: Waiting[] = [];
  #freeBytes: number;
  #freePlaces: number;

  /**
   * @param bytes memory that all work inside may use together
   * @param places pieces of work inside at once
   * @param queueLength pieces of work that may wait
   */
  constructor(
    readonly bytes: number,
    places: number,
    private readonly queueLength: number,
  ) {
    this.#freeBytes = bytes;
    this.#freePlaces = places;
  }

  /**
   * Does the work when its turn has come.
   *
   * @param bytes memory that the work may need at most; no more than the gate has
   * @param signal says that the caller has gone: its work is not begun any more
   * @throws Problem `busy` if too much waits already, `caller-gone`
   */
  async run<T>(bytes: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (bytes > this.bytes) throw new RangeError(`${bytes} bytes never pass a gate of ${this.bytes}`);
    await this.#enter(bytes);
    try {
      if (signal.aborted) throw new Problem('caller-gone', 'The connection broke while the picture waited its turn.');
      return await work();
    } finally {
      this.#freeBytes += bytes;
      this.#freePlaces += 1;
      this.#admit();
    }
  }

  async #enter(bytes: number): Promise<void> {
    if (this.#queue.length >= this.queueLength) {
      throw new Problem('busy', `${this.#queue.length} pictures wait already. Try again in a second.`, {
        headers: { 'Retry-After': '1' },
      });
    }
    const entered = new Promise<void>((enter) => this.#queue.push({ bytes, enter }));
    this.#admit();
    await entered;
  }

  #admit(): void {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if (this.#freePlaces < 1 || next.bytes > this.#freeBytes) return;
      this.#queue.shift();
      this.#freePlaces -= 1;
      this.#freeBytes -= next.bytes;
      next.enter();
    }
  }
}
