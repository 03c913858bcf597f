import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { freePort } from './free-port';

/** Largest event of a synchronous invocation, in bytes of its JSON: 6 MB (Lambda quotas). */
export const MAX_EVENT_BYTES = 6 * 1024 * 1024;
/** Largest response in bytes: Lambda's own message says 6291556. */
export const MAX_RESPONSE_BYTES = MAX_EVENT_BYTES + 100;
/** How long a function may take by default to ask for its first event (Lambda execution environment lifecycle, init phase). */
const INIT_TIMEOUT_MS = 10_000;

const API = '/2018-06-01/runtime';
const EXTENSIONS_API = '/2020-01-01/extension';
/** How long processes have after SIGTERM where there is an extension (Lambda execution environment lifecycle, shutdown phase). */
const SHUTDOWN_MS = 2_000;

export interface FunctionConfiguration {
  /** The unpacked code: `/var/task` on Lambda. */
  readonly code: string;
  /** As Lambda takes it, e.g. `lambda.handler`. */
  readonly handler: string;
  /** The command line of the language's runtime client. */
  readonly client: readonly string[];
  /** The command line of an external extension, which is started before the runtime. Default: none. */
  readonly extension?: readonly string[];
  /**
   * The variable that tells the processes of one environment of a port of their own. On Lambda each environment has a
   * network of its own; here they share one. Default: none.
   */
  readonly portVariable?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly memoryMiB?: number;
  readonly timeoutMs?: number;
  /** How long it may take to ask for its first event. Default: 10 s, as on Lambda. */
  readonly initTimeoutMs?: number;
  /** What the command lines of its processes begin with, such as a program that limits them. Default: nothing. */
  readonly launcher?: readonly string[];
  /** Execution environments, each a process that answers one event at a time. Beyond it, invocations are throttled. */
  readonly maxConcurrency?: number;
}

/** What the Invoke API answers. */
export interface Invocation {
  readonly requestId: string;
  /** JSON: what the handler returned, or the error. */
  readonly payload: string;
  /** Whether it is an error: the function's own, a crash or a timeout. */
  readonly functionError?: 'Unhandled';
}

/** What the Invoke API refuses before the function is run. */
export class InvokeError extends Error {
  constructor(
    readonly status: 413 | 429,
    message: string,
  ) {
    super(message);
  }
}

/**
 * A function as Lambda runs it, on this machine: execution environments are processes with a real runtime client, which
 * speaks to a Runtime API of its own on loopback, and with an extension where there is one.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 *
 * Not as on Lambda: processes are not frozen between events, memory is not limited, and an init beyond 10 s fails where
 * Lambda starts it anew with the function's timeout.
 */
export class LambdaFunction {
  /** All that its processes wrote, line by line. */
  readonly logs: string[] = [];
  readonly #environments = new Set<ExecutionEnvironment>();

  constructor(readonly configuration: FunctionConfiguration) {}

  /**
   * Invokes it synchronously; starts a process where none is free.
   *
   * @throws InvokeError where the event is too large, or all environments are busy
   */
  async invoke(event: unknown): Promise<Invocation> {
    const payload = JSON.stringify(event);
    if (Buffer.byteLength(payload) > MAX_EVENT_BYTES) {
      throw new InvokeError(
        413,
        `Request must be smaller than ${MAX_EVENT_BYTES} bytes for the InvokeFunction operation`,
      );
    }
    const environment = this.#running().find(({ isBusy }) => !isBusy) ?? this.#start();
    return environment.invoke(payload);
  }

  /** How many invocations are under way. */
  get underWay(): number {
    return this.#running().filter(({ isBusy }) => isBusy).length;
  }

