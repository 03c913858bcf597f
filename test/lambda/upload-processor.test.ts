import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import sharp from 'sharp';
import type { Current, OpenPicture, Pictures } from '../../lambda/picture-bucket';
import { Refusal, type Upload } from '../../lambda/upload';
import { createUploadProcessor, PutOff, type Once } from '../../lambda/upload-processor';
import { Gate } from '../../service/gate';
import { Problem } from '../../service/problem';
import { createThumbnailsMaker, type Thumbnail, type ThumbnailsMaker } from '../../service/thumbnail';

const photograph = (name: string): Buffer =>
  readFileSync(path.join(__dirname, '..', '..', 'contract', 'photographs', name));
const cat = photograph('cat.jpg');
const MAX_BYTES = 4 * 2 ** 20;
const limits = { maxBodyBytes: MAX_BYTES, maxPixels: 50_000_000 };
const realThumbnails = createThumbnailsMaker({ limits, cpus: 2, memoryMiB: 1024 });

/** Names the bytes that it was made of, so that a test sees whose thumbnail it is. */
const traceable: ThumbnailsMaker = (image, { widths, format }) =>
  Promise.resolve(
    widths.map((width) => ({
      bytes: Buffer.from(`${width} of ${Buffer.from(image.subarray(-1)).toString()}`),
      mediaType: `image/${format}`,
      width,
      height: width,
    })),
  );

/** A small JPEG, as far as its beginning tells, that ends in this letter. */
const jpeg = (letter: string): Buffer => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.from(letter)]);

interface StoredObject extends Current {
  readonly bytes: Uint8Array;
}

/** A bucket that keeps versions, in memory; what happens between two of its steps, a test may say. */
class Bucket implements Pictures {
  readonly thumbnails = new Map<string, Thumbnail>();
  readonly writes: string[] = [];
  readonly opened: string[] = [];
  bytesRead = 0;
  beforePut: (key: string) => void = () => undefined;
  private readonly objects = new Map<string, StoredObject>();
  private uploads = 0;

  constructor(private readonly isVersioned = true) {}

  upload(key: string, bytes: Uint8Array, eTag = `etag of ${String(this.uploads)}`): Upload {
    const version = this.isVersioned ? `version ${String((this.uploads += 1))}` : '';
    const object = { isVersioned: this.isVersioned, version, eTag, size: bytes.length, bytes };
    this.objects.set(key, object);
    return { bucket: 'pictures', key, version, eTag, size: bytes.length, record: {} };
  }

  remove(key: string): void {
    this.objects.delete(key);
  }

  open(key: string): Promise<OpenPicture | undefined> {
    this.opened.push(key);
    const object = this.objects.get(key);
    if (object === undefined) return Promise.resolve(undefined);
    const { bytes } = object;
    const count = (length: number): void => void (this.bytesRead += length);
    const body = Readable.from(
      (function* chunks() {
        for (let at = 0; at < bytes.length; at += 16_384) {
          const chunk = Buffer.from(bytes.subarray(at, at + 16_384));
          count(chunk.length);
          yield chunk;
        }
      })(),
      { objectMode: true, highWaterMark: 1 },
    );
    return Promise.resolve({ ...object, body });
  }

  current(key: string): Promise<Current | undefined> {
    return Promise.resolve(this.objects.get(key));
  }

  put(key: string, thumbnail: Thumbnail): Promise<void> {
    this.beforePut(key);
    this.writes.push(key);
    this.thumbnails.set(key, thumbnail);
    return Promise.resolve();
  }

  /** The thumbnails as text, by key. */
  get texts(): Record<string, string> {
    return Object.fromEntries([...this.thumbnails].map(([key, { bytes }]) => [key, Buffer.from(bytes).toString()]));
  }
}

/** As Powertools: success is remembered, failure is not. */
function memory(): Once {
  const done = new Set<string>();
  return async (identity, work) => {
    const key = JSON.stringify(identity);
    if (done.has(key)) return false;
    await work();
    done.add(key);
    return true;
  };
}

