import { createHash } from 'node:crypto';
import { AwsClient } from 'aws4fetch';

/** The address of a Web Function's endpoint, and in it the region: a name that aws4fetch does not know. */
const WEB_FUNCTION = /\.lambda-web\.([a-z0-9-]+)\.on\.aws$/;

/**
 * A `fetch` that signs (SigV4), for a function URL of auth type AWS_IAM or the endpoint of a Web Function of auth type
 * IamAuth; the host's name says service and region.
 *
 * @throws Error where the environment holds no credentials
 */
export function signingFetch(env: NodeJS.ProcessEnv): typeof fetch {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Error(
      'To sign, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set (and AWS_SESSION_TOKEN for a role). ' +
        'Run: eval "$(aws configure export-credentials --format env)"',
    );
  }
  const aws = new AwsClient({ accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) });
  return async (input, init) => {
    const request = new Request(input, init);
    const region = WEB_FUNCTION.exec(new URL(request.url).hostname)?.[1];
    const signed = region === undefined ? aws.sign(input, init) : signForWebFunction(aws, request, region);
    return fetch(await signed, { signal: init?.signal ?? null, redirect: 'manual' });
  };
}

/** Lambda wants the hash of the body there, even of an empty one. */
async function signForWebFunction(aws: AwsClient, request: Request, region: string): Promise<Request> {
  const body = new Uint8Array(await request.arrayBuffer());
  const headers = new Headers(request.headers);
  headers.set('X-Amz-Content-SHA256', createHash('sha256').update(body).digest('hex'));
  return aws.sign(request.url, {
    method: request.method,
    headers,
    ...(body.length > 0 && { body }),
    aws: { service: 'lambda', region },
  });
}
