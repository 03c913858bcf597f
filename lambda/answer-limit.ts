import type { Platform } from '../service/platform';
import { Problem } from '../service/problem';

/**
 * The largest answer, in bytes before base64. A response may have 6 MB of JSON (Lambda quotas; its own message says
 * 6,291,556 bytes), of which 16 KiB are kept for headers.
 */
const MAX_ANSWER_BYTES = Math.floor(((6_291_556 - 16 * 1024) / 4) * 3);

/** An answer that Lambda returns; of one that it would not, a problem that says so: Lambda itself would make a bare 502 of it. */
export function withinLambda(response: Response, platform: Platform): Response {
  const bytes = Number(response.headers.get('Content-Length'));
  return bytes > MAX_ANSWER_BYTES ? tooLarge(response.headers, bytes, platform) : response;
}

function tooLarge(headers: Headers, bytes: number, platform: Platform): Response {
  const requestId = headers.get('X-Request-Id') ?? '';
  platform.log({ level: 'warn', message: 'thumbnail too large for Lambda: answered 400', requestId, bytes });
  const detail =
    `The thumbnail has ${bytes} bytes; Lambda returns at most ${MAX_ANSWER_BYTES}. ` +
    'Ask for a smaller width, or for webp, jpeg or avif instead of png.';
  const allowed = { maxAnswerBytes: MAX_ANSWER_BYTES };
  const problem = new Problem('bad-parameter', detail, { members: { parameter: 'width', allowed } }).toResponse(
    requestId,
  );
  // The common headers of every answer stay.
  for (const [name, value] of headers) {
    if (name !== 'etag' && !problem.headers.has(name)) problem.headers.set(name, value);
  }
  return problem;
}
