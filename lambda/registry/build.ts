import { AwsClient } from 'aws4fetch';
import type { Patiently, Wait } from '../patience';

/** A build to run: a project of CodeBuild that pushes the image. */
export interface BuildRequest {
  /** Name of the project. */
  readonly project: string;
  /** Such as `amazonaws.com`. */
  readonly dnsSuffix: string;
  /** The same build is started once for it. */
  readonly token: string;
}

/** The part that is read here of what CodeBuild says of a build (API Reference, "Build"). */
interface Build {
  readonly id: string;
  readonly buildStatus: string;
  readonly phases?: readonly { readonly contexts?: readonly { readonly message?: string }[] }[];
  readonly logs?: { readonly deepLink?: string };
}

const POLL_MS = 5_000;

/**
 * Runs a project of CodeBuild and waits until the build ends. A build that ends before its first command, for want of
 * capacity say, is seen here too: nothing in the build has to answer.
 *
 * @throws Error with the reason and the address of the log where the build does not succeed
 */
export async function build(
  { project, dnsSuffix, token }: BuildRequest,
  patiently: Patiently,
  wait: Wait,
): Promise<void> {
  const call = codeBuild(dnsSuffix);
  const started = await patiently(() => call('StartBuild', { projectName: project, idempotencyToken: token }));
  let { build } = started as { build: Build };
  console.log(`started ${build.id}`);
  while (build.buildStatus === 'IN_PROGRESS') {
    await wait(POLL_MS);
    const { builds } = (await patiently(() => call('BatchGetBuilds', { ids: [build.id] }))) as { builds: Build[] };
    const [found] = builds;
    if (found === undefined) throw new Error(`CodeBuild no longer knows the build ${build.id}. Deploy again.`);
    build = found;
  }
  if (build.buildStatus === 'SUCCEEDED') return;
  const messages = build.phases?.flatMap(({ contexts = [] }) => contexts.flatMap(({ message }) => message ?? [])) ?? [];
  const why = messages.filter((message) => message !== '').join(' ');
  throw new Error(`The build ${build.id} ended as ${build.buildStatus}. ${why} Its log: ${build.logs?.deepLink ?? ''}`);
}

/** Calls CodeBuild by its JSON protocol: two actions, for which a client of the SDK would be one more dependency. */
function codeBuild(dnsSuffix: string): (action: string, body: object) => Promise<unknown> {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId = '',
    AWS_SECRET_ACCESS_KEY: secretAccessKey = '',
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: region = '',
    AWS_ENDPOINT_URL: endpoint = `https://codebuild.${region}.${dnsSuffix}`,
  } = process.env;
  const session = sessionToken === undefined ? {} : { sessionToken };
  const client = new AwsClient({ accessKeyId, secretAccessKey, ...session, region, service: 'codebuild' });
  return async (action, body) => {
    const headers = {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': `CodeBuild_20161006.${action}`,
    };
    const response = await client.fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(body) });
    const answer = (await response.json()) as { readonly __type?: string; readonly message?: string };
    if (response.ok) return answer;
    const [, name = ''] = /(\w+)$/.exec(answer.__type ?? '') ?? [];
    throw Object.assign(new Error(messageOf(name, answer.message ?? String(response.status))), { name });
  };
}

/** Says what to do about the limit that new accounts have. */
const messageOf = (name: string, message: string): string =>
  name === 'AccountLimitExceededException'
    ? `${message}. A new account may have no build at once: ask AWS Support for one, or deploy with -c registry.build=local.`
    : message;
