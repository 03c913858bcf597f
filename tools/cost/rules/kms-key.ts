import type { Rule } from '../rule';

/** https://aws.amazon.com/kms/pricing/: by the key and month; a rotated key's earlier versions are more. */
export const kmsKey: Rule = {
  type: 'AWS::KMS::Key',
  billed: () => [{ what: 'key', quantity: 1, price: 'kms.key' }],
};
