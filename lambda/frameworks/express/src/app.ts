import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import { version as expressVersion } from 'express/package.json';
import type { Platform } from '../../../../service/platform';
import { parseQuery } from '../../../../service/query';
import { createThumbnailer } from '../../../../service/thumbnail';
import { methodNotAllowed, notFound, pictureIn, problemOf, returnable } from '../../service-node/problems';
import { isKnown, requestIdOf, ServiceProcess, thumbnailHeaders } from '../../service-node/process';
import { version } from '../package.json';

declare module 'express-serve-static-core' {
  interface Locals {
    requestId: string;
    number: number;
  }
}

/** The thumbnail service in Express: the application of one process, which counts its requests. */
export function createApp(platform: Platform): Express {
  const process = new ServiceProcess(platform, version, `Express ${expressVersion}`);
  const makeThumbnail = createThumbnailer(platform);

  const app = express();
  app.disable('x-powered-by');
  // An ETag of Express's own is weak, and of no use on what is never the same twice.
  app.disable('etag');
  app.set('query parser', false);
  app.enable('strict routing');
  app.enable('case sensitive routing');

  app.use((req, res, next) => {
    res.locals.requestId = requestIdOf(req.get('X-Request-Id'));
    if (req.path !== '/health') res.locals.number = process.answer();
    res.set({ 'X-Request-Id': res.locals.requestId, 'X-Content-Type-Options': 'nosniff' });
    next();
  });

  app
    .route('/health')
    .get((_req, res) => void fresh(res).json({ status: 'ok' }))
    .all(refuse('GET, HEAD'));
  app
    .route('/info')
    .get((_req, res) => void fresh(res).json(process.info(res.locals.number)))
    .all(refuse('GET, HEAD'));
  app
    .route('/')
    .get((_req, res) => void fresh(res).send(process.page(res.locals.number)))
    .all(refuse('GET, HEAD'));

  const body = express.raw({ type: () => true, limit: platform.limits.maxBodyBytes, inflate: false });
  app
    .route('/thumbnails')
    .post(body, async (req, res) => {
      const wanted = parseQuery(new URL(req.url, 'http://localhost').searchParams);
      const thumbnail = returnable(await makeThumbnail(pictureIn(req.body), wanted));
      const headers = thumbnailHeaders(thumbnail);
      res.set(headers);
      if (isKnown(headers.ETag, req.get('If-None-Match'))) res.status(304).end();
      else res.type(thumbnail.mediaType).send(thumbnail.bytes);
    })
    .all(refuse('POST'));

  app.use((req) => {
    throw notFound(req.path);
  });
  app.use(answerError(platform));
  return app;
}

const fresh = (res: Response): Response => res.set('Cache-Control', 'no-store');

const refuse =
  (allow: string): RequestHandler =>
  (req) => {
    throw methodNotAllowed(req.method, req.path, allow);
  };

/** Errors as RFC 9457 problem details. */
const answerError =
  (platform: Platform): ErrorRequestHandler =>
  async (error: unknown, _req, res, _next) => {
    const { requestId } = res.locals;
    const problem = problemOf(error, platform);
    if (problem.status >= 500) {
      platform.log({ level: 'error', message: 'request failed', requestId, cause: String((error as Error).stack) });
    }
    const answer = problem.toResponse(requestId);
    res.status(answer.status).set(Object.fromEntries(answer.headers));
    res.send(Buffer.from(await answer.arrayBuffer()));
  };
