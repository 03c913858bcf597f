import sharp from 'sharp';
import { mendJpeg } from '../../service/jpeg';
import { createThumbnailer } from '../../service/thumbnail';
import { photograph } from './in-process';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const MANY_BYTES = 4 * 2 ** 20;
/** Segments without content, and one fault, so that there is something to mend. */
const jpegOf = (segments: number, content: string): Buffer =>
  Buffer.concat([hex('ffd8'), Buffer.alloc(segments * (content.length / 2), hex(content)), hex('0000ffd9')]);

/**
 * A mending that takes more holds up every other request. Processor time, since the machine may be busy: some 50 ms on
 * one that is not; a copy and an object for each segment took 1,200 ms and up to 411 MB.
 */
const ALLOWED = { cpuMs: 1_000, bytes: 2 ** 20 };

test.each([
  ['comments', jpegOf(MANY_BYTES / 4, 'fffe0002')],
  ['scan headers', jpegOf(MANY_BYTES / 4, 'ffda0002')],
  ['escaped bytes in one scan', jpegOf(1, `ffda0008010100003f00${'ff00'.repeat(MANY_BYTES / 2)}`)],
  ['bytes between two segments', jpegOf(1, `fffe0002${'00'.repeat(MANY_BYTES)}`)],
  ['zeros in one scan', jpegOf(1, `ffda0008010100003f00${'00'.repeat(MANY_BYTES)}`)],
  ['filling bytes', jpegOf(1, `fffe0002${'ff'.repeat(MANY_BYTES)}`)],
])('a JPEG of 4 MB of nothing but %s takes neither time nor memory', (_, bytes) => {
  const [began, before] = [process.cpuUsage(), process.memoryUsage()];
  mendJpeg(bytes);
  const { user, system } = process.cpuUsage(began);
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  expect((user + system) / 1000).toBeLessThan(ALLOWED.cpuMs);
  expect(Math.max(heapUsed - before.heapUsed, arrayBuffers - before.arrayBuffers)).toBeLessThan(ALLOWED.bytes);
});

test('a JPEG of a thousand segments is mended, one of more is left as it is', () => {
  expect(mendJpeg(jpegOf(1000, 'fffe0002'))).toBe(true);
  const more = jpegOf(1001, 'fffe0002');
  const before = Buffer.from(more);
  expect(mendJpeg(more)).toBe(false);
  expect(more).toEqual(before);
});

test('a JPEG is mended in place, and once', async () => {
  const whole = await sharp(photograph('cat.jpg')).jpeg().toBuffer();
  const scan = whole.indexOf(hex('ffda'));
  const faulty = Buffer.concat([whole.subarray(0, scan), Buffer.alloc(4), whole.subarray(scan)]);
  expect(mendJpeg(faulty)).toBe(true);
  expect(faulty).toEqual(Buffer.concat([whole.subarray(0, scan), Buffer.alloc(4, 0xff), whole.subarray(scan)]));
  expect(mendJpeg(faulty)).toBe(false);
});

test('zeros behind the data of a scan are mended, one zero and the zero of an escaped byte are left', () => {
  const scanOf = (data: string): Buffer => hex(`ffd8ffda0008010100003f00${data}ffd9`);
  const mended = (data: string): Buffer => {
    const bytes = scanOf(data);
    mendJpeg(bytes);
    return bytes;
  };
  expect(mended('12340000')).toEqual(scanOf('1234ffff'));
  expect(mended('123400')).toEqual(scanOf('123400'));
  expect(mended('12ff00')).toEqual(scanOf('12ff00'));
  expect(mended('12ff0000')).toEqual(scanOf('12ff0000'));
  expect(mended('12ff000000')).toEqual(scanOf('12ff00ffff'));
});

test('one that is cut is refused without a change', async () => {
  const make = createThumbnailer({
    cpus: 1,
    memoryMiB: 1024,
    limits: { maxBodyBytes: MANY_BYTES, maxPixels: 50_000_000 },
  });
  const whole = await sharp(photograph('cat.jpg')).jpeg().toBuffer();
  const half = Buffer.from(whole.subarray(0, whole.length / 2));
  half.set([0, 0, 0], half.indexOf(hex('003f00')));
  const before = Buffer.from(half);
  await expect(make(half, { width: 64, format: 'webp' })).rejects.toMatchObject({ problem: 'broken-image' });
  expect(half).toEqual(before);
});
