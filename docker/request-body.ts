import type { IncomingMessage } from 'node:http';
import { type BodyReader, free } from '../service/body';

type Chunk = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>;

/** How much may have arrived unread before the sender is held up, in bytes. */
const HIGH_WATER_BYTES = 256 * 1024;

/**
 * The body of a request, read straight from Node.js: of a ReadableStream, what the service uses. A web stream around
 * the request takes 1.5 ms of CPU for a picture of 3 MB.
 */
export class RequestBody {
  readonly #arrived: Uint8Array[] = [];
  #bytes = 0;
  #wake: (() => void) | undefined;
  #isStarted = false;
  #error: Error | undefined;

  constructor(private readonly incoming: IncomingMessage) {}

  getReader(): BodyReader {
    // Node.js's parser copies each chunk out of the socket's buffer, for us alone.
    return { read: () => this.#read(), cancel: () => this.#cancel(), release: free };
  }

  async #read(): Promise<Chunk> {
    if (!this.#isStarted) this.#start();
    for (;;) {
      const value = this.#arrived.shift();
      if (value !== undefined) {
        this.#bytes -= value.byteLength;
        if (this.incoming.isPaused() && this.#bytes === 0) this.incoming.resume();
        return { done: false, value };
      }
      if (this.incoming.readableEnded) return { done: true, value: undefined };
      this.#error ??= this.incoming.destroyed ? new Error('The connection is closed.') : undefined;
      if (this.#error !== undefined) throw this.#error;
      await new Promise<void>((wake) => (this.#wake = wake));
    }
  }

  #start(): void {
    this.#isStarted = true;
    const wake = (): void => this.#wake?.();
    this.incoming.on('data', (chunk: Uint8Array) => {
      this.#arrived.push(chunk);
      this.#bytes += chunk.byteLength;
      if (this.#bytes > HIGH_WATER_BYTES) this.incoming.pause();
      wake();
    });
    this.incoming.once('error', (error) => {
      this.#error = error;
      wake();
    });
    this.incoming.once('end', wake);
    this.incoming.once('close', wake);
  }

  /** What has not been read is of no use any more: the server reads and drops it, or closes the connection. */
  #cancel(): Promise<void> {
    this.incoming.removeAllListeners('data');
    this.#arrived.length = 0;
    return Promise.resolve();
  }
}
