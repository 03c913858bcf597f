import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import { createApp, setCommonHeaders } from '../service/app';
import { EnvironmentError, integersFrom } from '../service/environment';
import { platformFromEnvironment, type Platform } from '../service/platform';
import { Problem } from '../service/problem';
import { withinLambda } from '../lambda/answer-limit';
import { createHttpServer } from './connections';
import { functionFacts, nameAfterInvocation } from './function';
import { RequestBody } from './request-body';
import { afterWholeRequest, webFunctionAddress, type ListenAddress } from './web-function';

// The platform of the service in a container, on an instance and on a developer's machine: Node's own server around the
// web-standard app, and an orderly end.

let stopping = false;
const { platform, hostname, port, drainSeconds, isWebFunction, isFunction } = settingsFrom(process.env);

const app = createApp(platform);

/** An answer as soon as it may begin; every one to a request that may have a body passes here. */
const whenAllowed = async (incoming: IncomingMessage, response: Response): Promise<Response> =>
  isWebFunction ? afterWholeRequest(incoming, response) : response;

/** One for each request, since an error comes without its request. */
const listenerFor = (incoming: IncomingMessage): ReturnType<typeof getRequestListener> =>
  getRequestListener(
    async (request) => {
      if (request.method !== 'GET' && request.method !== 'HEAD')
        Object.defineProperty(request, 'body', { value: new RequestBody(incoming) });
      if (isFunction) nameAfterInvocation(request);
      const response = await app.fetch(request);
      return isFunction ? withinLambda(response, platform) : whenAllowed(incoming, response);
    },
    {
      // What a health check in HTTP/1.0 does not name.
      hostname: 'localhost',
      // The server itself closes what is answered early.
      autoCleanupIncoming: false,
      // The app answers its own errors: what comes here is no URL, and never reached it.
      errorHandler: (error) =>
        whenAllowed(
          incoming,
          error instanceof RequestError
            ? refusal(new Problem('bad-request', `${error.message}.`))
            : refusal(new Problem('internal', 'The service failed to answer.', { cause: error })),
        ),
    },
  );

/** The answer to what never reached the app, which leaves a line in the log as every answer does. */
function refusal(problem: Problem): Response {
  const requestId = randomUUID();
  const response = problem.toResponse(requestId);
  setCommonHeaders(response.headers, requestId);
  platform.log({
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
export const server = createHttpServer({
  answer: (request, response) => void listenerFor(request)(request, response),
  refuse: refusal,
  whenAllowed,
  isStopping: () => stopping,
  maxBodyBytes: platform.limits.maxBodyBytes,
  // An answer of 408 before the request is whole would hang there, until the function's own timeout.
  isArrivalLimited: isWebFunction,
});

server.on('error', (error) => {
  platform.log({ level: 'error', message: `cannot listen: ${error.message}. HOST and PORT say where.` });
  process.exitCode = 1;
});

server.listen(port, hostname, () => {
  platform.log({
    level: 'info',
    message: 'listening',
    address: server.address(),
    option: platform.option,
    version: platform.version,
  });
});

function stop(signal: NodeJS.Signals): void {
  if (stopping) return;
  stopping = true;
  const deadline = setTimeout(() => {
    platform.log({ level: 'error', message: `requests were still open after ${drainSeconds} s: cutting them off` });
    process.exit(1);
  }, drainSeconds * 1000);
  // Takes no new connection, closes those that are idle, and calls back when the last one has ended.
  server.close(() => {
    clearTimeout(deadline);
    platform.log({ level: 'info', message: 'stopped' });
  });
  platform.log({ level: 'info', message: 'stopping', signal, drainSeconds });
}

/** The process's settings; where one is wrong, it says which and ends: there is nothing to serve. */
function settingsFrom(
  env: NodeJS.ProcessEnv,
): ListenAddress & { platform: Platform; drainSeconds: number; isWebFunction: boolean; isFunction: boolean } {
  try {
    const ofLambda = webFunctionAddress(env);
    const ofFunction = functionFacts(env);
    return {
      platform: platformFromEnvironment(env, { isStopping: () => stopping, ...ofFunction }),
      // Loopback, unless a container or an instance says otherwise: a developer's machine should not serve its network.
      hostname: env['HOST'] ?? '127.0.0.1',
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
      ...ofLambda,
      isWebFunction: ofLambda !== undefined,
      isFunction: ofFunction !== undefined,
    };
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

process.on('SIGTERM', stop);
process.on('SIGINT', stop);
