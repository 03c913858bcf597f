import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

// Makes every picture of this folder from chelsea.png, a photograph as scikit-image ships it (README.md):
//   npx tsx contract/photographs/make.ts <path of chelsea.png>

const [, , photograph] = process.argv;
if (photograph === undefined) throw new Error('Name the photograph: npx tsx contract/photographs/make.ts chelsea.png');
const cat = readFileSync(photograph);

const write = (name: string, content: Uint8Array | string): void => {
  writeFileSync(path.join(__dirname, name), content);
};

/** A glass disc: opaque rim, half-transparent inside, nothing outside; each of its colours is known to the pixel. */
const glass = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400">
  <circle cx="200" cy="200" r="170" fill="#0060ff" fill-opacity="0.5" stroke="#003080" stroke-width="40"/></svg>`);

/** Six frames of 160 by 120: the first is red, and only the first. */
const frames = ['#c00000', '#00c000', '#0000c0', '#c0c000', '#00c0c0', '#c000c0'].map((background) =>
  sharp({ create: { width: 160, height: 120, channels: 3, background } })
    .png()
    .toBuffer(),
);

/** A valid PNG of one bit a pixel: small to send, large to decode. */
function blankPng(width: number, height: number): Buffer {
  const chunk = (type: string, content: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(content.length);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(1, 8);
  const rows = deflateSync(Buffer.alloc(height * (1 + Math.ceil(width / 8))), { level: 9 });
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

async function make(): Promise<void> {
  // With what a camera adds: where and with what it was taken must not come out again.
  const jpeg = await sharp(cat)
    .withExif({
      IFD0: { Make: 'Exemplar', Model: 'Camera 7', Copyright: 'CC0' },
      IFD3: { GPSLatitudeRef: 'S', GPSLatitude: '33/1 55/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '18/1 25/1 0/1' },
    })
    .jpeg({ quality: 86 })
    .toBuffer();
  write('cat.jpg', jpeg);
  write('truncated.jpg', jpeg.subarray(0, Math.floor(jpeg.length / 2)));
  write('cat.webp', await sharp(cat).webp().toBuffer());
  write('cat.avif', await sharp(cat).avif().toBuffer());
  write('glass.png', await sharp(glass).png({ compressionLevel: 9 }).toBuffer());
  write(
    'animated.gif',
    await sharp(await Promise.all(frames), { join: { animated: true } })
      .gif({ delay: 200 })
      .toBuffer(),
  );
  write('bomb.png', blankPng(20_000, 20_000));
  write(
    'drawing.svg',
    '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><script>alert(1)</script></svg>\n',
  );
  write('document.pdf', '%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n');
  // Begins as a GIF, and is a script to whoever doesn't look closely.
  write('polyglot.gif', 'GIF89a/*\x01\x00*/=1;alert("not a picture")//');
  // A whole JPEG with a page behind it: only the picture may come out again.
  write('polyglot.jpg', Buffer.concat([jpeg, Buffer.from('<html><script>alert("not a picture")</script></html>')]));
}

void make();
