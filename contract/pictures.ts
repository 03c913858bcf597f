import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp, { type Metadata } from 'sharp';

/** A picture of contract/photographs. */
export const picture = (name: string): Buffer => readFileSync(path.join(__dirname, 'photographs', name));

/** Red, green and blue (and alpha) of one pixel. */
export async function pixel(image: Buffer, left: number, top: number): Promise<number[]> {
  const { data } = await sharp(image)
    .extract({ left, top, width: 1, height: 1 })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return [...data];
}

/** The format that the bytes are in, by the name the service has for it. */
export async function describe(image: Buffer): Promise<Metadata & { name: string }> {
  const metadata = await sharp(image).metadata();
  return { ...metadata, name: metadata.compression === 'av1' ? 'avif' : metadata.format };
}

/** The thumbnail as it should look, without loss: oriented, no higher than 4096, not enlarged. */
export const expectedThumbnail = (image: Buffer, width: number): Promise<Buffer> =>
  sharp(image).autoOrient().resize({ width, height: 4096, fit: 'inside', withoutEnlargement: true }).png().toBuffer();

/**
 * How far two pictures are from each other: the mean difference of a colour value, 0 to 255, on white.
 *
 * @throws Error where they are not of the same size
 */
export async function difference(one: Buffer, other: Buffer): Promise<number> {
  const decode = (image: Buffer) =>
    sharp(image).flatten({ background: '#ffffff' }).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  const [a, b] = await Promise.all([decode(one), decode(other)]);
  const size = ({ info }: typeof a) => `${info.width} x ${info.height} x ${info.channels}`;
  if (size(a) !== size(b)) throw new Error(`The pictures are ${size(a)} and ${size(b)}.`);
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - (b.data[i] ?? 0)), 0) / a.data.length;
}

/** Four colours, one a quarter, so that any turn or reflection shows; with an EXIF orientation, 1 to 8. */
export async function quarters(orientation: number): Promise<Buffer> {
  const quarter = (background: string) =>
    sharp({ create: { width: 120, height: 60, channels: 3, background } })
      .png()
      .toBuffer();
  const [red, green, blue, yellow] = await Promise.all(['#c00000', '#00a000', '#0000c0', '#e0c000'].map(quarter));
  return sharp({ create: { width: 240, height: 120, channels: 3, background: '#000000' } })
    .composite([
      { input: red, left: 0, top: 0 },
      { input: green, left: 120, top: 0 },
      { input: blue, left: 0, top: 60 },
      { input: yellow, left: 120, top: 60 },
    ])
    .withMetadata({ orientation })
    .jpeg({ quality: 95 })
    .toBuffer();
}

/** A GIF of many frames of one pixel each, on a canvas of that size: a few bytes a frame, whatever the canvas. */
export function gifOf(width: number, height: number, frames: number): Buffer {
  const header = Buffer.from('GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1');
  header.writeUInt16LE(width, 6);
  header.writeUInt16LE(height, 8);
  const frame = Buffer.from('\x21\xf9\x04\0\x0a\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0', 'latin1');
  return Buffer.concat([header, ...Array.from({ length: frames }, () => frame), Buffer.from(';')]);
}

/** Noise: a picture that hardly any encoder makes smaller. */
export const noise = (width: number, height: number): Promise<Buffer> =>
  sharp({
    create: { width, height, channels: 3, background: '#808080', noise: { type: 'gaussian', mean: 128, sigma: 40 } },
  })
    .jpeg({ quality: 60 })
    .toBuffer();
