import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { pngWithTexts } from '../../contract/odd-pictures';
import { describeUnless } from '../left-out';

const run = promisify(execFile);
const folder = mkdtempSync(path.join(os.tmpdir(), 'pictures-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Measured {
  readonly name: string;
  readonly wanted: string;
  readonly took: number;
  readonly reckoned: number;
}

/** Pictures of six million pixels, of each kind that is decoded in a way of its own. */
async function worstPictures(): Promise<string[]> {
  const [width, height] = [3000, 2000];
  const gradient = Buffer.alloc(width * height * 4);
  for (let y = 0, i = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, i += 4)
      gradient.writeUInt32BE((x >> 4) * 0x1000000 + (y >> 4) * 0x10000 + 0x80c0, i);
  }
  const picture = sharp(gradient, { raw: { width, height, channels: 4 } });
  const deep = picture.clone().toColourspace('rgb16');
  const wide = deep.clone().resize({ width: 65_535, height: 120, fit: 'fill', kernel: 'nearest' });
  const made: Record<string, sharp.Sharp> = {
    'baseline.jpg': picture.clone().jpeg(),
    'rotated.jpg': picture.clone().withMetadata({ orientation: 6 }).jpeg(),
    // Larger: what it takes would else be lost in what any picture takes.
    'progressive.jpg': picture.clone().resize(6000, 4000).jpeg({ progressive: true, chromaSubsampling: '4:4:4' }),
    'plain.png': deep.clone().png({ compressionLevel: 1 }),
    'interlaced.png': deep.png({ compressionLevel: 1, progressive: true }),
    // A line is held whole, and more of them the wider it is.
    'wide.png': wide.clone().png({ compressionLevel: 1 }),
    'rotated.png': wide.clone().withMetadata({ orientation: 6 }).png({ compressionLevel: 1 }),
    'line.png': deep.clone().resize({ width: 65_535, height: 8, fit: 'fill', kernel: 'nearest' }).png(),
    'wide.gif': wide.gif({ effort: 1, dither: 0, colours: 16 }),
    'lossless.webp': picture.clone().webp({ lossless: true, effort: 0 }),
    'lossy.webp': picture.clone().webp({ effort: 0 }),
    'picture.gif': picture.clone().gif({ effort: 1, dither: 0, colours: 16 }),
    'picture.avif': picture.clone().avif({ effort: 0 }),
    'deep.avif': picture.clone().avif({ effort: 0, bitdepth: 12, chromaSubsampling: '4:4:4' }),
  };
  const texts = path.join(folder, 'texts.png');
  writeFileSync(texts, pngWithTexts(40));
  const files = await Promise.all(
    Object.entries(made).map(async ([name, image]) => {
      await image.toFile(path.join(folder, name));
      return path.join(folder, name);
    }),
  );
  return [...files, texts];
}

const reason = existsSync('/proc/self/clear_refs')
  ? undefined
  : 'only Linux tells the peak of a process and sets it back';

describeUnless(reason, 'memory', () => {
  test('no picture takes more memory than is reckoned for it', async () => {
    const small = path.join(__dirname, '../../contract/photographs/cat.jpg');
    const { stdout } = await run(
      process.execPath,
      ['--import', 'tsx', path.join(__dirname, 'peak-memory.ts'), small, ...(await worstPictures())],
      { env: { ...process.env, MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' } },
    );
    const measured = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Measured);
    expect(measured).toHaveLength(16);
    expect(measured.filter(({ took, reckoned }) => took > reckoned)).toEqual([]);
  }, 60_000);
});
