import sharp from 'sharp';
import { oddPictures } from '../../contract/odd-pictures';
import { Problem } from '../../service/problem';
import { makeStill } from '../../service/avif';
import { Gate } from '../../service/gate';
import { firstFrameOf } from '../../service/gif';
import { createThumbnailer, createThumbnailsMaker, memoryFor, type Thumbnail } from '../../service/thumbnail';
import { photograph as bytesOf } from './in-process';

const platform = { limits: { maxBodyBytes: 4 * 2 ** 20, maxPixels: 50_000_000 }, cpus: 2, memoryMiB: 1024 };
const makeThumbnails = createThumbnailsMaker(platform);
const makeThumbnail = createThumbnailer(platform);
const photograph = (name: string) => sharp(bytesOf(name));

/** Pictures of each kind that is decoded in a way of its own. */
const PICTURES: Readonly<Record<string, () => sharp.Sharp>> = {
  'a JPEG': () => photograph('cat.jpg').jpeg(),
  'a JPEG that lies on its side': () => photograph('cat.jpg').withMetadata({ orientation: 6 }).jpeg(),
  'a JPEG of odd size': () => photograph('cat.jpg').resize(641, 479, { fit: 'fill' }).jpeg(),
  'a grey JPEG': () => photograph('cat.jpg').greyscale().jpeg(),
  'a CMYK JPEG': () => photograph('cat.jpg').toColourspace('cmyk').jpeg(),
  'an AVIF': () => photograph('cat.avif').avif({ effort: 0 }),
  'a PNG of 16 bits': () => photograph('cat.jpg').toColourspace('rgb16').png(),
  'a PNG that one can look through': () => photograph('glass.png').png(),
  'a grey PNG that one can look through': () => photograph('glass.png').greyscale().png(),
  'a strip': () => photograph('cat.jpg').resize(80, 6000, { fit: 'fill' }).png(),
  'a small one': () => photograph('cat.jpg').resize(100).png(),
};

/** By how much two pictures of one size differ at most, on average over their pixels, of 255. */
async function difference(one: Uint8Array, other: Uint8Array): Promise<number> {
  const pixels = (bytes: Uint8Array) => sharp(bytes).ensureAlpha().flatten({ background: '#888' }).raw().toBuffer();
  const [a, b] = [await pixels(one), await pixels(other)];
  return a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0) / a.length;
}

test.each(Object.entries(PICTURES))('of %s, each is as if it had been made alone', async (_, picture) => {
  const image = await picture().toBuffer();
  const widths = [64, 320, 160];
  const format = 'webp';
  const together = await makeThumbnails(image, { widths, format });
  for (const [at, width] of widths.entries()) {
    const alone = await makeThumbnail(image, { width, format });
    const one = together[at];
    if (one === undefined) throw new Error('there is one for each width');
    expect(one).toMatchObject({ mediaType: alone.mediaType, width: alone.width });
    // A JPEG that is decoded at an eighth is a whole number of pixels then, and may lose one.
    expect(Math.abs(one.height - alone.height)).toBeLessThanOrEqual(1);
    const metadata = async (bytes: Uint8Array) => {
      const { width: w, channels, space, depth, format: written } = await sharp(bytes).metadata();
      return { width: w, channels, space, depth, format: written };
    };
    expect(await metadata(one.bytes)).toEqual(await metadata(alone.bytes));
    if (one.height === alone.height) expect(await difference(one.bytes, alone.bytes)).toBeLessThan(6);
  }
});

test('of pictures that are not quite as their format has it, each is as if it had been made alone', async () => {
  const wanted = { format: 'png' } as const;
  const outcomes: unknown[] = [];
  const pictures = await oddPictures();
  for (const { name, bytes, gives } of pictures) {
    // What is given to a maker is the maker's: a copy for each.
    const together = await makeThumbnails(Buffer.from(bytes), { ...wanted, widths: [32, 16] }).catch(
      (error: unknown) => error,
    );
    if ('problem' in gives || !Array.isArray(together)) {
      const problem = together instanceof Problem ? together.problem : together;
      outcomes.push([name, 'problem' in gives && problem === gives.problem ? 'as promised' : problem]);
      continue;
    }
    const [larger, smaller] = together as Thumbnail[];
    const alone = await makeThumbnail(Buffer.from(bytes), { ...wanted, width: 32 });
    if (larger === undefined || smaller === undefined) throw new Error('there is one for each width');
    const apart = await difference(larger.bytes, alone.bytes);
    outcomes.push([name, smaller.width === 16 && apart < 6 ? 'as promised' : `${smaller.width} wide, ${apart} apart`]);
  }
  expect(outcomes).toEqual(pictures.map(({ name }) => [name, 'as promised']));
});

test('a GIF and an AVIF are copied only when it is their turn, and the copy is counted', async () => {
  const gif = await sharp(bytesOf('animated.gif')).gif().toBuffer();
  const avif = await sharp(bytesOf('cat.avif')).avif({ effort: 0 }).toBuffer();
  avif.write('avis', 8, 'latin1');
  expect(makeStill(avif)).toBe(true);
  expect(avif.toString('latin1', 8, 12)).toBe('avif');
  const first = firstFrameOf(gif);
  expect(first?.frame.buffer).toBe(gif.buffer);

  const run = jest.spyOn(Gate.prototype, 'run');
  await makeThumbnail(gif, { width: 32, format: 'png' });
  const needed = run.mock.calls[0]?.[0];
  run.mockRestore();
  const copied = (first?.frame.byteLength ?? 0) + (first?.end.byteLength ?? 0);
  expect(needed).toBe(memoryFor('gif', await sharp(gif).metadata(), { width: 32, format: 'png' }) + copied);
});
