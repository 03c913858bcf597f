import { Problem } from './problem';

/** How many buffers are kept for the next bodies. */
const SPARES = 8;

/** A buffer that is lent. */
export interface Borrowed {
  readonly bytes: Uint8Array;
  /** What of it has been taken already: all of one that was used before, and nothing of a new one until it is filled. */
  readonly charged: number;
}

/** Memory for request bodies, shared by every request of the process. */
export class BodyMemory {
  #free: number;
  /** The smallest first. Memory that was used once need not be asked of the system, and cleared, again. */
  readonly #spares: Uint8Array[] = [];

  /** @param bytes how much all bodies together may hold */
  constructor(bytes: number) {
    this.#free = bytes;
  }

  /**
   * Takes that many bytes.
   *
   * @throws Problem `busy` if they are not free
   */
  take(bytes: number): void {
    if (bytes > this.#free) {
      throw new Problem('busy', 'Too many pictures are on their way at once. Try again in a second.', {
        headers: { 'Retry-After': '1' },
      });
    }
    this.#free -= bytes;
    this.#trim();
  }

  give(bytes: number): void {
    this.#free += bytes;
  }

  /**
   * A buffer of at least that many bytes. The system gives memory to a new one as it is filled; one that was used before
   * has it all, so it is taken whole.
   */
  borrow(bytes: number): Borrowed {
    const at = this.#spares.findIndex(({ byteLength }) => byteLength >= bytes);
    const spare = at === -1 ? undefined : this.#spares.splice(at, 1)[0];
    if (spare === undefined) return { bytes: Buffer.allocUnsafeSlow(bytes), charged: 0 };
    this.#free -= spare.byteLength; // free, as every spare is
    return { bytes: spare, charged: spare.byteLength };
  }

  /** Takes back what was borrowed; its borrower must not use it any more, nor count it. */
  return({ bytes, charged }: Borrowed): void {
    this.give(charged);
    this.#spares.push(bytes);
    this.#spares.sort((a, b) => a.byteLength - b.byteLength);
    const superfluous = this.#spares.length > SPARES ? this.#spares.shift() : undefined;
    if (superfluous !== undefined) free(superfluous);
    this.#trim();
  }

  /** Keeps no more than what is free. */
  #trim(): void {
    while (this.#spares.reduce((sum, { byteLength }) => sum + byteLength, 0) > this.#free) {
      const largest = this.#spares.pop();
      if (largest !== undefined) free(largest);
    }
  }
}

/** What of a body's reader is used, and what an adapter's own may do beyond that. */
export interface BodyReader extends Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'> {
  /** Frees the memory of a chunk that was read and is not needed any more. */
  release?(chunk: Uint8Array): void;
}

/**
 * Frees the memory of these bytes now, and not when the garbage collector comes by: it would come for each four pictures
 * or so, and take 5 ms of CPU a picture. Where Node.js is older than 22, it does.
 *
 * @param bytes that no other code uses any more; they are empty afterwards
 */
export function free({ buffer, byteLength }: Uint8Array): void {
  // Not where others share it: Node.js cuts small buffers out of a larger one.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) (buffer as Transferable).transfer?.(0);
}

/** ECMAScript 2024, which the types of the oldest supported Node.js lack. */
interface Transferable extends ArrayBuffer {
  transfer?(newByteLength: number): ArrayBuffer;
}

/**
 * Reads a request's body, and stops reading as soon as it is too large: a length that is declared too large is not
 * read at all. What is read is counted against `memory` chunk by chunk, so that a slow sender holds what it has sent
 * and no more, or the whole of a buffer that was used before.
 *
 * @param request the request whose body is read
 * @param maxBytes the largest body, in bytes
 * @param memory what the bodies of all requests share
 * @param onRead called with how many bytes have been read so far
 * @param use what is done with the whole body; its memory is given back when that has ended
 * @throws Problem `too-large`, `busy`, `empty-body`, or `caller-gone` if the sender stops early
 */
export async function withBody<T>(
  request: Request,
  maxBytes: number,
  memory: BodyMemory,
  onRead: (length: number) => void,
  use: (body: Uint8Array) => Promise<T>,
): Promise<T> {
  const declared = request.headers.get('Content-Length');
  if (declared !== null && Number(declared) > maxBytes) throw tooLarge(`has ${declared} bytes`, maxBytes);
  const announced = /^\d+$/.test(declared ?? '') ? Number(declared) : undefined;

  const reader: BodyReader | undefined = request.body?.getReader();
  let body: Uint8Array | undefined;
  let borrowed: Borrowed | undefined;
  let length = 0;
  let taken = 0;
  try {
    for (;;) {
      const chunk = await reader?.read().catch((cause: unknown) => {
        throw new Problem('caller-gone', `The connection broke after ${length} bytes of the body.`, { cause });
      });
      if (chunk === undefined || chunk.done) break;
      const { value } = chunk;
      const start = length;
      // A buffer that is paid for has room for it.
      if (borrowed === undefined || start + value.byteLength > borrowed.charged) {
        memory.take(value.byteLength);
        taken += value.byteLength;
      }
      length += value.byteLength;
      onRead(length);
      if (length > maxBytes) throw tooLarge(`has more than ${maxBytes} bytes`, maxBytes);
      // In one piece, it is used as it is.
      if (body === undefined && length === announced) {
        body = value;
        continue;
      }
      if (borrowed === undefined || length > borrowed.bytes.byteLength) {
        const larger = memory.borrow(
          Math.min(maxBytes, Math.max(announced ?? FIRST_BYTES, length === value.byteLength ? length : 2 * length)),
        );
        if (body !== undefined) larger.bytes.set(body.subarray(0, start));
        if (borrowed !== undefined) memory.return(borrowed);
        borrowed = larger;
        const due = larger.charged > 0 ? 0 : length;
        if (due > taken) memory.take(due - taken);
        else memory.give(taken - due);
        taken = due;
      }
      borrowed.bytes.set(value, start);
      body = borrowed.bytes;
      reader?.release?.(value);
    }
    if (length === 0 || body === undefined) {
      throw new Problem('empty-body', 'The body is empty. Send the bytes of a picture as the body of the request.');
    }
    return await use(body.subarray(0, length));
  } finally {
    memory.give(taken);
    if (borrowed !== undefined) memory.return(borrowed);
    // Tells the sender to stop; of no account where everything has been read.
    await reader?.cancel().catch(() => undefined);
  }
}

/** Where no length is declared, a body has that many bytes at first, and then twice as many as it needs. */
const FIRST_BYTES = 256 * 1024;

function tooLarge(fact: string, maxBytes: number): Problem {
  return new Problem('too-large', `The body ${fact}; at most ${maxBytes} are allowed. Send a smaller picture.`, {
    members: { allowed: { maxBodyBytes: maxBytes } },
  });
}
