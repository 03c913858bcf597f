import { AwsClient } from 'aws4fetch';

/**
 * A `fetch` that signs (SigV4), for a function URL of auth type AWS_IAM; service and region are told by the host's name.
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
  return async (input, init) =>
    fetch(await aws.sign(input, init), { signal: init?.signal ?? null, redirect: 'manual' });
}
