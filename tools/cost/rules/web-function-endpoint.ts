import type { Rule } from '../rule';
import { transferOut } from '../transfer';

/** The HTTPS endpoint of a Lambda Web Function: free; what goes out of it to the internet is not. */
export const webFunctionEndpoint: Rule = {
  type: 'AWS::Lambda::WebFunctionEndpoint',
  billed: (_, { template, load }) => transferOut(template, load),
};
