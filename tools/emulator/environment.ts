import path from 'node:path';

/** An endpoint that answers in the place of AWS, on this machine. */
export interface Endpoint {
  /** Such as `https://127.0.0.1:4566`. */
  readonly url: string;
  /** Path of the certificate that its callers trust; none where it speaks plain HTTP or has a public one. */
  readonly certificate?: string | undefined;
  /**
   * Where it serves function URLs by path, before the id of one: for an endpoint that keeps some paths for itself, such as
   * `/health`, also under the host names of functions.
   */
  readonly functionsBelow?: string | undefined;
  /** What the CDK CLI and the AWS SDK need to call it, and no other endpoint. */
  readonly environment: Readonly<Record<string, string>>;
}

export const EMULATED_REGION = 'eu-central-1';
/** No emulator asks for others, and a person's own have no place in one. */
export const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/**
 * What programs need in order to call an endpoint.
 *
 * @param folder for what the CDK CLI keeps: it remembers accounts by access key
 */
export const environmentFor = (
  url: string,
  folder: string,
  certificate?: string,
): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  AWS_REGION: EMULATED_REGION,
  AWS_DEFAULT_REGION: EMULATED_REGION,
  AWS_EC2_METADATA_DISABLED: 'true',
  // Files that are not there: a profile of a person may name another endpoint.
  AWS_CONFIG_FILE: path.join(folder, 'no-config'),
  AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'no-credentials'),
  ...(certificate !== undefined && { AWS_CA_BUNDLE: certificate, NODE_EXTRA_CA_CERTS: certificate }),
  CDK_HOME: path.join(folder, 'cdk'),
});

/** This process's environment without what it says of AWS: of an account, a profile, or an endpoint of one service. */
export const withoutAws = (env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_')));