  /** Kills its processes, as the kernel does where there is no memory left: what they were at fails. */
  async crash(): Promise<void> {
    await Promise.all(this.#running().map((environment) => environment.crash()));
  }

  /** Ends its processes, as Lambda does: at once, and with an extension by SIGTERM and 2 s to end. */
  async stop(): Promise<void> {
    await Promise.all([...this.#environments].map((environment) => environment.stop()));
    this.#environments.clear();
  }

  /** Those that still run. The others are kept only to be stopped. */
  #running(): ExecutionEnvironment[] {
    return [...this.#environments].filter(({ isGone }) => !isGone);
  }

  #start(): ExecutionEnvironment {
    if (this.#running().length >= (this.configuration.maxConcurrency ?? 10)) {
      throw new InvokeError(429, 'Rate Exceeded.');
    }
    const environment = new ExecutionEnvironment(this.configuration, this.logs);
    this.#environments.add(environment);
    return environment;
  }
}

/** The processes of one environment, and the Runtime API that they alone speak to. */
class ExecutionEnvironment {
  isBusy = false;
  isGone = false;
  readonly #ready: Promise<void>;
  readonly #children: ChildProcess[] = [];
  readonly #server: http.Server;
  /** The event under way, and how its invocation ends. */
  #event: { requestId: string; payload: string; end: (invocation: Invocation) => void } | undefined;
  /** The runtime's call for its next event, held open until there is one. */
  #call: http.ServerResponse | undefined;
  #timer: NodeJS.Timeout | undefined;
  #onRegistered: () => void = () => undefined;

  constructor(
    readonly configuration: FunctionConfiguration,
    logs: string[],
  ) {
    this.#server = http.createServer((request, response) => {
      void this.#serve(request, response);
    });
    // The runtime keeps its connection, however long the handler takes.
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
    this.#ready = this.#start(logs);
  }

  async invoke(payload: string): Promise<Invocation> {
    this.isBusy = true;
    const ended = new Promise<Invocation>((end) => {
      this.#event = { requestId: randomUUID(), payload, end };
    });
    await this.#ready;
    this.#deliver();
    const invocation = await ended;
    this.isBusy = false;
    return invocation;
  }

