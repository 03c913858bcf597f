import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { CREDENTIALS, EMULATED_REGION, type Endpoint } from './environment';

/** What a client of the AWS SDK needs to call an endpoint: `new S3Client({ ...clientSettings(endpoint), … })`. */
export const clientSettings = (
  { url, certificate }: Pick<Endpoint, 'url' | 'certificate'>,
  /** Connections at once. */
  maxSockets = 50,
): {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: typeof CREDENTIALS;
  readonly requestHandler?: { readonly httpsAgent: Agent };
} => ({
  endpoint: url,
  region: EMULATED_REGION,
  credentials: CREDENTIALS,
  ...(certificate !== undefined && {
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(certificate), maxSockets }) },
  }),
});
