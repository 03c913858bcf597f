import { randomUUID } from 'node:crypto';
import { createServer, maxHeaderSize, STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import { createApp, setCommonHeaders } from '../service/app';
import { EnvironmentError, integersFrom } from '../service/environment';
import { homeFromEnvironment, type Home } from '../service/home';
import { Problem } from '../service/problem';

// The home of the service in a container, on an instance and on a developer's machine: Node's own server around the
// web-standard app, and an orderly end.

let stopping = false;
const { home, port, drainSeconds } = settingsFrom(process.env);
// Loopback, unless a container or an instance says otherwise: nobody's laptop should serve its network.
const hostname = process.env['HOST'] ?? '127.0.0.1';

const app = createApp(home);
const listener = getRequestListener(app.fetch, {
  // The app answers its own errors: what comes here is no URL, and never reached it.
  errorHandler: (error) =>
    error instanceof RequestError
      ? refusal(new Problem('bad-request', `${error.message}.`))
      : refusal(new Problem('internal', 'The service failed to answer.', { cause: error })),
});

/** The answer to what never reached the app, which leaves a line in the log as every answer does. */
function refusal(problem: Problem): Response {
  const requestId = randomUUID();
  const response = problem.toResponse(requestId);
  setCommonHeaders(response.headers, requestId);
  home.log({
    level: problem.status >= 500 ? 'error' : 'info',
    message: 'refused',
    requestId,
    status: problem.status,
    problem: problem.problem,
    detail: problem.message,
    ...(problem.cause instanceof Error && { cause: problem.cause.stack }),
  });
  return response;
}

/** The server; it listens when this module has been loaded. */
export const server = createServer({
  // Longer than a load balancer's 60 s, which would else use a connection that is just being closed, and answer 502.
  keepAliveTimeout: 75_000,
  headersTimeout: 20_000,
  requestTimeout: 60_000,
  requireHostHeader: false, // the listener says so itself, by a problem
});

/** The last request of each connection, and its answer. */
const newest = new WeakMap<Duplex, { readonly request: IncomingMessage; readonly response: ServerResponse }>();
/** Answers that are not sent yet. */
const open = new Set<ServerResponse>();

server.on('request', (request: IncomingMessage, response: ServerResponse) => {
  response.shouldKeepAlive &&= !stopping;
  open.add(response);
  response.once('close', () => {
    open.delete(response);
    // Told to stop, the server must not be held by a connection that only waits for its next request.
    if (stopping) server.closeIdleConnections();
  });
  newest.set(request.socket, { request, response });
  void listener(request, response);
});

// What is no HTTP that Node.js understands, which else has an answer without a body and leaves no line in the log.
server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
  const { request, response } = newest.get(socket) ?? {};
  // Who still waits for an answer, or for the rest of one, must not be given this one in its place.
  const isOwed = response?.writableEnded === false && (response.headersSent || request?.complete === true);
  if (!socket.writable || error.code === 'ECONNRESET' || isOwed) {
    socket.destroy();
    return;
  }
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new Problem('header-too-large', `The head of the request is over ${maxHeaderSize} bytes.`)
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new Problem('request-timeout', 'The head has 20 s to arrive, the whole request 60 s.')
        : new Problem('bad-request', `This is no HTTP: ${error.message}.`);
  void writeWhole(socket, refusal(problem));
});

/** Writes an answer on a connection that has none to come, and closes it. */
async function writeWhole(socket: Duplex, response: Response): Promise<void> {
  const head = [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}`,
    ...[...response.headers].map(([name, value]) => `${name}: ${value}`),
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${await response.text()}`);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** How long a caller that was answered before it had sent everything has to take the answer, in milliseconds. */
const LINGER_MS = 2_000;

// A connection that is closed with bytes unread is reset, and the answer may be lost with it: who sends too much would
// see a broken pipe, or a load balancer's 502, and not the 413. So it is closed in two steps (RFC 9112, 9.6).
server.on('connection', (socket: Socket) => {
  const close = socket.destroySoon.bind(socket);
  socket.destroySoon = () => {
    const request = newest.get(socket)?.request;
    if (request === undefined || request.complete || socket.destroyed) {
      close();
      return;
    }
    socket.end();
    request.resume();
    const patience = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => {
      clearTimeout(patience);
    });
  };
});

// `Expect: 100-continue`: whoever asks before sending too much is told so, and sends nothing.
server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
  const isTooLarge = Number(request.headers['content-length']) > home.limits.maxBodyBytes;
  if (!isTooLarge) response.writeContinue();
  server.emit('request', request, response);
});

server.on('error', (error) => {
  home.log({ level: 'error', message: `cannot listen: ${error.message}. HOST and PORT say where.` });
  process.exitCode = 1;
});

server.listen(port, hostname, () => {
  home.log({
    level: 'info',
    message: 'listening',
    address: server.address(),
    option: home.option,
    version: home.version,
  });
});

function stop(signal: NodeJS.Signals): void {
  if (stopping) return;
  stopping = true;
  // A load balancer that kept its connection for another request would see it closed under it.
  for (const response of open) response.shouldKeepAlive = false;
  const deadline = setTimeout(() => {
    home.log({ level: 'error', message: `requests were still open after ${drainSeconds} s: cutting them off` });
    process.exit(1);
  }, drainSeconds * 1000);
  // Takes no new connection, closes those that are idle, and calls back when the last one has ended.
  server.close(() => {
    clearTimeout(deadline);
    home.log({ level: 'info', message: 'stopped' });
  });
  home.log({ level: 'info', message: 'stopping', signal, drainSeconds });
}
/** The process's settings; where one is wrong, it says which and ends: there is nothing to serve. */
function settingsFrom(env: NodeJS.ProcessEnv): { home: Home; port: number; drainSeconds: number } {
  try {
    return {
      home: homeFromEnvironment(env, { isStopping: () => stopping }),
      ...integersFrom(env, {
        port: { variable: 'PORT', fallback: 8080, minimum: 0, maximum: 65535, meaning: 'TCP port; 0 is any free one' },
        drainSeconds: {
          variable: 'SERVICE_DRAIN_SECONDS',
          fallback: 25,
          minimum: 0,
          maximum: 3600,
          meaning: 'seconds that requests have to finish after a stop signal; ECS kills after 30 by default',
        },
      }),
    };
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

process.on('SIGTERM', stop);
process.on('SIGINT', stop);
