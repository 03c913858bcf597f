import {
  createServer,
  type IncomingMessage,
  maxHeaderSize,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  type Server,
  ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Problem } from '../service/problem';

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

/** How the service's server answers. */
export interface Answering {
  /** Answers a request of a method and a target that HTTP has for a service. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
  /** The answer to what never reaches the service; it is logged. */
  readonly refuse: (problem: Problem) => Response;
  /** Holds an answer back until the platform allows it to begin. */
  readonly whenAllowed: (request: IncomingMessage, answer: Response) => Promise<Response>;
  /** Whether the server has got a signal to stop: then each answer is the last one of its connection. */
  readonly isStopping: () => boolean;
  /** The largest body, in bytes. */
  readonly maxBodyBytes: number;
  /** Whether the platform itself ends a request that takes too long to arrive. */
  readonly isArrivalLimited: boolean;
}

/**
 * How long a caller that is answered before it has sent everything may pause, and how long it may go on, in
 * milliseconds: nginx's `lingering_timeout` and `lingering_time`; and how long a chunk is left unread.
 */
const LINGER_MS = { pause: 5_000, whole: 30_000, step: 5 };

/** The headers have that long to arrive, and the whole request, in milliseconds. */
const ARRIVAL_MS = { head: 20_000, whole: 60_000 };

/**
 * Node.js's HTTP server with the ends that a load balancer and a caller rely on: every answer is one of the service's,
 * what is no HTTP too, and a connection that can't be used again says so before it is closed.
 */
export function createHttpServer({
  answer,
  refuse,
  whenAllowed,
  isStopping,
  maxBodyBytes,
  isArrivalLimited,
}: Answering): Server {
  /** The last request of each connection. */
  const newest = new WeakMap<Duplex, IncomingMessage>();
  /** The answers of each connection that are not written yet, in the order of their requests. */
  const unwritten = new WeakMap<Duplex, Set<ServerResponse>>();
  /** The connections that are being ended, on which nothing more is understood. */
  const ending = new WeakSet<Duplex>();

  const keepTrackOf = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    newest.set(socket, request);
    const responses = unwritten.get(socket) ?? new Set();
    unwritten.set(socket, responses.add(response));
    response.once('close', () => responses.delete(response));
  };

  /** Ends a connection by the last answer that a caller is owed on it; by this refusal where there is none. */
  const endConnection = (socket: Duplex, problem: Problem): void => {
    if (ending.has(socket)) return;
    ending.add(socket);
    socket.on('error', () => socket.destroy());
    const responses = [...(unwritten.get(socket) ?? [])];
    const owed = responses.filter(({ headersSent, req }) => headersSent || req.complete).at(-1);
    const isAnswered = responses.length === 0 && newest.get(socket)?.complete === false;
    if (owed !== undefined) {
      owed.shouldKeepAlive = false;
      owed.once('finish', () => close(socket));
    } else if (isAnswered) socket.destroy();
    else void writeWhole(socket, refuse(problem));
  };

  class Answer<Asked extends IncomingMessage> extends ServerResponse<Asked> {
    override writeHead(statusCode: number, statusMessage?: string, headers?: Headers): this;
    override writeHead(statusCode: number, headers?: Headers): this;
    override writeHead(...head: [number, string?, Headers?] | [number, Headers?]): this {
      // The rest of a request that is answered early is not waited for. Without the header, a load balancer would send the
      // next caller's request on a connection that is just being closed.
      if (isStopping() || !this.req.complete) this.shouldKeepAlive = false;
      return super.writeHead(...(head as [number, Headers?]));
    }
  }

  const server: Server = createServer({
    ServerResponse: Answer,
    // Longer than a load balancer's 60 s, which would otherwise use a connection that is just being closed, and answer
    // 502.
    keepAliveTimeout: 75_000,
    headersTimeout: ARRIVAL_MS.head,
    // 0 is no limit.
    requestTimeout: isArrivalLimited ? 0 : ARRIVAL_MS.whole,
    // How late the two may be noticed; by default half a minute.
    connectionsCheckingInterval: 1_000,
    requireHostHeader: false, // refused below, by a problem
  });

  const refuseRequest = async (response: ServerResponse, problem: Problem): Promise<void> => {
    const refusal = await whenAllowed(response.req, refuse(problem));
    response.writeHead(refusal.status, Object.fromEntries(refusal.headers));
    response.end(await refusal.text());
  };

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    keepTrackOf(request, response);
    response.once('close', () => {
      // A server that is stopping must not be held by a connection that only waits for its next request.
      if (isStopping()) server.closeIdleConnections();
    });
    const hosts = request.headersDistinct['host']?.length ?? 0;
    // RFC 9112, 3.2. The health checks of some load balancers speak HTTP/1.0, which has no such rule.
    if (hosts > 1 || (hosts === 0 && request.httpVersion === '1.1')) {
      void refuseRequest(
        response,
        new Problem('bad-request', `The request has ${hosts || 'no'} Host headers; send one.`),
      );
    } else if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) {
      answer(request, response);
    } else {
      // What has arrived with the head of the request is parsed first: a small body is whole then, and its answer leaves
      // the connection open.
      setImmediate(answer, request, response);
    }
  });

  // A caller that asks before it sends too much is refused at once, and sends nothing.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (!(Number(request.headers['content-length']) > maxBodyBytes)) response.writeContinue();
    server.emit('request', request, response);
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    keepTrackOf(request, response);
    const detail = `The server can't do what Expect asks for, ${JSON.stringify(request.headers.expect)}; only 100-continue is known.`;
    void refuseRequest(response, new Problem('expectation-failed', detail));
  });
  server.on('connect', (_: IncomingMessage, socket: Duplex) => {
    const headers = { Allow: 'GET, HEAD, POST' };
    // Node.js reads no more of such a connection.
    socket.resume();
    endConnection(socket, new Problem('method-not-allowed', 'This server makes no tunnels.', { headers }));
  });

  // What is no HTTP that Node.js understands, which would otherwise have an answer without a body and no line in the log.
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable || error.code === 'ECONNRESET') socket.destroy();
    else endConnection(socket, problemOf(error));
  });

  server.on('connection', (socket: Socket) => {
    const destroySoon = socket.destroySoon.bind(socket);
    socket.destroySoon = () => {
      const request = newest.get(socket);
      if (ending.has(socket)) close(socket);
      else if (request === undefined || request.complete || socket.destroyed) destroySoon();
      else linger(socket, request, isStopping);
    };
  });
  return server;
}

