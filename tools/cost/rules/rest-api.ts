import { share } from '../fronts';
import type { Rule } from '../rule';
import { transferOut } from '../transfer';

/** https://aws.amazon.com/api-gateway/pricing/: a REST API by the request. */
export const restApi: Rule = {
  type: 'AWS::ApiGateway::RestApi',
  billed: (_, { template, load }) => [
    { what: 'requests of the REST API', quantity: share(template, load).requests, price: 'api.rest' },
    ...transferOut(template, load),
  ],
};
