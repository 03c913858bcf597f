import type { Rule } from '../rule';

/** https://aws.amazon.com/sqs/pricing/: a queue is free; a notification of each upload is a request. */
export const sqsQueue: Rule = {
  type: 'AWS::SQS::Queue',
  billed(queue, { template, load }) {
    const notified = template.referringTo(queue.id, 'AWS::S3::Bucket').length > 0;
    return notified ? [{ what: 'messages sent', quantity: load.uploads, price: 'sqs.request' }] : [];
  },
};
