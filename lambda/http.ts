import { AsyncLocalStorage } from 'node:async_hooks';
import type { APIGatewayProxyStructuredResultV2, Context, LambdaFunctionURLEvent } from 'aws-lambda';
import { createApp } from '../service/app';
import { homeFromEnvironment } from '../service/home';
import { Problem } from '../service/problem';
import { toRequest, toResult } from './function-url';

/**
 * The largest answer, in bytes before base64. A response may have 6 MB of JSON (Lambda quotas; its own message says
 * 6,291,556 bytes), of which 16 KiB are kept for headers.
 */
const MAX_ANSWER_BYTES = Math.floor(((6_291_556 - 16 * 1024) / 4) * 3);

/** The invocation under way: its id is what Lambda's own log lines and traces go by. */
const invocation = new AsyncLocalStorage<{ readonly id: string; readonly isFirst: boolean }>();

/** Of all, the pings that keep an environment warm and what is no HTTP request included. */
let invocations = 0;

// Lambda Developer Guide, "Defined runtime environment variables": provisioned-concurrency where nobody waited for it.
const isInitialisedAhead = (process.env['AWS_LAMBDA_INITIALIZATION_TYPE'] ?? 'on-demand') !== 'on-demand';
// The image library is some 50 ms of CPU: taken ahead where nobody waits, else when the first thumbnail is asked for, so
// that who only wants the page or the health has no part in it.
if (isInitialisedAhead) void import('sharp');

const home = homeFromEnvironment(process.env, {
  memoryMiB: Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']),
  // The fields that the other homes log, not nested as `console` would have them. Lambda takes a line of JSON as it is,
  // and filters by its level if it has a timestamp (Lambda Developer Guide, "Configuring JSON and plain text log formats").
  log: (entry) => {
    const line = { timestamp: new Date().toISOString(), ...entry, awsRequestId: invocation.getStore()?.id };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  },
  isWarm: () => isInitialisedAhead || invocation.getStore()?.isFirst === false,
});
const app = createApp(home);

/**
 * The service behind a Lambda function URL.
 *
 * Its invoke mode is BUFFERED: RESPONSE_STREAM would lift the limit on answers, which few thumbnails reach, but not the
 * one on requests, which many pictures do; and it sends the status before the whole answer is there.
 */
export function handler(event: LambdaFunctionURLEvent, context: Context): Promise<APIGatewayProxyStructuredResultV2> {
  invocations += 1;
  return invocation.run({ id: context.awsRequestId, isFirst: invocations === 1 }, async () => {
    const request = toRequest(event);
    if (!request.headers.has('X-Request-Id')) request.headers.set('X-Request-Id', context.awsRequestId);
    const response = await app.fetch(request);
    const bytes = Number(response.headers.get('Content-Length'));
    return toResult(bytes > MAX_ANSWER_BYTES ? tooLargeForLambda(response.headers, bytes) : response);
  });
}

/** Said by us, with what to do: Lambda itself would make a bare 502 of it. */
function tooLargeForLambda(headers: Headers, bytes: number): Response {
  const requestId = headers.get('X-Request-Id') ?? '';
  home.log({ level: 'warn', message: 'thumbnail too large for Lambda: answered 400', requestId, bytes });
  const detail =
    `The thumbnail has ${bytes} bytes; Lambda returns at most ${MAX_ANSWER_BYTES}. ` +
    'Ask for a smaller width, or for webp, jpeg or avif instead of png.';
  const allowed = { maxAnswerBytes: MAX_ANSWER_BYTES };
  const problem = new Problem('bad-parameter', detail, { members: { parameter: 'width', allowed } }).toResponse(
    requestId,
  );
  // The common headers of every answer stay.
  for (const [name, value] of headers) {
    if (name !== 'etag' && !problem.headers.has(name)) problem.headers.set(name, value);
  }
  return problem;
}
