import type { Framework, FrameworkName } from '../../packaging/framework-packages';
import { frameworkFunction } from './framework-function';
import { serveFunctionUrl } from './function-url';
import type { FunctionConfiguration, LambdaFunction } from './lambda-function';

/** A function behind its URL on loopback, from `start` to `stop`. */
export interface Served {
  readonly lambda: LambdaFunction;
  readonly url: () => string;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A framework's package behind a function URL, run by AWS's runtime client; or why that can't be done here. */
export function serveFramework(
  framework: Framework & { readonly name: FrameworkName },
  configuration?: Partial<FunctionConfiguration>,
): Served | string {
  let lambda: LambdaFunction;
  try {
    lambda = frameworkFunction(framework, configuration);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  let served: Awaited<ReturnType<typeof serveFunctionUrl>> | undefined;
  return {
    lambda,
    url: () => served?.url ?? 'not started',
    start: async () => {
      served = await serveFunctionUrl(lambda);
    },
    stop: async () => {
      await served?.close();
      await lambda.stop();
    },
  };
}

/** Sends each request when the one before has been answered. */
export function oneAtATime(send: typeof fetch): typeof fetch {
  let last: Promise<unknown> = Promise.resolve();
  return (...request) => {
    // Time to wait for others is not the request's own.
    const answer = last.then(() => send(...request));
    last = answer.catch(() => undefined);
    return answer;
  };
}
