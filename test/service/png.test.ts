import sharp from 'sharp';
import { skipTexts } from '../../service/png';

/** A chunk of a PNG whose checksum is left out: nothing here looks at it. */
function chunk(type: string, content: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, Buffer.from(`${type}${content}`, 'latin1'), Buffer.alloc(4)]);
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const pngOf = (...chunks: Buffer[]): Buffer => Buffer.concat([SIGNATURE, ...chunks]);
const skipped = (bytes: Buffer): Buffer => {
  skipTexts(bytes);
  return bytes;
};

test('the compressed texts of a PNG are skipped in place, before its pixels and behind them', () => {
  const others = [chunk('IHDR', '-'.repeat(13)), chunk('iCCP', 'zTXt'), chunk('IDAT', 'iTXt'), chunk('tEXt', 'Title')];
  expect(skipped(pngOf(chunk('zTXt', 'a'), ...others, chunk('iTXt', 'b')))).toEqual(
    pngOf(chunk('skIp', 'a'), ...others, chunk('skIp', 'b')),
  );
});

test.each([
  ['nothing but a signature', pngOf()],
  ['a chunk that is cut in its head', pngOf(chunk('IHDR', ''), chunk('zTXt', '').subarray(0, 11))],
  ['a chunk that is longer than the file', pngOf(Buffer.from('ffffffff49444154', 'hex'), chunk('zTXt', 'a'))],
])('%s is left as it is', (_, bytes) => {
  expect(skipped(Buffer.from(bytes))).toEqual(bytes);
});

test('what stands before a picture in the memory that it shares is left as it is', () => {
  const memory = Buffer.concat([Buffer.alloc(5, 'zTXt'), pngOf(chunk('zTXt', 'a'))]);
  skipTexts(memory.subarray(5));
  expect(memory).toEqual(Buffer.concat([Buffer.alloc(5, 'zTXt'), pngOf(chunk('skIp', 'a'))]));
});

test('a PNG of 4 MB of nothing but empty chunks takes no time', () => {
  const bytes = pngOf(Buffer.alloc(2 ** 22 - 4, chunk('zTXt', '')));
  const began = process.cpuUsage();
  skipTexts(bytes);
  const { user, system } = process.cpuUsage(began);
  expect(bytes.includes('zTXt')).toBe(false);
  expect((user + system) / 1000).toBeLessThan(1_000);
});

test('the decoder skips them: no text is left, and the pixels are as they were', async () => {
  const plain = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const withText = Buffer.concat([plain.subarray(0, 33), chunk('iTXt', 'Title\0\0\0\0\0text'), plain.subarray(33)]);
  skipTexts(withText);
  const read = sharp(withText, { failOn: 'warning' });
  expect((await read.metadata()).comments).toBeUndefined();
  expect(await read.raw().toBuffer()).toEqual(await sharp(plain).raw().toBuffer());
});