const processorOf = (bucket: Bucket, props: Partial<Parameters<typeof createUploadProcessor>[0]> = {}) =>
  createUploadProcessor({
    bucket: 'pictures',
    pictures: bucket,
    makeThumbnails: traceable,
    widths: [160, 320],
    format: 'webp',
    maxBytes: MAX_BYTES,
    room: new Gate(2 * MAX_BYTES, 4, Infinity),
    once: memory(),
    hasTime: () => true,
    ...props,
  });

async function refusal(work: Promise<unknown>): Promise<Refusal> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Refusal) return error;
  throw new Error('it was not refused', { cause: error });
}

test('a photograph becomes a thumbnail of each width', async () => {
  const bucket = new Bucket();
  const process = processorOf(bucket, { makeThumbnails: realThumbnails, widths: [64, 128] });
  expect(await process(bucket.upload('uploads/a b/cat.jpg', cat))).toBe('made');

  expect([...bucket.thumbnails.keys()]).toEqual(['thumbnails/a b/cat.jpg/64.webp', 'thumbnails/a b/cat.jpg/128.webp']);
  const [small, large] = [...bucket.thumbnails.values()];
  for (const [thumbnail, width] of [
    [small, 64],
    [large, 128],
  ] as const) {
    expect(thumbnail?.mediaType).toBe('image/webp');
    expect(await sharp(thumbnail?.bytes).metadata()).toMatchObject({ format: 'webp', width });
  }
});

test('the same object announced twice is worked on once', async () => {
  const bucket = new Bucket();
  const process = processorOf(bucket);
  const upload = bucket.upload('uploads/cat.jpg', jpeg('A'));
  expect([await process(upload), await process({ ...upload })]).toEqual(['made', 'known']);
  expect(bucket.opened).toHaveLength(1);
  expect(bucket.writes).toHaveLength(2);
});

test('after other widths are wanted, an object is worked on again', async () => {
  const bucket = new Bucket();
  const once = memory();
  const upload = bucket.upload('uploads/cat.jpg', jpeg('A'));
  expect(await processorOf(bucket, { once, widths: [160] })(upload)).toBe('made');
  expect(await processorOf(bucket, { once, widths: [160, 640] })(upload)).toBe('made');
  expect(Object.keys(bucket.texts)).toEqual(['thumbnails/cat.jpg/160.webp', 'thumbnails/cat.jpg/640.webp']);
});

test('wanted again, an object is worked on again, once for each wish', async () => {
  const bucket = new Bucket();
  const process = processorOf(bucket);
  const upload = bucket.upload('uploads/cat.jpg', jpeg('A'));
  const outcomes = [];
  for (const again of [undefined, 'one', 'one', 'two', undefined])
    outcomes.push(await process(again === undefined ? upload : { ...upload, again }));
  expect(outcomes).toEqual(['made', 'made', 'known', 'made', 'known']);
});

test('a failure after some widths is tried again, and leaves each thumbnail once', async () => {
  const bucket = new Bucket();
  const process = processorOf(bucket);
  const upload = bucket.upload('uploads/cat.jpg', jpeg('A'));
  bucket.beforePut = (key) => {
    if (key.endsWith('/320.webp')) throw new Error('503 Slow Down');
  };
  await expect(process(upload)).rejects.toThrow('503 Slow Down');
  expect(Object.keys(bucket.texts)).toEqual(['thumbnails/cat.jpg/160.webp']);

  bucket.beforePut = () => undefined;
  expect(await process(upload)).toBe('made');
  expect(bucket.texts).toEqual({
    'thumbnails/cat.jpg/160.webp': '160 of A',
    'thumbnails/cat.jpg/320.webp': '320 of A',
  });
});

