import type { Platform } from '../../../service/platform';
import { Problem } from '../../../service/problem';
import type { Thumbnail } from '../../../service/thumbnail';

/** The problem that an error is, of Express's body parser too; the answer says nothing of one that is not the caller's. */
export function problemOf(error: unknown, { limits }: Platform): Problem {
  if (error instanceof Problem) return error;
  const { type } = error as { type?: string };
  if (type === 'entity.too.large') {
    return new Problem('too-large', `The body is larger than the ${limits.maxBodyBytes} bytes that are allowed.`);
  }
  if (type === 'encoding.unsupported') {
    return new Problem('unsupported-image', 'The body is encoded. Send the bytes of the picture as they are.');
  }
  return new Problem('internal', 'The request failed; the log has the cause.');
}

export const notFound = (path: string): Problem =>
  new Problem('not-found', `There is nothing at ${path}. There is /, /health, /info and /thumbnails.`);

export const methodNotAllowed = (method: string, path: string, allow: string): Problem =>
  new Problem('method-not-allowed', `${path} answers ${allow}, not ${method}.`, { headers: { Allow: allow } });

/**
 * The largest answer, in bytes before base64: a response may have 6 MB of JSON (Lambda quotas; its own message says
 * 6,291,556 bytes), of which 16 KiB are kept for headers.
 */
const MAX_ANSWER_BYTES = Math.floor(((6_291_556 - 16 * 1024) / 4) * 3);

/**
 * The thumbnail, where Lambda can return it.
 *
 * @throws Problem `bad-parameter` where not, which Lambda itself would turn into a bare 502
 */
export function returnable(thumbnail: Thumbnail): Thumbnail {
  const { length } = thumbnail.bytes;
  if (length <= MAX_ANSWER_BYTES) return thumbnail;
  throw new Problem(
    'bad-parameter',
    `The thumbnail has ${length} bytes; Lambda returns at most ${MAX_ANSWER_BYTES}. ` +
      'Ask for a smaller width, or for webp, jpeg or avif instead of png.',
    { members: { parameter: 'width', allowed: { maxAnswerBytes: MAX_ANSWER_BYTES } } },
  );
}

/** The picture in a body as Express's body parser leaves it. */
export function pictureIn(body: unknown): Buffer {
  if (Buffer.isBuffer(body) && body.length > 0) return body;
  throw new Problem('empty-body', 'The body is empty. Send the bytes of a picture as the body of the request.');
}
