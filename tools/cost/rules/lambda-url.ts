import type { Rule } from '../rule';
import { transferOut } from '../transfer';

/** https://aws.amazon.com/lambda/pricing/: a function URL is free; what goes out of it to the internet is not. */
export const lambdaUrl: Rule = {
  type: 'AWS::Lambda::Url',
  billed: (_, { template, load }) => transferOut(template, load),
};
