import { Hono } from 'hono';
import type { Home } from './home';

/**
 * The service: every route of docs/contract.md, on web-standard Request and Response. One a process: it counts the
 * requests that `/info` reports.
 */
export function createApp(home: Home): Hono {
  const app = new Hono();
  app.get('/health', (c) =>
    home.isStopping() ? c.json({ status: 'stopping' }, 503) : c.json({ status: 'ok' }, 200, { 'Cache-Control': 'no-store' }),
  );
  return app;
}
