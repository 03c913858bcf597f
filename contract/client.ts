import { z } from 'zod';

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

export type Ask = (path: string, init?: RequestInit) => Promise<Answer>;
export type Body = NonNullable<RequestInit['body']>;

/**
 * Asks a service by path: `ask('/health')`.
 *
 * @param url where the service is, with or without a path of its own
 * @param send in place of `fetch`, e.g. one that signs
 * @param timeoutMs until the whole answer is there
 */
export function client(url: () => string, send: typeof fetch, timeoutMs: number): Ask {
  return async (path, init) => {
    const address = url().replace(/\/$/, '') + path;
    const response = await send(address, { signal: AbortSignal.timeout(timeoutMs), redirect: 'manual', ...init });
    return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
  };
}

export const json = ({ body }: Answer): unknown => JSON.parse(body.toString('utf8'));

const positive = z.int().positive();

/** What `/info` answers, field by field as docs/contract.md has it. */
export const Info = z.object({
  service: z.literal('thumbnails'),
  version: z.stringFormat('semver', /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/),
  option: z.string().regex(/^[a-z][a-z0-9-]{0,40}(\/[a-z0-9][a-z0-9-]{0,40})?$/),
  start: z.enum(['cold', 'warm']),
  startedAt: z.iso.datetime({ offset: true }).regex(/(Z|\+00:00)$/),
  uptimeSeconds: z.number().nonnegative(),
  requests: positive,
  runtime: z.string().regex(/^\S.* \d/),
  framework: z.string().regex(/\S/).optional(),
  architecture: z.enum(['arm64', 'x86_64']),
  cpus: positive,
  memoryMiB: positive,
  limits: z
    .object({
      maxBodyBytes: positive,
      maxPixels: positive,
      minWidth: z.literal(16),
      maxWidth: z.literal(2048),
      maxHeight: z.literal(4096),
      maxSide: z.literal(65_535),
      inputs: z.array(z.string()),
      formats: z.array(z.string()),
    })
    .optional(),
});
export type Info = z.infer<typeof Info>;

const Problem = z.looseObject({
  type: z.string(),
  title: z.string().regex(/\S/),
  status: z.int(),
  detail: z.string().regex(/\S/),
  instance: z.string(),
});

/** RFC 9457, as docs/contract.md has it: expects a problem of that status and name, and gives its members. */
export function expectProblem(answer: Answer, status: number, name: string): z.infer<typeof Problem> {
  const mediaType = answer.headers.get('Content-Type')?.split(';')[0];
  expect({ status: answer.status, mediaType }).toEqual({ status, mediaType: 'application/problem+json' });
  const problem = Problem.parse(json(answer));
  expect(['about:blank', `urn:thumbnails:problem:${name}`]).toContain(problem.type);
  expect(problem.status).toBe(status);
  expect(problem.instance).toBe(answer.headers.get('X-Request-Id'));
  return problem;
}
