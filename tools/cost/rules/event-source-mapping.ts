import { SECONDS } from '../load';
import type { Rule } from '../rule';
import { property } from '../template';

/** Lambda begins with five pollers, each waiting 20 s for messages (Lambda Developer Guide, "Using Lambda with SQS"). */
const POLLERS = 5;
const WAIT_SECONDS = 20;

/** https://aws.amazon.com/sqs/pricing/: the pollers' requests are the account's, messages or not. */
export const eventSourceMapping: Rule = {
  type: 'AWS::Lambda::EventSourceMapping',
  billed(mapping, { template, load }) {
    const queue = template.referredBy(property(mapping, 'EventSourceArn'), 'AWS::SQS::Queue');
    if (queue === undefined) return [{ what: 'reading of the event source', why: 'it is no queue of this template' }];
    return [
      { what: 'polling of the queue', quantity: (POLLERS * SECONDS) / WAIT_SECONDS, price: 'sqs.request' },
      // Received and deleted, one at a time: the most that it can be.
      { what: 'messages received and deleted', quantity: 2 * load.uploads, price: 'sqs.request' },
    ];
  },
};
