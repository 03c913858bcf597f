import { cost, lines } from '../priced';

test('a queue that a bucket notifies gets a request for each upload', () => {
  const bucket = {
    Type: 'AWS::S3::Bucket',
    Properties: { NotificationConfiguration: { QueueConfigurations: [{ Queue: { 'Fn::GetAtt': ['It', 'Arn'] } }] } },
  };
  // 5 million x 0.40 a million = 2.00
  expect(lines('It', { It: { Type: 'AWS::SQS::Queue' }, Bucket: bucket }, { uploads: 5e6 })).toEqual({
    'messages sent': 2,
  });
});

test('any other is free', () => {
  expect(cost({ It: { Type: 'AWS::SQS::Queue' } }, { uploads: 5e6 }).free.get('AWS::SQS::Queue')).toBe(1);
});
