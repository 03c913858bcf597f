import fc from 'fast-check';
import { uploadsIn } from '../../lambda/upload';
import { announcement, readAddress } from '../../tools/bulk';
import { anyText } from '../unicode';

test.each([
  ['s3://pictures/uploads/', 'pictures', 'uploads/'],
  ['s3://my.pictures-1/uploads/a b/ü', 'my.pictures-1', 'uploads/a b/ü'],
  ['s3://pictures', 'pictures', ''],
])('%s is bucket and prefix', (address, bucket, prefix) => {
  expect(readAddress([address])).toEqual({ bucket, prefix });
});

test.each([
  [[]],
  [['pictures/uploads']],
  [['s3://']],
  [['s3://UPPER/x']],
  [['https://pictures/x']],
  [['s3://one/', 's3://two/']],
])('%j is refused with how it is used', (positionals) => {
  expect(() => readAddress(positionals)).toThrow(/is no s3:\/\/bucket\/prefix\.\n\nPuts every picture/);
});

test('the pipeline reads from its messages just what was found, whatever it is called', () => {
  const pictures = fc.record({
    key: anyText({ minLength: 1 }).map((name) => `uploads/${name}`),
    versionId: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    eTag: fc.string({ minLength: 1 }),
    size: fc.nat(),
  });
  fc.assert(
    fc.property(pictures, (picture) => {
      const { key, versionId = '', eTag, size } = picture;
      expect(uploadsIn(announcement('pictures', picture))).toEqual([
        expect.objectContaining({ bucket: 'pictures', key, version: versionId, eTag, size }),
      ]);
    }),
  );
});
