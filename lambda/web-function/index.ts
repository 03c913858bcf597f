import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { answerCloudFormation, property, type CustomResource } from '../custom-resource';

// CloudFormation calls it between a new revision of a Web Function and the endpoint that callers use: see
// lib/web-function/first-answer.ts. A revision whose server does not start is Active all the same (Lambda Developer Guide,
// "Troubleshooting Lambda Web Functions"), so that only a request shows it.

/** How long one request may take, in milliseconds: with the waits between them, all fit into the two minutes there are. */
const PATIENCE_MS = 7_000;

/** Answers CloudFormation once the revision has answered; fails where it does not within two minutes. */
export async function handler(event: CloudFormationCustomResourceEvent): Promise<void> {
  await answerCloudFormation(event, firstAnswer, sleep);
}

/** Properties: `Url`, which is asked; `RevisionId`, which answers there; `LogGroup`, where it says what went wrong. */
const firstAnswer: CustomResource = async (request, patiently) => {
  const [url, revision, logGroup] = [
    property(request, 'Url'),
    property(request, 'RevisionId'),
    property(request, 'LogGroup'),
  ];
  const answered = { PhysicalResourceId: revision };
  // CloudFormation goes back to the revision that has answered before: a rollback must not fail.
  if (request.RequestType === 'Update' && request.PhysicalResourceId === revision) return answered;

  const outcome = await patiently(
    () => ask(url),
    ({ status }) => status === 200,
  );
  if (outcome.status === 200) return answered;
  throw new Error(
    `The revision ${revision} does not answer GET /health with 200, but with ${outcome.said}. No caller has ` +
      `met it, and none will. Its log says why: ${logGroup}, lines with platform.initReport.`,
  );
};

/** One signed request. What goes wrong on the way is an outcome too: a new endpoint's name takes a while to be known. */
async function ask(url: string): Promise<{ status: number; said: string }> {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId = '',
    AWS_SECRET_ACCESS_KEY: secretAccessKey = '',
    AWS_SESSION_TOKEN: sessionToken = '',
    AWS_REGION: region = '',
  } = process.env;
  const client = new AwsClient({ accessKeyId, secretAccessKey, sessionToken, region, service: 'lambda' });
  try {
    // The endpoint refuses a request without the hash of its body, even an empty one.
    const headers = { 'X-Amz-Content-SHA256': createHash('sha256').digest('hex') };
    const response = await fetch(await client.sign(url, { headers }), {
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.arrayBuffer();
    const error = response.headers.get('lambda-web-error-type');
    return {
      status: response.status,
      said: error === null ? String(response.status) : `${response.status} (${error})`,
    };
  } catch (error) {
    return { status: 0, said: `no answer (${error instanceof Error ? error.message : String(error)})` };
  }
}
