import { AsyncLocalStorage } from 'node:async_hooks';
import type { APIGatewayProxyStructuredResultV2, Context, LambdaFunctionURLEvent } from 'aws-lambda';
import { createApp } from '../service/app';
import { platformFromEnvironment } from '../service/platform';
import { withinLambda } from './answer-limit';
import { toRequest, toResult } from './function-url';

/** The invocation under way: its id is what Lambda's own log lines and traces go by. */
const invocation = new AsyncLocalStorage<{ readonly id: string; readonly isFirst: boolean }>();

/** Of all, the pings that keep an environment warm and what is no HTTP request included. */
let invocations = 0;

// Lambda Developer Guide, "Defined runtime environment variables": provisioned-concurrency where no caller waited for it.
export const isInitialisedAhead = (process.env['AWS_LAMBDA_INITIALIZATION_TYPE'] ?? 'on-demand') !== 'on-demand';

const platform = platformFromEnvironment(process.env, {
  memoryMiB: Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']),
  // The fields that the other compute options log, not nested as `console` would have them. Lambda takes a line of JSON as it is,
  // and filters by its level if it has a timestamp (Lambda Developer Guide, "Configuring JSON and plain text log formats").
  log: (entry) => {
    const line = { timestamp: new Date().toISOString(), ...entry, awsRequestId: invocation.getStore()?.id };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  },
  isWarm: () => isInitialisedAhead || invocation.getStore()?.isFirst === false,
});
const app = createApp(platform);

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
    return toResult(withinLambda(await app.fetch(request), platform));
  });
}
