// What differs where Lambda runs the image as a function, behind the Lambda Web Adapter. Source: Lambda Developer Guide,
// "Defined runtime environment variables"; README of the adapter, "Lambda Context".

/** What the server must know of a function that it runs in. */
export interface FunctionFacts {
  /** Memory of the function, in MiB: no control group shows it. */
  readonly memoryMiB: number;
}

/** Undefined where the server does not run in a function: a Web Function has no such name either. */
export function functionFacts(env: NodeJS.ProcessEnv): FunctionFacts | undefined {
  if (env['AWS_LAMBDA_FUNCTION_NAME'] === undefined) return undefined;
  return { memoryMiB: Number(env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']) };
}

/** Gives a request the id of its invocation, by which Lambda's own lines of the log and its traces go, unless it has one. */
export function nameAfterInvocation({ headers }: Request): void {
  if (headers.has('X-Request-Id')) return;
  const id = /"request_id":"([\w-]+)"/.exec(headers.get('X-Amzn-Lambda-Context') ?? '')?.[1];
  if (id !== undefined) headers.set('X-Request-Id', id);
}