describe('what is not there any more', () => {
  test('deleted before it is read: gone, without an error', async () => {
    const bucket = new Bucket();
    const upload = bucket.upload('uploads/cat.jpg', jpeg('A'));
    bucket.remove('uploads/cat.jpg');
    expect(await processorOf(bucket)(upload)).toBe('gone');
    expect(bucket.writes).toEqual([]);
  });

  test('deleted, and uploaded again with the same bytes to a bucket without versions: made after all', async () => {
    const bucket = new Bucket(false);
    const process = processorOf(bucket);
    const upload = bucket.upload('uploads/cat.jpg', jpeg('A'), 'the same');
    bucket.remove('uploads/cat.jpg');
    expect(await process(upload)).toBe('gone');
    expect(await process(bucket.upload('uploads/cat.jpg', jpeg('A'), 'the same'))).toBe('made');
  });

  test('deleted while its thumbnails are made: made', async () => {
    const bucket = new Bucket();
    const upload = bucket.upload('uploads/cat.jpg', jpeg('A'));
    bucket.beforePut = () => {
      bucket.remove('uploads/cat.jpg');
    };
    expect(await processorOf(bucket)(upload)).toBe('made');
  });
});

describe('another picture under the same key', () => {
  const newest = { 'thumbnails/cat.jpg/160.webp': '160 of B', 'thumbnails/cat.jpg/320.webp': '320 of B' };

  test.each([true, false])('announced after each other: the newer stays (versions kept: %s)', async (isVersioned) => {
    const bucket = new Bucket(isVersioned);
    const process = processorOf(bucket);
    expect(await process(bucket.upload('uploads/cat.jpg', jpeg('A'), 'a'))).toBe('made');
    expect(await process(bucket.upload('uploads/cat.jpg', jpeg('B'), 'b'))).toBe('made');
    expect(bucket.texts).toEqual(newest);
  });

  test('the announcement of the older comes last: nothing is written for it, nor its bytes read', async () => {
    const bucket = new Bucket();
    const process = processorOf(bucket);
    const older = bucket.upload('uploads/cat.jpg', jpeg('A'));
    const newer = bucket.upload('uploads/cat.jpg', jpeg('B'));
    expect(await process(newer)).toBe('made');
    const { bytesRead } = bucket;
    expect(await process(older)).toBe('superseded');
    expect(bucket.bytesRead).toBe(bytesRead);
    expect(bucket.texts).toEqual(newest);
  });

  test('it has the same ETag, as an MD5 can be made to: the version tells them apart', async () => {
    const bucket = new Bucket();
    const process = processorOf(bucket);
    const older = bucket.upload('uploads/cat.jpg', jpeg('A'), 'the same');
    const newer = bucket.upload('uploads/cat.jpg', jpeg('B'), 'the same');
    expect([await process(older), await process(newer)]).toEqual(['superseded', 'made']);
    expect(bucket.texts).toEqual(newest);
  });

  test('uploaded and worked off while the older is worked on: the newer stays', async () => {
    const bucket = new Bucket();
    const process = processorOf(bucket);
    const older = bucket.upload('uploads/cat.jpg', jpeg('A'));
    let newer: Promise<unknown> | undefined;
    const makeThumbnails: ThumbnailsMaker = async (...args) => {
      const thumbnail = await traceable(...args);
      newer ??= process(bucket.upload('uploads/cat.jpg', jpeg('B')));
      await newer; // done before the older is written
      return thumbnail;
    };
    expect(await processorOf(bucket, { makeThumbnails })(older)).toBe('made');
    expect(bucket.writes).toHaveLength(6);
    expect(bucket.texts).toEqual(newest);
  });

  test('uploaded and worked off while the older is worked on, and time runs short: the newer stays all the same', async () => {
    const bucket = new Bucket();
    const older = bucket.upload('uploads/cat.jpg', jpeg('A'));
    let newer: Promise<unknown> | undefined;
    let isTimeUp = false;
    const makeThumbnails: ThumbnailsMaker = async (...args) => {
      const thumbnail = await traceable(...args);
      newer ??= processorOf(bucket)(bucket.upload('uploads/cat.jpg', jpeg('B')));
      await newer;
      isTimeUp = true;
      return thumbnail;
    };
    expect(await processorOf(bucket, { makeThumbnails, hasTime: () => !isTimeUp })(older)).toBe('made');
    expect(bucket.texts).toEqual(newest);
  });

  test('tried again after it was written over the newer: the newer is made anew', async () => {
    const bucket = new Bucket();
    const older = bucket.upload('uploads/cat.jpg', jpeg('A'));
    await processorOf(bucket)(older); // as it was written, before the try ended with an error
    bucket.upload('uploads/cat.jpg', jpeg('B'));
    expect(await processorOf(bucket)(older)).toBe('superseded');
    expect(await processorOf(bucket)(older, true)).toBe('made');
    expect(bucket.texts).toEqual(newest);
  });

  test('one that is no picture: the older is not taken for done, and no fault is reported twice', async () => {
    const bucket = new Bucket();
    const upload = bucket.upload('uploads/cat.jpg', jpeg('A'));
    let isFirst = true;
    const makeThumbnails: ThumbnailsMaker = (image, wanted) => {
      if (Buffer.from(image).toString() === 'no picture') throw new Problem('unsupported-image', 'It is text.');
      if (isFirst) bucket.upload('uploads/cat.jpg', Buffer.from('no picture'));
      isFirst = false;
      return traceable(image, wanted);
    };
    const process = processorOf(bucket, { makeThumbnails });
    expect(await process(upload)).toBe('superseded');
    expect(await process(upload)).toBe('superseded');
  });
});

