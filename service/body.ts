import { Problem } from './problem';

/** Memory for request bodies, shared by every request of the process. */
export class BodyMemory {
  #free: number;

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
  }

  give(bytes: number): void {
    this.#free += bytes;
  }
}

/**
 * Reads a request's body, and stops reading as soon as it is too large: a length that is declared too large is not
 * read at all. What is read is counted against `memory` chunk by chunk, so that a slow sender holds what it has sent
 * and no more.
 *
 * @param request the request whose body is read
 * @param maxBytes the largest body, in bytes
 * @param memory what the bodies of all requests share
 * @param onRead is told how many bytes have been read so far
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

  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = request.body?.getReader();
  try {
    for (;;) {
      const chunk = await reader?.read().catch((cause: unknown) => {
        throw new Problem('caller-gone', `The connection broke after ${length} bytes of the body.`, { cause });
      });
      if (chunk === undefined || chunk.done) break;
      memory.take(chunk.value.byteLength);
      length += chunk.value.byteLength;
      onRead(length);
      if (length > maxBytes) throw tooLarge(`has more than ${maxBytes} bytes`, maxBytes);
      chunks.push(chunk.value);
    }
    if (length === 0) {
      throw new Problem('empty-body', 'The body is empty. Send the bytes of a picture as the body of the request.');
    }
    const [first] = chunks;
    return await use(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, length));
  } finally {
    memory.give(length);
    // Tells the sender to stop; of no account where everything has been read.
    await reader?.cancel().catch(() => undefined);
  }
}

function tooLarge(fact: string, maxBytes: number): Problem {
  return new Problem('too-large', `The body ${fact}; at most ${maxBytes} are allowed. Send a smaller picture.`, {
    members: { allowed: { maxBodyBytes: maxBytes } },
  });
}
