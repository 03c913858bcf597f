import { billedProvisioned } from '../provisioned-usage';
import type { Rule } from '../rule';

/** https://aws.amazon.com/lambda/pricing/: free but for the provisioned concurrency on it, billed by the hour. */
export const lambdaAlias: Rule = {
  type: 'AWS::Lambda::Alias',
  billed: (alias, { template, load }) => billedProvisioned(alias, template, load),
};
