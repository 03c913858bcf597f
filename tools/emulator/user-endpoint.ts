import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Endpoint, environmentFor } from './environment';

/** Names of this machine: nothing is deployed to another by chance, and its credentials are none. */
const isLoopback = (hostname: string): boolean => /^(127(\.\d+){3}|\[::1\]|localhost|.+\.localhost)$/.test(hostname);

/** The endpoint that a person has set for the AWS SDK, in place of an emulator of ours. */
export function userEndpoint(): string | undefined {
  const url = process.env['AWS_ENDPOINT_URL'];
  return url === '' ? undefined : url;
}

/** Why that endpoint is not taken; undefined where it is. */
export function whyNotTaken(url: string): string | undefined {
  const isAddress = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  if (isAddress && isLoopback(new URL(url).hostname)) return undefined;
  return (
    `AWS_ENDPOINT_URL is ${JSON.stringify(url)}: the sandbox deploys only to an emulator on this machine, such as ` +
    'http://127.0.0.1:4566. Set it to one, or unset it for an emulator of the sandbox: unset AWS_ENDPOINT_URL'
  );
}

/** An emulator that a person runs: it is called with credentials that are none, and stays when the sandbox ends. */
export function takeEndpoint(url: string, parent: string): Endpoint & { readonly release: () => void } {
  const folder = mkdtempSync(path.join(parent, 'endpoint-'));
  return {
    url: url.replace(/\/$/, ''),
    environment: {
      ...environmentFor(url, folder),
      ...(process.env['AWS_CA_BUNDLE'] && { AWS_CA_BUNDLE: process.env['AWS_CA_BUNDLE'] }),
      ...(process.env['NODE_EXTRA_CA_CERTS'] && { NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'] }),
    },
    release: () => rmSync(folder, { recursive: true, force: true }),
  };
}
