import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from 'aws-lambda';

// Hono's own adapter is deprecated, and answers a GET that has a body with an error of its own.

/**
 * The request that a function URL's event (payload format 2.0) describes.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 */
export function toRequest(event: LambdaFunctionURLEvent): Request {
  const { domainName, http } = event.requestContext;
  const url = new URL(`https://${domainName}`);
  // By its setter: whatever Lambda has decoded in the path can't become a query.
  url.pathname = event.rawPath;
  url.search = event.rawQueryString;

  const headers = new Headers();
  for (const [name, value] of Object.entries(event.headers)) {
    // JSON carries Unicode, HTTP bytes: Node.js's server hands them over in just this way.
    if (value !== undefined) headers.set(name, Buffer.from(value, 'utf8').toString('latin1'));
  }
  if (event.cookies !== undefined) headers.set('cookie', event.cookies.join('; '));

  const isForbidden = FORBIDDEN.test(http.method);
  const method = isForbidden ? 'GET' : http.method;
  const takesBody = method !== 'GET' && method !== 'HEAD';
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  const request = new Request(url, { method, headers, body: takesBody ? body : null });
  return isForbidden ? Object.defineProperty(request, 'method', { value: http.method }) : request;
}

/** Methods that no Request may have (Fetch standard, "forbidden method"): the service has to see them to answer 405. */
const FORBIDDEN = /^(CONNECT|TRACE|TRACK)$/i;

const TEXT = /^(text\/|application\/([^;]+\+)?json\b)/;

/** The answer as a function URL takes it: text as it is, anything else in base64. */
export async function toResult(response: Response): Promise<APIGatewayProxyStructuredResultV2> {
  const { 'set-cookie': cookie, ...headers } = Object.fromEntries(response.headers);
  const cookies = cookie === undefined ? [] : response.headers.getSetCookie();
  const body = Buffer.from(await response.arrayBuffer());
  const isBase64Encoded = !TEXT.test(headers['content-type'] ?? '');
  return {
    statusCode: response.status,
    headers,
    cookies,
    body: body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  };
}
