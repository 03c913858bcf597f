import type { Rule } from '../rule';

/** https://aws.amazon.com/secrets-manager/pricing/: by the secret and month. */
export const secret: Rule = {
  type: 'AWS::SecretsManager::Secret',
  billed: () => [{ what: 'secret', quantity: 1, price: 'secret' }],
};
