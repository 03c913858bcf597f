import { client } from './client';
import { promiseCommonPart } from './common-part';
import { promiseFreshStart } from './fresh-start';
import { promiseServicePart } from './service-part';
import { promiseThumbnails } from './thumbnails-part';

/** What of docs/contract.md a service promises, and what stands before it. */
export interface ContractOptions {
  /** `sample` where the service itself does not answer, but a sample in another language or framework. Default: service. */
  readonly kind?: 'service' | 'sample';
  /** Whether it is held to the thumbnails' part. Default: it is. */
  readonly thumbnails?: boolean;
  /**
   * `lambda` where Lambda's own front end reads each request first ("On Lambda" in the contract), `web-function` where the
   * endpoint of a Web Function hands on whole requests only. Default: nothing does.
   */
  readonly behind?: 'lambda' | 'web-function';
  /** Whether it has had no request yet: then the answers to its first requests are checked too. Default: it has. */
  readonly fresh?: boolean;
  /** In place of `fetch`, e.g. one that signs, or an app in this very process. */
  readonly send?: typeof fetch;
  /** How long an answer may take. Default: 10,000. */
  readonly timeoutMs?: number;
}

/**
 * Registers tests that hold a service to docs/contract.md.
 *
 * @param url where it answers; asked when the tests run
 */
export function describeContract(name: string, url: () => string, options: ContractOptions = {}): void {
  const { kind = 'service', thumbnails = true, behind, fresh = false, send = fetch, timeoutMs = 10_000 } = options;
  const ask = client(url, send, timeoutMs);
  const wire = behind === undefined && send === fetch ? { timeoutMs } : undefined;
  jest.setTimeout(3 * timeoutMs);

  describe(`${name} keeps the contract`, () => {
    // First: nothing else may have been asked before.
    if (fresh) describe('from its first request on', () => promiseFreshStart(ask, behind));
    describe('of every service', () => promiseCommonPart(ask));
    if (thumbnails) describe('of thumbnails', () => promiseThumbnails(ask, url, { behind, wire }));
    if (kind === 'service') describe('of the service itself', () => promiseServicePart(ask));
  });
}
