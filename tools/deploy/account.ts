import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/** Whose account it is, as STS says. */
export interface Identity {
  readonly account: string;
  /** The role or user, as an ARN. */
  readonly caller: string;
}

/** Where and as whom the SDK's clients call. */
export interface Where {
  readonly region: string;
}

/** The region that a command is for: the app's option, or what the AWS CLI and the CDK CLI read. */
export async function regionFrom(option: string | undefined, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const named = option ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  if (named !== undefined && named !== '') return named;
  try {
    return await new STSClient({}).config.region(); // of the profile
  } catch {
    return undefined;
  }
}

/**
 * Asks STS as whom this machine calls AWS.
 *
 * @throws CredentialsError with what is wrong, and what to do
 */
export async function identify(where: Where, interrupted: AbortSignal): Promise<Identity> {
  try {
    const answer = await new STSClient(where).send(new GetCallerIdentityCommand(), { abortSignal: interrupted });
    return { account: answer.Account ?? '', caller: answer.Arn ?? '' };
  } catch (error) {
    interrupted.throwIfAborted();
    throw new CredentialsError(inWords(error as Error));
  }
}

/** As whom this machine calls AWS; and what is wrong with that, where something is. */
export type Caller =
  | { readonly identity: Identity; readonly problem?: undefined }
  | { readonly identity?: Identity; readonly problem: string };

/** Asks as whom this machine calls AWS, and whether the options allow that account. */
export async function callerOf(where: Where, allowed: readonly string[], interrupted: AbortSignal): Promise<Caller> {
  try {
    const identity = await identify(where, interrupted);
    const problem = wrongAccount(identity, allowed);
    return problem === undefined ? { identity } : { identity, problem };
  } catch (error) {
    if (error instanceof CredentialsError) return { problem: error.message };
    throw error;
  }
}

/** AWS was not asked, or did not take who asked. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}

const SIGN_IN = 'sign in (aws sso login, with AWS_PROFILE in the environment), or run aws configure';

function inWords({ name, message }: Error): string {
  if (name === 'CredentialsProviderError')
    return `credentials = none: allowed are those of a profile, of the environment or of a role; ${SIGN_IN}. Without an account: npm run sandbox`;
  if (/^(ExpiredToken|ExpiredTokenException|RequestExpired)$/.test(name))
    return `credentials = expired: ${message}; ${SIGN_IN} again`;
  if (/^(InvalidClientTokenId|SignatureDoesNotMatch|AccessDenied|UnrecognizedClientException)$/.test(name))
    return `credentials = refused by STS (${name}: ${message}): allowed are valid ones of an account that has the region enabled; ${SIGN_IN}`;
  return `credentials = not checked, since STS did not answer (${name}: ${message}); look at the network, the region and AWS_ENDPOINT_URL`;
}

/** That the account is none of those that the options allow; nothing where it is, or where they name none. */
export function wrongAccount({ account, caller }: Identity, allowed: readonly string[]): string | undefined {
  if (allowed.length === 0 || allowed.includes(account)) return undefined;
  return `account = ${account}, as ${caller}: deploy.accounts allows ${allowed.join(', ')} only; take the credentials of such an account, or add this one to deploy.accounts in cdk.json`;
}
