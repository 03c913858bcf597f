import { HOURS } from '../load';
import type { Rule } from '../rule';
import { list, text } from '../template';

/** https://aws.amazon.com/privatelink/pricing/: interface endpoints by the hour and zone; gateway endpoints are free. */
export const vpcEndpoint: Rule = {
  type: 'AWS::EC2::VPCEndpoint',
  billed(endpoint) {
    if ((text(endpoint, 'VpcEndpointType') ?? 'Gateway') === 'Gateway') return [];
    const zones = Math.max(1, list(endpoint, 'SubnetIds').length);
    return [{ what: 'interface endpoint, each zone', quantity: zones * HOURS, price: 'endpoint.hour' }];
  },
};
