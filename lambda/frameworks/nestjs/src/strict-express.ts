import { ExpressAdapter } from '@nestjs/platform-express';
import express from 'express';

/** Nest's way to Express, with paths taken strictly: an application must have that from its beginning. */
export function strictExpress(): ExpressAdapter {
  const server = express();
  server.disable('x-powered-by');
  // An ETag of Express's own is weak, and of no use on what is never the same twice.
  server.disable('etag');
  server.set('query parser', false);
  server.enable('strict routing');
  server.enable('case sensitive routing');
  return new ExpressAdapter(server);
}
