import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers what the README says. */
export function echo(request: IncomingMessage & { body?: unknown }, response: ServerResponse): void {
  const { headers, url = '' } = request;
  const query = [...new URL(url, 'http://localhost').searchParams];
  const cookies = (headers.cookie ?? '').split('; ').map((cookie) => cookie.split('='));
  const body = request.body as Buffer;
  response.setHeader('X-Query', encodeURIComponent(JSON.stringify(query)));
  response.setHeader('X-Cookies', JSON.stringify(cookies));
  response.setHeader('X-Repeated-Seen', String(headers['x-repeated']));
  response.setHeader('X-Process', process.pid);
  response.setHeader('Set-Cookie', ['left=1; Path=/; HttpOnly', 'right=2; Path=/']);
  response.setHeader('Link', ['</a>; rel="a"', '</b>; rel="b"']);
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Content-Length', body.length);
  response.end(body);
}