describe('what never will become thumbnails is refused with the reason', () => {
  test.each([
    ['truncated.jpg', 'broken-image'],
    ['bomb.png', 'too-many-pixels'],
    ['drawing.svg', 'unsupported-image'],
    ['document.pdf', 'unsupported-image'],
  ])('%s: %s', async (name, reason) => {
    const bucket = new Bucket();
    const process = processorOf(bucket, { makeThumbnails: realThumbnails });
    expect(await refusal(process(bucket.upload(`uploads/${name}`, photograph(name))))).toMatchObject({ reason });
    expect(bucket.writes).toEqual([]);
  });

  test('an empty object', async () => {
    const bucket = new Bucket();
    expect(await refusal(processorOf(bucket)(bucket.upload('uploads/empty.jpg', Buffer.alloc(0))))).toMatchObject({
      reason: 'empty-body',
    });
  });

  test('it is not remembered: tried again after a redrive, it is refused again', async () => {
    const bucket = new Bucket();
    const process = processorOf(bucket, { makeThumbnails: realThumbnails });
    const upload = bucket.upload('uploads/drawing.svg', photograph('drawing.svg'));
    await refusal(process(upload));
    expect(await refusal(process(upload))).toMatchObject({ reason: 'unsupported-image' });
  });

  test('what is no picture is not read beyond its beginning', async () => {
    const bucket = new Bucket();
    const process = processorOf(bucket, { makeThumbnails: realThumbnails });
    await refusal(process(bucket.upload('uploads/film.mp4', Buffer.alloc(MAX_BYTES, 'film'))));
    expect(bucket.bytesRead).toBeLessThanOrEqual(2 * 16_384);
  });

  test('a picture over the limit is not asked for', async () => {
    const bucket = new Bucket();
    const upload = bucket.upload('uploads/huge.jpg', Buffer.alloc(MAX_BYTES + 1));
    const { reason, message } = await refusal(processorOf(bucket)(upload));
    expect(reason).toBe('too-large');
    expect(message).toContain(`has ${MAX_BYTES + 1} bytes; at most ${MAX_BYTES} are allowed`);
    expect(bucket.opened).toEqual([]);
  });

  test('nor is it read where its announcement says another size', async () => {
    const bucket = new Bucket();
    const upload = { ...bucket.upload('uploads/huge.jpg', Buffer.alloc(MAX_BYTES + 1)), size: 1 };
    expect(await refusal(processorOf(bucket)(upload))).toMatchObject({ reason: 'too-large' });
    expect(bucket.bytesRead).toBe(0);
  });

  test.each([
    ['its own output', { key: 'thumbnails/cat.jpg/320.webp' }, 'outside-uploads'],
    ['what lies elsewhere', { key: 'cat.jpg' }, 'outside-uploads'],
    ['another bucket', { bucket: 'elsewhere' }, 'other-bucket'],
    ['a key that leaves no room for a thumbnail', { key: `uploads/${'a'.repeat(1010)}` }, 'key-too-long'],
  ])('%s is not asked for', async (_, change, reason) => {
    const bucket = new Bucket();
    const upload = { ...bucket.upload('uploads/cat.jpg', jpeg('A')), ...change };
    expect(await refusal(processorOf(bucket)(upload))).toMatchObject({ reason });
    expect(bucket.opened).toEqual([]);
    expect(bucket.writes).toEqual([]);
  });
});

