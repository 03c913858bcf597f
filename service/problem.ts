/** Each problem's name, its status and its title; docs/contract.md says when. */
const problems = {
  'bad-parameter': [400, 'A parameter is wrong'],
  'bad-request': [400, 'The request is malformed'],
  'empty-body': [400, 'There is no picture in the body'],
  'caller-gone': [400, 'The caller left before it was answered'],
  'not-found': [404, 'There is nothing at this path'],
  'method-not-allowed': [405, 'This path does not answer that method'],
  'request-timeout': [408, 'The request took too long to arrive'],
  'too-large': [413, 'The body is too large'],
  'expectation-failed': [417, 'The server cannot do what Expect asks for'],
  'unsupported-image': [415, 'This is no supported picture format'],
  'broken-image': [422, 'The picture is broken'],
  'too-many-pixels': [422, 'The picture has too many pixels'],
  'header-too-large': [431, 'The head of the request is too large'],
  internal: [500, 'The service failed'],
  busy: [503, 'The service is busy'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemName = keyof typeof problems;

/** An error whose message the caller may see: RFC 9457 problem details. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;

  /**
   * @param problem which problem; its status and title follow
   * @param detail what was wrong, with the value, and what is allowed
   * @param members further members of the problem's JSON object
   * @param headers further headers of the answer
   */
  constructor(
    readonly problem: ProblemName,
    detail: string,
    readonly extra: {
      readonly members?: Readonly<Record<string, unknown>>;
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: extra.cause });
    this.status = problems[problem][0];
  }

  /** The problem as an answer to the request of that id. */
  toResponse(requestId: string): Response {
    const [status, title] = problems[this.problem];
    const body = Buffer.from(
      JSON.stringify({
        type: `urn:thumbnails:problem:${this.problem}`,
        title,
        status,
        detail: this.message,
        instance: requestId,
        ...this.extra.members,
      }),
    );
    return new Response(body, {
      status,
      headers: {
        'Content-Type': 'application/problem+json',
        'Content-Length': String(body.byteLength),
        'Cache-Control': 'no-store',
        ...this.extra.headers,
      },
    });
  }
}