  async crash(): Promise<void> {
    await this.#ready;
    for (const child of this.#children) child.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.isGone = true;
    const running = this.#children.filter(
      ({ pid, exitCode, signalCode }) => pid !== undefined && exitCode === null && signalCode === null,
    );
    const closed = Promise.all(running.map((child) => once(child, 'close')));
    if (this.configuration.extension !== undefined) {
      for (const child of running) child.kill('SIGTERM');
      const patience = setTimeout(() => running.forEach((child) => child.kill('SIGKILL')), SHUTDOWN_MS);
      await closed;
      clearTimeout(patience);
    }
    for (const child of running) child.kill('SIGKILL');
    await closed;
    this.#server.closeAllConnections();
    if (this.#server.listening) {
      this.#server.close();
      await once(this.#server, 'close');
    }
  }

  async #start(logs: string[]): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const { port } = this.#server.address() as AddressInfo;
    const { client, extension, portVariable, environment, initTimeoutMs = INIT_TIMEOUT_MS } = this.configuration;
    const env = {
      PATH: process.env['PATH'],
      ...this.#variables(`127.0.0.1:${port}`),
      ...environment,
      ...(portVariable !== undefined && { [portVariable]: String(await freePort()) }),
    };
    if (this.isGone) {
      this.#server.close();
      return;
    }
    this.#limit(initTimeoutMs);
    if (extension !== undefined) {
      const registered = new Promise<void>((resolve) => (this.#onRegistered = resolve));
      this.#spawn(extension, env, logs);
      // Lambda starts the runtime when its extensions have registered.
      await registered;
    }
    this.#spawn(client, env, logs);
  }

  #spawn(commandLine: readonly string[], env: NodeJS.ProcessEnv, logs: string[]): void {
    const { launcher = [] } = this.configuration;
    const [command, ...args] = commandLine.length > 0 ? [...launcher, ...commandLine] : [];
    if (command === undefined) throw new Error('A command line is empty.');
    if (this.isGone) return;
    const child = spawn(command, args, { cwd: this.configuration.code, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.push(child);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        logs.push(line);
      });
    }
    child.once('error', ({ message }) => {
      this.#fail('Runtime.InvalidEntrypoint', message);
    });
    child.once('exit', (exitCode, signal) => {
      this.#fail(
        'Runtime.ExitError',
        `Runtime exited with error: ${signal ? `signal: ${signal}` : `exit status ${exitCode}`}`,
      );
    });
  }

  /** What Lambda sets: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
  #variables(api: string): Record<string, string> {
    const { code, handler, memoryMiB = 512 } = this.configuration;
    return {
      _HANDLER: handler,
      LAMBDA_TASK_ROOT: code,
      AWS_LAMBDA_RUNTIME_API: api,
      AWS_LAMBDA_FUNCTION_NAME: 'function',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMiB),
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/function',
      AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef',
      AWS_LAMBDA_LOG_FORMAT: 'JSON',
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      TZ: ':UTC',
      LANG: 'en_US.UTF-8',
    };
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { requestId = 'none' } = this.#event ?? {};
    switch (`${request.method} ${request.url}`) {
      case `GET ${API}/invocation/next`:
        this.#call = response;
        clearTimeout(this.#timer);
        this.#deliver();
        return;
      case `POST ${API}/invocation/${requestId}/response`: {
        const body = await read(request);
        if (body.length > MAX_RESPONSE_BYTES) {
          const message = `Exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
          answer(response, 413, { errorType: 'RequestEntityTooLarge', errorMessage: message });
          this.#end(
            error(
              'Function.ResponseSizeTooLarge',
              `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
            ),
            'Unhandled',
          );
          return;
        }
        answer(response, 202, { status: 'OK' });
        this.#end(body.toString('utf8'));
        return;
      }
      case `POST ${API}/invocation/${requestId}/error`:
      case `POST ${API}/init/error`: {
        const body = await read(request);
        answer(response, 202, { status: 'OK' });
        // Without a handler there is no going on.
        this.isGone = request.url === `${API}/init/error`;
        this.#end(body.toString('utf8'), 'Unhandled');
        return;
      }
      case `POST ${EXTENSIONS_API}/register`:
        await read(request);
        response.setHeader('Lambda-Extension-Identifier', randomUUID());
        answer(response, 200, { functionName: 'function', functionVersion: '$LATEST', handler: '' });
        this.#onRegistered();
        return;
      case `GET ${EXTENSIONS_API}/event/next`:
        // Held open: an extension that has registered for no event is never answered.
        return;
      default:
        request.resume();
        answer(response, 400, { errorType: 'InvalidRequestID', errorMessage: `No such invocation: ${request.url}` });
    }
  }

  /** Hands the event over, when there is one and the runtime asks for it. */
  #deliver(): void {
    if (this.#event === undefined || this.#call === undefined) return;
    const { timeoutMs = 10_000 } = this.configuration;
    this.#call.writeHead(200, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': this.#event.requestId,
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + timeoutMs),
      'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:eu-central-1:123456789012:function:function',
      'Lambda-Runtime-Trace-Id': `Root=1-${hex(4)}-${hex(12)};Parent=${hex(8)};Sampled=0`,
    });
    this.#call.end(this.#event.payload);
    this.#call = undefined;
    this.#limit(timeoutMs);
  }

  #limit(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#fail('Sandbox.Timedout', `Task timed out after ${(ms / 1000).toFixed(2)} seconds`);
    }, ms);
  }

  /** The environment is of no more use; Lambda starts another for the next event. */
  #fail(type: string, message: string): void {
    this.isGone = true;
    this.#onRegistered();
    const { requestId } = this.#event ?? {};
    this.#end(error(type, `RequestId: ${requestId} Error: ${message}`), 'Unhandled');
    void this.stop();
  }

  #end(payload: string, functionError?: Invocation['functionError']): void {
    clearTimeout(this.#timer);
    const event = this.#event;
    this.#event = undefined;
    event?.end({ requestId: event.requestId, payload, ...(functionError && { functionError }) });
  }
}

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
const error = (errorType: string, errorMessage: string): string => JSON.stringify({ errorType, errorMessage });

function answer(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/** The body; of one too large only enough to tell. */
async function read(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (length <= MAX_RESPONSE_BYTES) chunks.push(chunk);
    length += chunk.length;
  }
  return Buffer.concat(chunks);
}