test('a folder, as the console makes it, is no picture and no fault', async () => {
  const bucket = new Bucket();
  expect(await processorOf(bucket)(bucket.upload('uploads/holiday/', Buffer.alloc(0)))).toBe('folder');
  expect(bucket.opened).toEqual([]);
});

describe('what may pass is thrown as it is, to be tried again', () => {
  test('a connection that breaks', async () => {
    const bucket = new Bucket();
    const upload = bucket.upload('uploads/cat.jpg', cat);
    const open = bucket.open.bind(bucket);
    bucket.open = async (key) => {
      const picture = await open(key);
      return picture && { ...picture, body: Readable.from([cat.subarray(0, 5000)]) };
    };
    await expect(processorOf(bucket)(upload)).rejects.toThrow(`broke after 5000 of ${cat.length} bytes`);
    bucket.open = open;
    expect(await processorOf(bucket)(upload)).toBe('made');
  });

  test('a thumbnailer with too much to do', async () => {
    const bucket = new Bucket();
    const busy = new Problem('busy', '32 pictures wait already.');
    const process = processorOf(bucket, { makeThumbnails: () => Promise.reject(busy) });
    await expect(process(bucket.upload('uploads/cat.jpg', jpeg('A')))).rejects.toBe(busy);
  });
});

test('where no time is left it is put off, unread, and made when it comes again', async () => {
  const bucket = new Bucket();
  const room = new Gate(4, 1, Infinity);
  let isTimeUp = false;
  const makeThumbnails: ThumbnailsMaker = (...args) => {
    isTimeUp = true; // while the first is made, the others wait for room
    return traceable(...args);
  };
  const once = memory();
  const process = processorOf(bucket, { room, makeThumbnails, once, hasTime: () => !isTimeUp });
  const uploads = ['A', 'B', 'C'].map((letter) => bucket.upload(`uploads/${letter}.jpg`, jpeg(letter)));
  const results = await Promise.allSettled(uploads.map((upload) => process(upload)));
  expect(results).toEqual([
    { status: 'fulfilled', value: 'made' },
    { status: 'rejected', reason: new PutOff('no-time') },
    { status: 'rejected', reason: new PutOff('no-time') },
  ]);
  expect(bucket.opened).toEqual(['uploads/A.jpg']);
  expect(await Promise.all(uploads.map((upload) => processorOf(bucket, { once })(upload)))).toEqual([
    'known',
    'made',
    'made',
  ]);
});

test('no more is held in memory at once than there is room for', async () => {
  const bucket = new Bucket();
  let held = 0;
  let most = 0;
  const makeThumbnails: ThumbnailsMaker = async (...args) => {
    most = Math.max(most, (held += 1));
    await new Promise(setImmediate);
    held -= 1;
    return traceable(...args);
  };
  const process = processorOf(bucket, { makeThumbnails, room: new Gate(8, 4, Infinity) });
  const uploads = Array.from({ length: 10 }, (_, index) => bucket.upload(`uploads/${index}.jpg`, jpeg('A')));
  expect(await Promise.all(uploads.map((upload) => process(upload)))).toEqual(uploads.map(() => 'made'));
  expect(most).toBe(2); // pictures of four bytes
});
