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

const home = homeFromEnvironment(process.env, {
  memoryMiB: Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']),
  // Lambda's runtime adds the time, the level and its own request id (log format JSON), and filters by level.
  log: ({ level, ...fields }) => {
    console[level](fields);
  },
});
const app = createApp(home);

/** The service behind a Lambda function URL, invoke mode BUFFERED. */
export async function handler(
  event: LambdaFunctionURLEvent,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> {
  const request = toRequest(event);
  if (!request.headers.has('X-Request-Id')) request.headers.set('X-Request-Id', context.awsRequestId);
  const response = await app.fetch(request);
  const bytes = Number(response.headers.get('Content-Length'));
  return toResult(bytes > MAX_ANSWER_BYTES ? tooLargeForLambda(response, bytes) : response);
}

/** Said by us, with what to do: Lambda itself would turn it into a bare 502. */
function tooLargeForLambda({ headers }: Response, bytes: number): Response {
  const detail =
    `The thumbnail has ${bytes} bytes; Lambda returns at most ${MAX_ANSWER_BYTES}. ` +
    'Ask for a smaller width, or for webp, jpeg or avif instead of png.';
  home.log({ level: 'warn', message: 'answer too large for Lambda', requestId: headers.get('X-Request-Id'), bytes });
  const problem = new Problem('bad-parameter', detail, {
    members: { parameter: 'width', allowed: { maxAnswerBytes: MAX_ANSWER_BYTES } },
  }).toResponse(headers.get('X-Request-Id') ?? '');
  // The common headers of every answer stay.
  for (const [name, value] of headers) {
    if (name !== 'etag' && !problem.headers.has(name)) problem.headers.set(name, value);
  }
  return problem;
}
