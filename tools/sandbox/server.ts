import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type PageOption, renderPage } from './page';
import type { PictureAnswer, SandboxOption } from './sandbox';

const PICTURES = path.join(__dirname, '..', '..', 'docs', 'pictures');

/** The largest picture that is taken: more than any option takes, so that each says for itself what it refuses. */
export const MAX_BODY_BYTES = 32_000_000;

/** What the page shows of the sandbox as it is now. */
export interface Shown {
  readonly options: readonly SandboxOption[];
  /** US dollars a month by the id of the stack, as the README has them; empty until they have been computed. */
  readonly idle: Readonly<Record<string, string>>;
  /** Whether every option that can run has been started. */
  readonly ready: boolean;
}

/** The sandbox, as the server of its page needs it. */
export interface Served {
  readonly shown: () => Shown;
  readonly onChange: (listener: () => void) => () => void;
  readonly send: (picture: Buffer, query: string, signal: AbortSignal) => AsyncIterable<PictureAnswer>;
}

/** A request that is refused, and the words. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Serves the page of the sandbox, what is on it, and the way of a picture to the options, on 127.0.0.1 and nowhere else.
 *
 * @param port 0 is any that is free
 * @throws Error with the system's `code` where it can't listen, such as EADDRINUSE
 */
export async function serveSandbox(
  served: Served,
  options: readonly PageOption[],
  port: number,
): Promise<{ readonly url: string; readonly close: () => void }> {
  const page = renderPage({ options, maxBodyBytes: MAX_BODY_BYTES });
  const pictures = new Set(options.flatMap(({ picture }) => [`${picture}-light.svg`, `${picture}-dark.svg`]));
  const server = createServer((request, response) => {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) response.destroy();
      else if (error instanceof Refusal) endWith(response, error.status, error.message);
      else endWith(response, 500, `The sandbox failed: ${(error as Error).message}`);
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    refuseOthers(request, portOf(server));
    const { pathname, search } = new URL(request.url ?? '/', 'http://127.0.0.1');
    switch (`${request.method} ${pathname}`) {
      case 'GET /':
        response.setHeader('Content-Security-Policy', page.contentSecurityPolicy);
        response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page.html);
        return;
      case 'GET /state':
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(served.shown()));
        return;
      case 'GET /events':
        tellChanges(response, served);
        return;
      case 'POST /thumbnails':
        await sendPicture(request, response, served, search.slice(1));
        return;
      default:
        servePicture(request, response, pathname, pictures);
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${portOf(server)}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/**
 * Takes requests only under its own name, and from its own page: another page of the same browser, also one whose name leads
 * to this machine, may not send pictures.
 */
function refuseOthers({ headers, method }: IncomingMessage, port: number): void {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(headers.host ?? '')) throw new Refusal(421, `This is ${hosts.join(' or ')}, and nothing else.`);
  const isForeign = headers.origin !== undefined && !hosts.some((host) => headers.origin === `http://${host}`);
  if (method !== 'GET' && isForeign) throw new Refusal(403, 'Only the page of the sandbox sends pictures.');
}

function endWith(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' }).end(text);
}

/** Server-sent events: all that is shown, at once and after each change. */
function tellChanges(response: ServerResponse, { shown, onChange }: Served): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const tell = (): void => void response.write(`data: ${JSON.stringify(shown())}\n\n`);
  tell();
  response.once('close', onChange(tell));
}

/** Sends a picture to the options; each line of the answer is a `PictureAnswer` as JSON. */
async function sendPicture(
  request: IncomingMessage,
  response: ServerResponse,
  { send }: Served,
  query: string,
): Promise<void> {
  const picture = await bodyOf(request);
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('the page has gone')));
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' });
  for await (const each of send(picture, query, gone.signal)) response.write(`${JSON.stringify(each)}\n`);
  response.end();
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (length === 0) throw new Refusal(400, 'There is no picture in the request.');
  if (length > MAX_BODY_BYTES)
    throw new Refusal(413, `The picture has ${length} bytes; the sandbox takes at most ${MAX_BODY_BYTES}.`);
  return Buffer.concat(chunks);
}

/** A picture of an option; anything else is not there. */
function servePicture(
  { method }: IncomingMessage,
  response: ServerResponse,
  pathname: string,
  pictures: ReadonlySet<string>,
): void {
  const [, name = ''] = /^\/pictures\/([\w-]+\.svg)$/.exec(pathname) ?? [];
  const file = path.join(PICTURES, name);
  if (method !== 'GET' || !pictures.has(name) || !existsSync(file)) throw new Refusal(404, 'There is no such thing.');
  response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'");
  response.writeHead(200, { 'Content-Type': 'image/svg+xml' }).end(readFileSync(file));
}
