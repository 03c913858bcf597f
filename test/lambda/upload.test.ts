import fc from 'fast-check';
import { encodeKey, Refusal, thumbnailKey, uploadsIn } from '../../lambda/upload';
import { anyText } from '../unicode';

/** As S3 sends it: AWS's own example (S3 User Guide, "Event message structure"), with another key. */
const announcement = (key: string, object: Record<string, unknown> = {}, eventName = 'ObjectCreated:Put') => ({
  eventVersion: '2.2',
  eventSource: 'aws:s3',
  awsRegion: 'us-west-2',
  eventTime: '1970-01-01T00:00:00.000Z',
  eventName,
  s3: {
    s3SchemaVersion: '1.0',
    configurationId: 'testConfigRule',
    bucket: { name: 'pictures', arn: 'arn:aws:s3:::pictures' },
    object: {
      key,
      size: 1024,
      eTag: 'd41d8cd98f00b204e9800998ecf8427e',
      versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko',
      sequencer: '0055AED6DCD90281E5',
      ...object,
    },
  },
});
const message = (...Records: unknown[]): string => JSON.stringify({ Records });
const keysIn = (text: string): string[] => uploadsIn(text).map(({ key }) => key);

function refusal(work: () => unknown): Refusal {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('an announcement says which version of which object it is about', () => {
  const record = announcement('uploads/cat.jpg');
  expect(uploadsIn(message(record))).toEqual([
    {
      bucket: 'pictures',
      key: 'uploads/cat.jpg',
      version: '096fKKXTRTtl3on89fVO.nfljtsv6qko',
      eTag: 'd41d8cd98f00b204e9800998ecf8427e',
      size: 1024,
      record,
    },
  ]);
});

test('without versions, its sequencer tells one upload under a key from the next', () => {
  const [upload] = uploadsIn(message(announcement('uploads/cat.jpg', { versionId: undefined })));
  expect(upload?.version).toBe('0055AED6DCD90281E5');
});

test('npm run bulk may say that its thumbnails are wanted again', () => {
  const again = '2026-11-25T08:00:00.000Z';
  expect(uploadsIn(message({ ...announcement('uploads/cat.jpg'), again }))).toMatchObject([{ again }]);
  expect(uploadsIn(message({ ...announcement('uploads/cat.jpg'), again: 1 }))[0]).not.toHaveProperty('again');
});

test.each([
  ['uploads/red+flower.jpg', 'uploads/red flower.jpg'],
  ['uploads/1%2B1.jpg', 'uploads/1+1.jpg'],
  ['uploads/%ED%95%9C%EA%B5%AD.jpg', 'uploads/한국.jpg'],
  ['uploads/100%25.jpg', 'uploads/100%.jpg'],
  ['uploads/%2F%2E%2E%2Fa.jpg', 'uploads//../a.jpg'],
  ['uploads/a%0Ab.jpg', 'uploads/a\nb.jpg'],
])('the key %s is %j', (encoded, key) => {
  expect(keysIn(message(announcement(encoded)))).toEqual([key]);
});

test('any key of any Unicode is the same after S3 has encoded it', () => {
  fc.assert(
    fc.property(anyText({ minLength: 1 }), (key) => {
      expect(keysIn(message(announcement(encodeKey(key))))).toEqual([key]);
    }),
  );
});

test('a message may announce several uploads, and what is no upload is passed over', () => {
  const text = message(
    announcement('uploads/one.jpg'),
    announcement('uploads/two.jpg', {}, 'ObjectRemoved:Delete'),
    announcement('uploads/three.jpg', {}, 'ObjectCreated:CompleteMultipartUpload'),
  );
  expect(keysIn(text)).toEqual(['uploads/one.jpg', 'uploads/three.jpg']);
});

test('the test that S3 sends when the notification is set up announces nothing', () => {
  const test = { Service: 'Amazon S3', Event: 's3:TestEvent', Time: '2014-10-13T15:57:02.089Z', Bucket: 'pictures' };
  expect(uploadsIn(JSON.stringify(test))).toEqual([]);
});

test.each([
  ['no JSON', 'hello'],
  ['no JSON object', '"hello"'],
  ['no JSON object', 'null'],
  ['no Records', '{}'],
  ['no Records', '{"Records":1}'],
  ['a record has no s3.bucket.name', '{"Records":[{}]}'],
  ['a record has no s3.bucket.name', '{"Records":[null]}'.replace('null', '{"s3":null}')],
  ['a record has no s3.bucket.name', message(announcement('uploads/a.jpg', { size: -1 }))],
  ['a record has no s3.bucket.name', message(announcement('uploads/a.jpg', { eTag: undefined }))],
  ['is not URL-encoded', message(announcement('uploads/100%.jpg'))],
])('a message that has %s is refused for what it is: %s', (fact, text) => {
  const { reason, message: detail } = refusal(() => uploadsIn(text));
  expect(reason).toBe('unreadable-message');
  expect(detail).toContain(fact);
  expect(detail).toContain(JSON.stringify(text.slice(0, 80)));
});

test('whatever the queue brings is read or refused, never a crash', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.string(),
        fc.json().map((json) => `{"Records":[${json}]}`),
      ),
      (text) => {
        try {
          expect(Array.isArray(uploadsIn(text))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      },
    ),
  );
});

test('a thumbnail lies below thumbnails/, under the whole key of its picture and its width', () => {
  expect(thumbnailKey('uploads/holiday/cat.jpg', 320, 'webp')).toBe('thumbnails/holiday/cat.jpg/320.webp');
});

test('a key whose thumbnails would have too long a key is refused, with how long it may be', () => {
  const longest = `uploads/${'ä'.repeat(502)}`;
  expect(Buffer.byteLength(thumbnailKey(longest, 320, 'webp'))).toBe(1024);
  const { reason, message: detail } = refusal(() => thumbnailKey(`${longest}b`, 320, 'webp'));
  expect(reason).toBe('key-too-long');
  expect(detail).toContain(`at most ${Buffer.byteLength(longest)} bytes`);
});
