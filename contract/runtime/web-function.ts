import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { freePort } from './free-port';

/** How long a server has until it listens (Lambda Developer Guide, "Execution environment lifecycle"). */
const INIT_TIMEOUT_MS = 10_000;
/** How long a process has after SIGTERM (the same). */
const SHUTDOWN_MS = 1_000;
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'OPTIONS', 'DELETE']);
/** What the endpoint does not hand on ("HTTP requests and responses", Request headers). */
const REMOVED = new Set([
  ...['connection', 'keep-alive', 'upgrade', 'expect', 'te', 'trailer', 'transfer-encoding'],
  ...['proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'x-real-ip'],
  ...['x-http-method-override', 'x-http-method', 'x-method-override'],
]);
const DOMAIN = 'bcdfghjklmnpqrst.b7t.lambda-web.eu-central-1.on.aws';

export interface WebFunctionSettings {
  /** The unpacked package. */
  readonly code: string;
  /** The Node.js that runs it. */
  readonly node: string;
  /** The file that is run, from the package's root. Default: index.js. */
  readonly entryPoint?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Longest time of one request. Default: 30,000. */
  readonly timeoutMs?: number;
  /** Requests at once in the one environment; more wait. Default: 64. */
  readonly maxConcurrency?: number;
}

/** A server that runs as Lambda runs a Web Function, behind an endpoint on loopback. */
export interface RunningWebFunction {
  readonly url: string;
  /** What the server has written to standard output. */
  readonly log: () => string;
  /**
   * Takes the environment away: SIGTERM, and an end after one second.
   *
   * @returns its exit code; null where it had to be killed
   */
  readonly shutDown: () => Promise<number | null>;
  readonly close: () => Promise<void>;
}

/**
 * Runs a package as a Lambda Web Function, with one execution environment, started by the first request, and an endpoint
 * (auth type ApplicationManaged) on 127.0.0.1, over plain HTTP. From AWS's documentation: host and port by variable, 10 s to
 * listen, several requests at once in one process, SIGTERM, a half-duplex connection to the server, 417, 504, the headers
 * that are removed and added.
 *
 * Half-duplex: nothing of an answer is read from the server until the whole request has been written to it. An answer that
 * begins before that waits for the request, and so does a server that stops reading: until the timeout.
 *
 * What AWS does not document is not imitated: the text of its own errors, and how fast it adds environments.
 */
export async function serveWebFunction(settings: WebFunctionSettings): Promise<RunningWebFunction> {
  const environment = new Environment(settings);
  const endpoint = http.createServer((request, response) => void environment.answer(request, response));
  endpoint.on('checkContinue', (request: http.IncomingMessage, response: http.ServerResponse) => {
    refuse(request, response, 417);
  });
  await once(endpoint.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`,
    log: () => environment.log,
    shutDown: () => environment.shutDown(),
    close: async () => {
      await environment.shutDown();
      endpoint.closeAllConnections();
      endpoint.close();
      await once(endpoint, 'close');
    },
  };
}

/** One execution environment: a process that serves several requests at once. */
class Environment {
  log = '';
  #running: Promise<{ child: ChildProcess; port: number }> | undefined;
  #serving = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly settings: WebFunctionSettings) {}

  async answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    if (request.httpVersion === '1.0') refuse(request, response, 505);
    else if (!METHODS.has(request.method ?? '')) refuse(request, response, 400);
    else {
      await this.#enter();
      try {
        this.#running ??= this.#start();
        const { port } = await this.#running;
        await this.#forward(port, request, response);
      } catch (error) {
        // An environment that did not start is not used again: the next request has another.
        this.#running = undefined;
        this.log += String(error);
        refuse(request, response, 500, 'Runtime.ExitError');
      } finally {
        this.#serving -= 1;
        this.#waiting.shift()?.();
      }
    }
  }

  async shutDown(): Promise<number | null> {
    const running = await this.#running?.catch(() => undefined);
    this.#running = undefined;
    if (running === undefined) return 0;
    const { child } = running;
    if (child.exitCode !== null) return child.exitCode;
    const ended = once(child, 'exit') as Promise<[number | null]>;
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), SHUTDOWN_MS);
    const [code] = await ended;
    clearTimeout(patience);
    return code;
  }

  async #enter(): Promise<void> {
    while (this.#serving >= (this.settings.maxConcurrency ?? 64))
      await new Promise<void>((enter) => this.#waiting.push(enter));
    this.#serving += 1;
  }

  async #start(): Promise<{ child: ChildProcess; port: number }> {
    const { code, node, entryPoint = 'index.js', environment } = this.settings;
    const port = await freePort();
    const child = spawn(node, [path.join(code, entryPoint)], {
      cwd: code,
      env: {
        ...environment,
        PATH: process.env['PATH'],
        AWS_LAMBDA_HTTP_ENDPOINT: `127.0.0.1:${port}`,
        AWS_LAMBDA_INITIALIZATION_TYPE: 'native-http',
        AWS_LAMBDA_NODEJS_ENTRYPOINT: entryPoint,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const output of [child.stdout, child.stderr])
      output.on('data', (text: Buffer) => {
        this.log += text.toString();
      });
    const deadline = performance.now() + INIT_TIMEOUT_MS;
    while (!(await isListening(port))) {
      if (child.exitCode !== null) throw new Error(`Application.InitCodeError: exit code ${child.exitCode}\n`);
      if (performance.now() > deadline) {
        child.kill('SIGKILL');
        throw new Error('Application.InitTimeout: the server did not listen within 10 s\n');
      }
    }
    return { child, port };
  }

  /** Sends the whole request to the server, and only then looks for an answer. */
  async #forward(port: number, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const requestId = randomUUID();
    response.setHeader('lambda-web-request-id', requestId);
    const connection = http.request({
      host: '127.0.0.1',
      port,
      method: request.method,
      path: request.url,
      headers: headersFor(request, requestId),
      agent: false,
    });
    const outcome = new Promise<'answered' | 'failed' | 'late'>((settle) => {
      const timer = setTimeout(() => settle('late'), this.settings.timeoutMs ?? 30_000);
      let answer: http.IncomingMessage | undefined;
      let isSent = false;
      const passOn = (): void => {
        if (answer === undefined || !isSent) return;
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders.length > 0 ? withoutHops(answer) : {});
        answer.pipe(response);
        answer.once('end', () => settle('answered'));
        answer.once('error', () => settle('failed'));
      };
      connection.once('response', (early) => {
        answer = early;
        passOn();
      });
      connection.on('error', () => {
        // A server that answers early may close the connection too: the answer is not looked for, so neither is that seen.
        if (answer === undefined || isSent) settle('failed');
      });
      response.once('close', () => settle('answered'));
      request.once('end', () => {
        isSent = true;
        passOn();
      });
      // While an answer waits unread, nothing more of the request goes through: the trap of a half-duplex.
      request.on('data', (chunk: Buffer) => {
        if (answer !== undefined) return void request.pause();
        if (!connection.write(chunk)) {
          request.pause();
          connection.once('drain', () => request.resume());
        }
      });
      request.once('end', () => connection.end());
      response.once('close', () => clearTimeout(timer));
    });
    const how = await outcome;
    if (how !== 'answered') connection.destroy();
    if (how === 'late') refuse(request, response, 504, 'Runtime.RequestTimeout');
    if (how === 'failed') refuse(request, response, 502, 'Runtime.ExitError');
  }
}

function headersFor(request: http.IncomingMessage, requestId: string): http.OutgoingHttpHeaders {
  const kept = Object.entries(request.headersDistinct).filter(
    ([name]) => !REMOVED.has(name) && !name.startsWith('lambda-web-'),
  );
  const client = request.socket.remoteAddress ?? '127.0.0.1';
  return {
    ...Object.fromEntries(kept),
    host: DOMAIN,
    'x-forwarded-for': [...(request.headersDistinct['x-forwarded-for'] ?? []), client].join(', '),
    'lambda-web-request-id': requestId,
    'lambda-web-endpoint-name': 'live',
  };
}

function withoutHops(answer: http.IncomingMessage): http.OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(answer.headersDistinct).filter(
      ([name]) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name),
    ),
  );
}

/** An answer of the endpoint's own. */
function refuse(request: http.IncomingMessage, response: http.ServerResponse, status: number, error?: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  request.resume();
  response.writeHead(status, error === undefined ? {} : { 'lambda-web-error-type': error });
  response.end();
}

/** The readiness probe: whether something listens. */
async function isListening(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  const connected = await new Promise<boolean>((tell) => {
    socket.once('connect', () => tell(true));
    socket.once('error', () => setTimeout(() => tell(false), 5));
  });
  socket.destroy();
  return connected;
}
