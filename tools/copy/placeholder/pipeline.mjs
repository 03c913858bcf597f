// Put your function in the place of this one: it handles messages of the queue. This one reports each of them as failed,
// so that none is lost: SQS keeps them, and moves them to the dead-letter queue after five tries.
export const handler = async ({ Records }) => ({
  batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })),
});
