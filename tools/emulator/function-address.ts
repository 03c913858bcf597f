import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request as http, type ServerResponse } from 'node:http';
import { request as https } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Endpoint } from './environment';

/** Where ministack serves function URLs by path. It keeps `/health` for itself, also under their host names. */
export const MINISTACK_FUNCTIONS = '/_aws/lambda-url/';

/** Whether it is a function URL as AWS gives one, whose name resolves nowhere but there. */
export const isFunctionUrl = (url: string): boolean =>
  /^[a-z0-9]+\.lambda-url\.[a-z0-9-]+\.on\.aws$/.test(new URL(url).hostname);

/** Where a function answers on this machine. */
export interface FunctionAddress {
  /** By the host name of its function URL, `http://<id>.lambda-url.<region>.localhost:<port>`, as browsers resolve it. */
  readonly url: string;
  /** The same for programs that do not resolve names below `localhost`. */
  readonly byAddress: string;
  readonly close: () => void;
}

/**
 * Serves a function URL of an emulator on 127.0.0.1, over plain HTTP: no browser knows the emulator's certificate. It takes
 * requests under its own names only, so that no other page of a browser reaches the function by a name of its own.
 *
 * @param functionUrl as Lambda has it: `https://<id>.lambda-url.<region>.on.aws/`
 */
export async function serveFunctionAddress(endpoint: Endpoint, functionUrl: string): Promise<FunctionAddress> {
  const { hostname } = new URL(functionUrl);
  const [id = '', , region = ''] = hostname.split('.');
  const name = `${id}.lambda-url.${region}.localhost`;
  const emulator = new URL(endpoint.url);
  const send = emulator.protocol === 'https:' ? https : http;
  const trusted = endpoint.certificate === undefined ? {} : { ca: readFileSync(endpoint.certificate) };

  const below = endpoint.functionsBelow;
  const toFunction = (target = '/') => (below === undefined ? target : `${below}${id}${target}`);
  const host = below === undefined ? hostname : emulator.host;

  const forward = (incoming: IncomingMessage, response: ServerResponse): void => {
    const { port } = server.address() as AddressInfo;
    const names = [`${name}:${port}`, `127.0.0.1:${port}`, `localhost:${port}`];
    if (!names.includes(incoming.headers.host ?? '')) {
      incoming.resume();
      response.writeHead(421, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
      response.end(`This is ${names.join(' or ')}, and nothing else.`);
      return;
    }
    const outgoing = send(
      {
        ...{ host: emulator.hostname, port: emulator.port, path: toFunction(incoming.url), method: incoming.method },
        ...{ ...trusted, servername: 'localhost', agent: false },
        headers: { ...incoming.headers, host },
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        answer.once('error', () => response.destroy());
      },
    );
    outgoing.once('error', (error) => {
      if (response.headersSent) response.destroy();
      else
        response
          .writeHead(502, { 'Content-Type': 'text/plain; charset=utf-8' })
          .end(`The emulator does not answer: ${error.message}`);
    });
    response.once('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  };
  const server = createServer(forward);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${name}:${port}`,
    byAddress: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
