import { fronts } from '../fronts';
import type { Rule } from '../rule';
import { transferOut } from '../transfer';

/** The HTTPS endpoint of a Lambda Web Function: free; what goes out of it to the internet is not. */
export const webFunctionEndpoint: Rule = {
  type: 'AWS::Lambda::WebFunctionEndpoint',
  billed: ({ id }, { template, load }) =>
    fronts(template).some((front) => front.id === id) ? transferOut(template, load) : [],
};
