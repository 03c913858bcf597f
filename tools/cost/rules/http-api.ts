import { share } from '../fronts';
import type { Rule } from '../rule';
import { transferOut } from '../transfer';

/** https://aws.amazon.com/api-gateway/pricing/: an HTTP API by the request, in steps of 512 kB. */
export const httpApi: Rule = {
  type: 'AWS::ApiGatewayV2::Api',
  billed(_, { template, load }) {
    const steps = Math.max(1, Math.ceil(Math.max(load.kbIn, load.kbOut) / 512));
    return [
      { what: 'requests of the HTTP API', quantity: share(template, load).requests * steps, price: 'api.http' },
      ...transferOut(template, load),
    ];
  },
};
