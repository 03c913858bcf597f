import { createHash, randomUUID } from 'node:crypto';
import { Hono, type Context } from 'hono';
import { BodyMemory, withBody } from './body';
import { inputFormats, outputFormats, type InputFormat, type OutputFormat } from './formats';
import type { Platform } from './platform';
import { renderPage } from './page';
import { Problem } from './problem';
import { parseQuery } from './query';
import { createThumbnailer, maxHeight, maxSide, widths } from './thumbnail';

declare module 'hono' {
  interface ContextVariableMap {
    requestId: string;
    start: Start;
    bytesIn: number;
  }
}

/** Whether a request had to wait for its process to start: the first one, unless the platform knows of a reason why not. */
export type Start = 'cold' | 'warm';

/** What `GET /info` answers: docs/contract.md says what each field means. */
export interface Info {
  readonly service: 'thumbnails';
  readonly version: string;
  readonly option: string;
  readonly start: Start;
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  readonly requests: number;
  readonly runtime: string;
  readonly architecture: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly limits: {
    readonly maxBodyBytes: number;
    readonly maxPixels: number;
    readonly minWidth: number;
    readonly maxWidth: number;
    readonly maxHeight: number;
    readonly maxSide: number;
    readonly inputs: readonly InputFormat[];
    readonly formats: readonly OutputFormat[];
  };
}

const requestIds = /^[A-Za-z0-9._-]{1,128}$/;

/** The headers that every answer has, whoever gives it. */
export function setCommonHeaders(headers: Headers, requestId: string): void {
  headers.set('X-Request-Id', requestId);
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('Referrer-Policy', 'no-referrer');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  if (!headers.has('Content-Security-Policy')) {
    headers.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  }
}

/**
 * The service: every route of docs/contract.md, on web-standard Request and Response. One a process, since it counts
 * the requests that `/info` reports and shares out the process's memory.
 */
export function createApp(platform: Platform): Hono {
  // A sixth of the memory for pictures as they were sent, but never less than two of the largest.
  const bodyBytes = Math.max((platform.memoryMiB * 2 ** 20) / 6, 2 * platform.limits.maxBodyBytes);
  const bodyMemory = new BodyMemory(bodyBytes);
  const makeThumbnail = createThumbnailer(platform, bodyBytes);
  let requests = 0;

  const infoFor = (c: Context): Info => ({
    service: 'thumbnails',
    version: platform.version,
    option: platform.option,
    start: c.get('start'),
    startedAt: platform.startedAt.toISOString(),
    uptimeSeconds: Math.max(0, Date.now() - platform.startedAt.getTime()) / 1000,
    requests,
    runtime: platform.runtime,
    architecture: platform.architecture,
    cpus: platform.cpus,
    memoryMiB: platform.memoryMiB,
    limits: {
      ...platform.limits,
      minWidth: widths.minimum,
      maxWidth: widths.maximum,
      maxHeight,
      maxSide,
      inputs: inputFormats,
      formats: outputFormats,
    },
  });

  const app = new Hono();

  // Every answer, errors too, passes here: it gets the common headers and leaves one line in the log.
  app.use(async (c, next) => {
    const began = performance.now();
    const sent = c.req.header('X-Request-Id') ?? '';
    const requestId = requestIds.test(sent) ? sent : randomUUID();
    const isHealthCheck = c.req.path === '/health';
    if (!isHealthCheck) requests += 1;
    const start = !isHealthCheck && requests === 1 && !platform.isWarm() ? 'cold' : 'warm';
    c.set('requestId', requestId);
    c.set('start', start);
    c.set('bytesIn', 0);

    await next();

    const { headers, status } = c.res;
    setCommonHeaders(headers, requestId);
    // Told by the load balancer, or by Lambda's front end, which is the one that ends HTTPS.
    if (c.req.header('X-Forwarded-Proto') === 'https') headers.set('Strict-Transport-Security', 'max-age=31536000');
    // Load balancers ask every few seconds, and read the status alone.
    if (isHealthCheck && c.error === undefined) return;
    const cause = c.error instanceof Problem ? c.error.cause : c.error;
    platform.log({
      level: status >= 500 ? 'error' : 'info',
      message: 'request',
      requestId,
      method: c.req.method,
      path: c.req.path,
      status,
      durationMs: Math.round((performance.now() - began) * 10) / 10,
      bytesIn: c.get('bytesIn'),
      bytesOut: Number(headers.get('Content-Length') ?? 0),
      start,
      ...(c.error instanceof Problem && { problem: c.error.problem, detail: c.error.message }),
      ...(cause !== undefined && { cause: cause instanceof Error ? (cause.stack ?? cause.message) : cause }),
    });
  });

  app.onError((error, c) => {
    const problem =
      error instanceof Problem
        ? error
        : new Problem('internal', 'The service failed to answer. Its log says why, under the request id.');
    return problem.toResponse(c.get('requestId'));
  });
  app.notFound((c) =>
    new Problem(
      'not-found',
      `There is nothing at ${c.req.path}. There is /, /health, /info and /thumbnails.`,
    ).toResponse(c.get('requestId')),
  );

  app.get('/health', () =>
    platform.isStopping() ? jsonResponse({ status: 'stopping' }, 503) : jsonResponse({ status: 'ok' }),
  );
  app.get('/info', (c) => jsonResponse(infoFor(c)));
  app.get('/', (c) => {
    const { html, contentSecurityPolicy } = renderPage(infoFor(c));
    return respond(Buffer.from(html), {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': contentSecurityPolicy,
    });
  });
  app.post('/thumbnails', async (c) => {
    const began = performance.now();
    const request = c.req.raw;
    const wanted = parseQuery(new URL(request.url).searchParams);
    const countBytes = (length: number): void => {
      c.set('bytesIn', length);
    };
    const thumbnail = await withBody(request, platform.limits.maxBodyBytes, bodyMemory, countBytes, (body) =>
      makeThumbnail(body, wanted, request.signal),
    );
    const etag = `"${createHash('sha256').update(thumbnail.bytes).digest('base64url')}"`;
    const headers = {
      ETag: etag,
      'Cache-Control': 'private, max-age=31536000, immutable',
      'Server-Timing': `thumbnail;dur=${(performance.now() - began).toFixed(1)}, start;desc=${c.get('start')}`,
    };
    if (matches(c.req.header('If-None-Match'), etag)) return new Response(null, { status: 304, headers });
    return respond(thumbnail.bytes, { 'Content-Type': thumbnail.mediaType, ...headers });
  });

  for (const [path, allow] of Object.entries({
    '/': 'GET, HEAD',
    '/health': 'GET, HEAD',
    '/info': 'GET, HEAD',
    '/thumbnails': 'POST',
  })) {
    app.all(path, (c) => {
      throw new Problem('method-not-allowed', `${path} answers ${allow}, not ${c.req.method}.`, {
        headers: { Allow: allow },
      });
    });
  }
  return app;
}

function respond(body: Uint8Array, headers: Readonly<Record<string, string>>, status = 200): Response {
  return new Response(body, { status, headers: { 'Content-Length': String(body.byteLength), ...headers } });
}

function jsonResponse(body: unknown, status = 200): Response {
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
  return respond(Buffer.from(JSON.stringify(body)), headers, status);
}

/** Whether an `If-None-Match` header names that ETag: a list, weak or strong alike (RFC 9110, 13.1.2), or any. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const named = (ifNoneMatch ?? '').split(',').map((entry) => entry.trim().replace(/^W\//, ''));
  return named.includes(etag) || named.includes('*');
}
