import { cost, lines } from '../priced';

test('a bucket of uploads is billed by its requests, and by the pictures and thumbnails of a month', () => {
  const resources = {
    It: { Type: 'AWS::S3::Bucket', Properties: { NotificationConfiguration: {} } },
    Fn: {
      Type: 'AWS::Lambda::Function',
      Properties: { Environment: { Variables: { BUCKET: { Ref: 'It' }, THUMBNAIL_WIDTHS: '160,320,640' } } },
    },
  };
  // a million x (1 + 3) puts x 0.005 a thousand = 20.00; a million gets x 0.0004 a thousand = 0.40;
  // a million x (300 + 3 x 20) kB = 360 GB x 0.023 = 8.28
  expect(lines('It', resources, { uploads: 1e6 })).toEqual({
    'pictures put': 20,
    'pictures got': 0.4,
    "a month's pictures": 8.28,
  });
});

test('an empty bucket is free', () => {
  expect(cost({ It: { Type: 'AWS::S3::Bucket' } }, { uploads: 1e6 }).free.get('AWS::S3::Bucket')).toBe(1);
});
