import { cost, lines } from '../priced';

const queue = { Type: 'AWS::SQS::Queue' };
const mapping = {
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] } },
};

test('polling an empty queue is billed, and each message that comes', () => {
  // five pollers, one request each 20 s: 657,000 a month x 0.40 a million = 0.263; 2 x a million = 0.80
  expect(lines('It', { Queue: queue, It: mapping }, { uploads: 1e6 })).toEqual({
    'polling of the queue': 0.26,
    'messages received and deleted': 0.8,
  });
});

test('the free tier covers the polling of one queue', () => {
  expect(lines('It', { Queue: queue, It: mapping }, {}, { freeTier: true })).toMatchObject({
    'polling of the queue': 0,
  });
});

test('another source is named as not priced', () => {
  expect(cost({ It: mapping }).gaps[0]?.why).toContain('it is no queue of this template');
});
