import http from 'node:http';
import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** A whole answer, and how long it took from the request to its last byte. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly ms: number;
}

export interface Question {
  readonly method?: 'GET' | 'POST';
  readonly body?: Buffer;
  readonly signal?: AbortSignal;
  /** Default: 60,000. */
  readonly withinMs?: number;
}

/**
 * Sends one request on a connection of its own. Not by `fetch`: that of Node.js 20 never settles where a server closes a
 * connection without an answer.
 *
 * @throws Error in words for people where there is no whole answer
 */
export function ask(url: string, { method = 'GET', body, signal, withinMs = 60_000 }: Question = {}): Promise<Answer> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      { method, agent: false, lookup: toLoopback, ...(signal && { signal }), headers: headersOf(body) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('aborted', () => reject(new Error('its answer broke off')));
        response.once('end', () => {
          const { statusCode = 0, headers } = response;
          resolve({ status: statusCode, headers, body: Buffer.concat(chunks), ms: performance.now() - began });
        });
      },
    );
    const timer = setTimeout(
      () => request.destroy(new Error(`it did not answer within ${withinMs / 1000} s`)),
      withinMs,
    );
    request.once('close', () => clearTimeout(timer));
    request.once('error', (error: NodeJS.ErrnoException) => {
      reject(signal?.aborted === true ? (signal.reason as Error) : new Error(inWords(error)));
    });
    request.end(body);
  });
}

/** Names below `localhost` are this machine's (RFC 6761), as browsers have it; the system's resolver may not know them. */
const toLoopback: LookupFunction = (hostname, options, callback) =>
  lookup(hostname.endsWith('.localhost') ? '127.0.0.1' : hostname, options, callback);

const headersOf = (body: Buffer | undefined): http.OutgoingHttpHeaders =>
  body === undefined ? {} : { 'content-type': 'application/octet-stream', 'content-length': body.length };

const inWords = ({ code, message }: NodeJS.ErrnoException): string => {
  if (code === 'ECONNREFUSED') return 'nothing listens there any more';
  if (code === 'ECONNRESET') return 'it closed the connection without an answer';
  return message;
};