function problemOf(error: NodeJS.ErrnoException): Problem {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    return new Problem('header-too-large', `The head of the request is over ${maxHeaderSize} bytes.`);
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const [head, whole] = [ARRIVAL_MS.head / 1000, ARRIVAL_MS.whole / 1000];
    return new Problem('request-timeout', `The head has ${head} s to arrive, the whole request ${whole} s.`);
  }
  return new Problem('bad-request', `This is no HTTP: ${error.message}.`);
}

/** Writes an answer on a connection that has none to come, and closes it. */
async function writeWhole(socket: Duplex, response: Response): Promise<void> {
  const head = [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}`,
    ...[...response.headers].map(([name, value]) => `${name}: ${value}`),
    'connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${await response.text()}`);
  close(socket);
}

/** Closes a connection when all is written, and drops what still comes for a while: unread, it would reset it. */
function close(socket: Duplex): void {
  socket.end();
  setTimeout(() => socket.destroy(), LINGER_MS.pause).unref();
}

/**
 * Closes a connection whose caller is still sending, in two steps (RFC 9112, 9.6): no more is written, and what comes
 * is read and dropped for a while. A connection that is closed with bytes unread is reset, and the answer may be lost
 * with it; and a caller that reads nothing until it has sent everything, as one behind a half-duplex proxy, would wait
 * forever.
 */
function linger(socket: Socket, request: IncomingMessage, isStopping: () => boolean): void {
  const end = (): void => void socket.destroy();
  socket.end();
  let pause = setTimeout(end, LINGER_MS.pause);
  const whole = setTimeout(end, LINGER_MS.whole);
  let next: NodeJS.Timeout | undefined;
  request.on('data', () => {
    clearTimeout(pause);
    if (isStopping()) {
      end();
      return;
    }
    pause = setTimeout(end, LINGER_MS.pause);
    // A chunk at a time: a caller that is not held up has sent a hundred megabytes before it looks for its answer.
    request.pause();
    next = setTimeout(() => request.resume(), LINGER_MS.step);
  });
  request.once('end', end);
  request.resume();
  socket.once('close', () => {
    clearTimeout(pause);
    clearTimeout(whole);
    clearTimeout(next);
  });
}
