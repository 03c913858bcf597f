import { billedProvisioned } from '../provisioned-usage';
import type { Rule } from '../rule';

/** https://aws.amazon.com/lambda/pricing/: free but for the provisioned concurrency on it, billed by the hour. */
export const lambdaVersion: Rule = {
  type: 'AWS::Lambda::Version',
  billed: (version, { template, load }) => billedProvisioned(version, template, load),
};
