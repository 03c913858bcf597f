import type { IncomingMessage } from 'node:http';
import { EnvironmentError } from '../service/environment';

// What differs where Lambda runs the server as a Web Function. Source of all: Lambda Developer Guide, "Execution
// environment lifecycle" and "HTTP requests and responses" of Web Functions.

/** Where the server listens. */
export interface ListenAddress {
  readonly hostname: string;
  /** 0 is any free port. */
  readonly port: number;
}

/**
 * Where Lambda wants a Web Function to listen.
 *
 * @param env `AWS_LAMBDA_HTTP_ENDPOINT`, as `host:port`
 * @returns undefined where Lambda does not run the server
 * @throws EnvironmentError where it is no host and port
 */
export function webFunctionAddress(env: NodeJS.ProcessEnv): ListenAddress | undefined {
  const text = env['AWS_LAMBDA_HTTP_ENDPOINT'] ?? '';
  if (text === '') return undefined;
  const [, ipv6, host, port] = /^(?:\[([0-9a-f:]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
  const hostname = ipv6 ?? host;
  if (hostname === undefined || Number(port) > 65_535)
    throw new EnvironmentError([
      `AWS_LAMBDA_HTTP_ENDPOINT is ${JSON.stringify(text)}: it must be a host and a port, such as 0.0.0.0:3000. ` +
        'Lambda sets it; leave it out elsewhere.',
    ]);
  return { hostname, port: Number(port) };
}

/**
 * Holds an answer back until its request has arrived whole; drops what of it the app has left unread. Between Lambda and a
 * Web Function the connection is half-duplex: an answer that begins earlier can hang until the function's timeout.
 */
export async function afterWholeRequest(incoming: IncomingMessage, response: Response): Promise<Response> {
  if (!incoming.readableEnded && !incoming.destroyed)
    await new Promise<void>((done) => {
      incoming.once('end', done);
      incoming.once('close', done);
      incoming.resume();
    });
  return response;
}
