import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from 'aws-lambda';
import { InvokeError, type LambdaFunction, MAX_EVENT_BYTES } from './lambda-function';

/** Headers of one connection, which Lambda's front end does not hand on (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']);
/** Content types whose body is handed on as text; any other, or none, as base64. */
const TEXT = /^(text\/|application\/(json|javascript|xml)\b)/;

/**
 * A function URL (invoke mode BUFFERED, auth type NONE) on loopback, over plain HTTP: each request becomes an event of
 * payload format 2.0, the function's result the response.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 *
 * What AWS does not document is not imitated: the text of its own 413, 429 and 502.
 */
export async function serveFunctionUrl(lambda: LambdaFunction): Promise<{ url: string; close: () => Promise<void> }> {
  const server = http.createServer((request, response) => {
    answer(lambda, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(
  lambda: LambdaFunction,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (length <= MAX_EVENT_BYTES) chunks.push(chunk);
    length += chunk.length;
  }
  try {
    const { requestId, payload, functionError } = await lambda.invoke(toEvent(request, Buffer.concat(chunks)));
    response.setHeader('x-amzn-RequestId', requestId);
    if (functionError === undefined) send(response, toResult(JSON.parse(payload)));
    else sendMessage(response, 502, 'Internal Server Error');
  } catch (error) {
    if (!(error instanceof InvokeError)) throw error;
    sendMessage(response, error.status, error.message);
  }
}

/** The event of one HTTP request. */
export function toEvent(request: http.IncomingMessage, body: Buffer): LambdaFunctionURLEvent {
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = (request.rawHeaders[i] ?? '').toLowerCase();
    const value = Buffer.from(request.rawHeaders[i + 1] ?? '', 'latin1').toString('utf8');
    if (name === 'cookie') cookies.push(...value.split(/; */));
    else if (!HOP_BY_HOP.has(name)) headers[name] = name in headers ? `${headers[name]},${value}` : value;
  }
  const domainPrefix = 'abcdefghijklmnopqrstuvwxyz012345';
  const domainName = `${domainPrefix}.lambda-url.eu-central-1.on.aws`;
  const sourceIp = request.socket.remoteAddress ?? '127.0.0.1';
  Object.assign(headers, {
    host: domainName,
    'x-amzn-trace-id': `Root=1-${randomBytes(4).toString('hex')}-${randomBytes(12).toString('hex')}`,
    'x-forwarded-for': sourceIp,
    'x-forwarded-port': '443',
    'x-forwarded-proto': 'https',
  });

  const [rawPath = '/', rawQueryString = ''] = (request.url ?? '/').split(/\?(.*)/s);
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    parameters[name] = name in parameters ? `${parameters[name]},${value}` : value;
  }
  const isText = TEXT.test(headers['content-type'] ?? '');
  const now = new Date();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(rawQueryString !== '' && { queryStringParameters: parameters }),
    requestContext: {
      accountId: 'anonymous',
      apiId: domainPrefix,
      domainName,
      domainPrefix,
      http: {
        method: request.method ?? 'GET',
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomBytes(16).toString('hex'),
      routeKey: '$default',
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** A result without `statusCode` is a JSON body by itself. */
function toResult(result: unknown): APIGatewayProxyStructuredResultV2 {
  if (typeof result === 'object' && result !== null && 'statusCode' in result) {
    return result as APIGatewayProxyStructuredResultV2;
  }
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(result) };
}

function send(response: http.ServerResponse, result: APIGatewayProxyStructuredResultV2): void {
  const { statusCode = 200, headers = {}, cookies = [], body = '', isBase64Encoded = false } = result;
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  response.statusCode = statusCode;
  response.setHeader('content-type', 'application/json');
  for (const [name, value] of Object.entries(headers)) {
    // Lambda counts for itself.
    if (name.toLowerCase() !== 'content-length') response.setHeader(name, String(value));
  }
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
  response.end(bytes);
}

function sendMessage(response: http.ServerResponse, status: number, message: string): void {
  send(response, { statusCode: status, body: JSON.stringify({ Message: message }) });
}
