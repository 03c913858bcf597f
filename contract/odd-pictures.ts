import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { gifFrame, gifOf4Colours } from './gifs';
import { picture } from './pictures';

/** A picture that is not quite as its format has it, and what every option that makes thumbnails answers to it. */
export interface OddPicture {
  /** Ends "…a picture"; docs/contract.md has the same list. */
  readonly name: string;
  readonly bytes: Buffer;
  /** What its thumbnail looks like, or the problem that is answered. */
  readonly gives: { readonly like: Buffer } | { readonly status: number; readonly problem: string };
}

/** A grey gradient, five steps a pixel from black on, 48 x 32, in a range from 16 to 235: avifenc --yuv 400 -r limited. */
const LIMITED_GREY =
  'AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAPBtZXRhAAAAAAAAAChoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAbGliYXZpZgAAAAAOcGl0bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAEUAAAAJwAAAChpaW5mAAAAAAABAAAAGmluZmUCAAAAAAEAAGF2MDFDb2xvcgAAAABoaXBycAAAAElpcGNvAAAAFGlzcGUAAAAAAAAAMAAAACAAAAAOcGl4aQAAAAABCAAAAAxhdjFDgQAcAAAAABNjb2xybmNseAABAA0ABgAAAAAXaXBtYQAAAAAAAAABAAEEAQKDBAAAAC9tZGF0EgAKCRgVL/sMBDQYgDIYFkAYYQC7p7HP4nvmvKc/ZNi8uUv20UFQ';

const taken = (like: Buffer) => ({ like });
const broken = { status: 422, problem: 'broken-image' };
const unsupported = { status: 415, problem: 'unsupported-image' };
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

const insert = (bytes: Buffer, at: number, what: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at)]);
const overwrite = (bytes: Buffer, at: number, what: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at + what.length)]);

/** A segment of a JPEG, to stand behind its first two bytes. */
function segment(marker: number, content: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
}

/** What Adobe's programs write into a JPEG, with that colour transform (Adobe Technical Note 5116). */
const adobe = (transform: number): Buffer =>
  segment(0xee, Buffer.from([...Buffer.from('Adobe\0d\0\0\0\0'), transform]));

/** A JPEG of one colour in cyan, magenta, yellow and black (CMYK), and the profile of its inks, if it is to have it. */
const inks = (profile?: 'cmyk'): Promise<Buffer> => {
  const plain = sharp({ create: { width: 64, height: 48, channels: 3, background: '#c06020' } });
  return (profile ? plain.withIccProfile(profile) : plain.toColourspace('cmyk')).jpeg({ quality: 95 }).toBuffer();
};

async function jpegs(): Promise<OddPicture[]> {
  const cat = picture('cat.jpg');
  const upright = await sharp(cat).jpeg({ quality: 90, mozjpeg: false }).toBuffer();
  const progressive = await sharp(cat).jpeg({ quality: 90, progressive: true }).toBuffer();
  const scan = upright.indexOf(hex('ffda'));
  const scanHeaderEnd = scan + 2 + upright.readUInt16BE(scan + 2);
  const lastScan = progressive.lastIndexOf(hex('ffda'));
  const comments = Buffer.concat(Array.from({ length: 1001 }, () => segment(0xfe, Buffer.alloc(1))));
  const [cmyk, profiled] = await Promise.all([inks(), inks('cmyk')]);
  const xmp =
    'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/' +
    '22-rdf-syntax-ns#"><rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF>' +
    '</x:xmpmeta>';
  // One entry of text whose place is far beyond the end, then the orientation: 6.
  const unreadable = '49492a00080000000200' + '0e010200ffff0000' + '00ffff00' + '120103000100000006000000' + '00000000';
  return [
    {
      name: 'a JPEG whose scan header ends with three zeros, as Samsung cameras write it',
      bytes: overwrite(upright, scanHeaderEnd - 3, Buffer.alloc(3)),
      gives: taken(upright),
    },
    {
      name: 'a JPEG with four zeros before its scan',
      bytes: insert(upright, scan, Buffer.alloc(4)),
      gives: taken(upright),
    },
    {
      name: 'a JPEG with bytes between two segments that belong to neither',
      bytes: insert(upright, upright.indexOf(hex('ffc0')), Buffer.from('stray')),
      gives: taken(upright),
    },
    {
      name: 'a progressive JPEG with zeros behind the data of its last scan',
      bytes: insert(progressive, progressive.length - 2, Buffer.alloc(4)),
      gives: taken(progressive),
    },
    {
      name: 'a JPEG whose first segment does not follow its beginning (SOI) at once',
      bytes: insert(upright, 2, Buffer.alloc(4)),
      gives: unsupported,
    },
    {
      name: 'a JPEG of more than 1,000 segments',
      bytes: insert(upright, 2, comments),
      gives: taken(upright),
    },
    {
      name: 'a JPEG of more than 1,000 segments and with a fault, which is not looked for then',
      bytes: insert(insert(upright, scan, Buffer.alloc(4)), 2, comments),
      gives: broken,
    },
    {
      name: 'a JPEG of a version of JFIF that there is none of',
      bytes: insert(upright, 2, segment(0xe0, Buffer.from('JFIF\0\x09\x01\0\0\x01\0\x01\0\0', 'latin1'))),
      gives: taken(upright),
    },
    { name: 'a JPEG in CMYK', bytes: cmyk, gives: taken(cmyk) },
    { name: 'a JPEG in CMYK with a profile', bytes: profiled, gives: taken(profiled) },
    {
      name: 'a JPEG with a colour transform of Adobe that there is none of',
      bytes: insert(upright, 2, adobe(9)),
      gives: taken(upright),
    },
    {
      name: 'a JPEG in CMYK with a colour transform of Adobe that there is none of',
      bytes: overwrite(cmyk, 2, adobe(1)),
      gives: taken(overwrite(cmyk, 2, adobe(2))),
    },
    {
      name: 'a JPEG in CMYK of one colour, whose data end with zeros, with such a transform',
      bytes: overwrite(profiled, 2, adobe(9)),
      gives: taken(overwrite(profiled, 2, adobe(2))),
    },
    {
      name: 'a JPEG with bytes behind its end',
      bytes: Buffer.concat([upright, Buffer.alloc(1000)]),
      gives: taken(upright),
    },
    {
      name: 'a JPEG whose EXIF has a text that cannot be read, and an orientation',
      bytes: insert(upright, 2, segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), hex(unreadable)]))),
      gives: taken(await sharp(upright).rotate(90).png().toBuffer()),
    },
    {
      name: 'a JPEG whose orientation is in XMP only, which is not read',
      bytes: insert(upright, 2, segment(0xe1, Buffer.from(xmp, 'latin1'))),
      gives: taken(upright),
    },
    { name: 'a JPEG without its end (EOI)', bytes: upright.subarray(0, -2), gives: broken },
    {
      name: 'a JPEG with zeros in place of its end (EOI)',
      bytes: Buffer.concat([upright.subarray(0, -2), Buffer.alloc(200)]),
      gives: taken(upright),
    },
    {
      name: 'a progressive JPEG with zeros in place of its end (EOI)',
      bytes: Buffer.concat([progressive.subarray(0, -2), Buffer.alloc(200)]),
      gives: broken,
    },
    {
      name: 'a JPEG with a second beginning (SOI) between two segments',
      bytes: insert(upright, upright.indexOf(hex('ffc0')), hex('ffd8')),
      gives: broken,
    },
    { name: 'half a JPEG', bytes: upright.subarray(0, upright.length / 2), gives: broken },
    {
      name: 'half a JPEG that was given an end',
      bytes: Buffer.concat([upright.subarray(0, upright.length / 2), hex('ffd9')]),
      gives: broken,
    },
    {
      name: 'half a JPEG whose scan header ends with three zeros',
      bytes: Buffer.concat([
        overwrite(upright, scanHeaderEnd - 3, Buffer.alloc(3)).subarray(0, upright.length / 2),
        hex('ffd9'),
      ]),
      gives: broken,
    },
    {
      name: 'half a JPEG that goes on with zeros to an end',
      bytes: Buffer.concat([upright.subarray(0, upright.length / 2), Buffer.alloc(1000), hex('ffd9')]),
      gives: broken,
    },
    {
      name: 'half a progressive JPEG that goes on with zeros to an end',
      bytes: Buffer.concat([progressive.subarray(0, progressive.length / 2), Buffer.alloc(1000), hex('ffd9')]),
      gives: broken,
    },
    { name: 'half a progressive JPEG', bytes: progressive.subarray(0, progressive.length / 2), gives: broken },
    {
      name: 'a progressive JPEG that repeats a scan 200 times',
      bytes: Buffer.concat([
        progressive.subarray(0, -2),
        ...Array.from({ length: 200 }, () => progressive.subarray(lastScan, -2)),
        hex('ffd9'),
      ]),
      gives: broken,
    },
  ];
}

/** A chunk of a PNG. */
function chunk(type: string, content: Buffer, isRight = true): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE((crc32(named) ^ (isRight ? 0 : 1)) >>> 0);
  return Buffer.concat([length, named, check]);
}

/** A grey PNG with that many texts, each of 7 MB that are compressed to 7 KB: in Latin-1 and in Unicode by turns. */
export function pngWithTexts(count: number): Buffer {
  const compressed = deflateSync(Buffer.alloc(7_000_000, 'text'), { level: 9 });
  const heads = [
    ['zTXt', 'Title\0\0'],
    ['iTXt', 'Title\0\x01\0\0\0'],
  ] as const;
  const texts = heads.map(([type, head]) => chunk(type, Buffer.concat([Buffer.from(head, 'latin1'), compressed])));
  return png(
    'c8',
    0,
    Array.from({ length: count }, (_, at) => texts[at % texts.length] ?? Buffer.alloc(0)),
  );
}

/** A PNG of 64 x 64 whose left half is black and whose right half is of that sample, without alpha. */
function png(sample: string, colourType: 0 | 2, between: readonly Buffer[] = [], isRight = true): Buffer {
  const [head, pixel] = [Buffer.alloc(13), hex(sample)];
  head.writeUInt32BE(64, 0);
  head.writeUInt32BE(64, 4);
  head.set([(8 * pixel.length) / (colourType === 0 ? 1 : 3), colourType], 8);
  const half = (one: Buffer): Buffer => Buffer.concat(Array.from({ length: 32 }, () => one));
  const line = Buffer.concat([Buffer.alloc(1), half(Buffer.alloc(pixel.length)), half(pixel)]);
  const lines = deflateSync(Buffer.concat(Array.from({ length: 64 }, () => line)));
  return Buffer.concat([
    hex('89504e470d0a1a0a'),
    chunk('IHDR', head),
    ...between,
    chunk('IDAT', lines, isRight),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The same picture with a left half of that colour: red, green, blue, alpha. */
async function halves(left: readonly number[], right: readonly number[]): Promise<Buffer> {
  const row = [...Array.from({ length: 32 }, () => left), ...Array.from({ length: 32 }, () => right)].flat();
  const rows = Buffer.from(Array.from({ length: 64 }, () => row).flat());
  return sharp(rows, { raw: { width: 64, height: 64, channels: 4 } })
    .png()
    .toBuffer();
}

async function pngs(): Promise<OddPicture[]> {
  const grey = png('c8', 0);
  const text = Buffer.from('Title\0none', 'latin1');
  const clearGrey = await halves([0, 0, 0, 0], [200, 200, 200, 255]);
  const clearColour = await halves([0, 0, 0, 0], [200, 0, 255, 255]);
  const transparent = (bytes: number) => [chunk('tRNS', Buffer.alloc(bytes))];
  return [
    {
      name: 'a PNG with a wrong checksum of its text',
      bytes: png('c8', 0, [chunk('tEXt', text, false)]),
      gives: taken(grey),
    },
    { name: 'a PNG with a wrong checksum of its pixels', bytes: png('c8', 0, [], false), gives: broken },
    { name: 'a PNG with many compressed texts of 7 MB', bytes: pngWithTexts(100), gives: taken(grey) },
    { name: 'a PNG with bytes behind its end', bytes: Buffer.concat([grey, Buffer.alloc(100)]), gives: taken(grey) },
    { name: 'a PNG without its end (IEND)', bytes: grey.subarray(0, -12), gives: taken(grey) },
    { name: 'half a PNG', bytes: grey.subarray(0, grey.length - 30), gives: broken },
    {
      name: 'a grey PNG of which one value is transparent',
      bytes: png('c8', 0, transparent(2)),
      gives: taken(clearGrey),
    },
    {
      name: 'a PNG of 8 bits a sample of which one colour is transparent',
      bytes: png('c800ff', 2, transparent(6)),
      gives: taken(clearColour),
    },
    {
      name: 'a grey PNG of 16 bits of which one value is transparent',
      bytes: png('c8c8', 0, transparent(2)),
      gives: taken(clearGrey),
    },
    {
      name: 'a PNG of 16 bits a sample of which one colour is transparent',
      bytes: png('c8c80000ffff', 2, transparent(6)),
      gives: taken(clearColour),
    },
  ];
}

async function gifs(): Promise<OddPicture[]> {
  const colour = (background: string) =>
    sharp({ create: { width: 40, height: 30, channels: 4, background } })
      .png()
      .toBuffer();
  const red = await colour('#ff0000');
  const inset = await sharp({ create: { width: 40, height: 30, channels: 4, background: '#0000' } })
    .composite([{ input: { create: { width: 20, height: 14, channels: 4, background: '#ff0000' } }, left: 10, top: 8 }])
    .png()
    .toBuffer();
  const whole = gifFrame(0, 0, 40, 30, 1);
  return [
    {
      name: 'a GIF whose first frame is smaller than its canvas',
      bytes: gifOf4Colours(gifFrame(10, 8, 20, 14, 1)),
      gives: taken(inset),
    },
    {
      name: 'a GIF whose second frame is damaged',
      bytes: gifOf4Colours(whole, gifFrame(0, 0, 40, 30, 2, hex('ffffffff'))),
      gives: taken(red),
    },
    {
      name: 'a GIF with bytes between its frames that belong to none',
      bytes: gifOf4Colours(whole, hex('5512'), whole),
      gives: taken(red),
    },
    {
      name: 'a GIF that ends in its second frame',
      bytes: gifOf4Colours(whole, whole).subarray(0, -40),
      gives: taken(red),
    },
    { name: 'a GIF without its end', bytes: gifOf4Colours(whole).subarray(0, -1), gives: taken(red) },
    { name: 'half the only frame of a GIF', bytes: gifOf4Colours(whole).subarray(0, 60), gives: broken },
  ];
}

/** An AVIF with that many more brands before those it names, and so with its data further on. */
function behindBrands(avif: Buffer, count: number): Buffer {
  const brands = Buffer.from('miaf'.repeat(count));
  const moved = insert(avif, 16, brands);
  // The size of the first box (ISO/IEC 14496-12, 4.2), and where the data of the first item are (8.11.3: `iloc`).
  for (const place of [0, moved.indexOf('iloc') + 16]) {
    moved.writeUInt32BE(moved.readUInt32BE(place) + brands.length, place);
  }
  return moved;
}

async function avifs(): Promise<OddPicture[]> {
  const cat = await sharp(picture('cat.jpg')).resize(200).png().toBuffer();
  const still = await sharp(cat).avif({ effort: 0, quality: 80 }).toBuffer();
  const deep = (bitdepth: 10 | 12) => sharp(cat).avif({ effort: 0, quality: 80, bitdepth }).toBuffer();
  const data = still.indexOf('mdat', 0, 'latin1') + 4;
  const gradient = Buffer.from(Array.from({ length: 32 }, () => Array.from({ length: 48 }, (_, x) => 5 * x)).flat());
  return [
    {
      name: 'an animated AVIF that has a still picture',
      bytes: overwrite(still, 8, Buffer.from('avis')),
      gives: taken(cat),
    },
    {
      name: 'an AVIF that calls itself a sequence of the container first, and an AVIF after that',
      bytes: overwrite(still, 8, Buffer.from('msf1')),
      gives: taken(cat),
    },
    {
      name: 'an AVIF that names itself so behind eighty other brands',
      bytes: overwrite(behindBrands(still, 80), 8, Buffer.from('mif1')),
      gives: taken(cat),
    },
    {
      name: 'an animated AVIF without a still picture',
      bytes: Buffer.concat([
        hex('0000001c66747970'),
        Buffer.from('avis\0\0\0\0avisavifmiaf', 'latin1'),
        hex('000000086d6f6f76'),
      ]),
      gives: unsupported,
    },
    { name: 'an AVIF of 10 bits a sample', bytes: await deep(10), gives: taken(cat) },
    { name: 'an AVIF of 12 bits a sample', bytes: await deep(12), gives: taken(cat) },
    {
      name: 'a grey AVIF in the range of video',
      bytes: Buffer.from(LIMITED_GREY, 'base64'),
      gives: taken(
        await sharp(gradient, { raw: { width: 48, height: 32, channels: 1 } })
          .png()
          .toBuffer(),
      ),
    },
    { name: 'an AVIF whose data are zeros', bytes: overwrite(still, data, Buffer.alloc(40)), gives: broken },
    {
      name: 'an AVIF with damage in its data',
      bytes: overwrite(still, (data + still.length) >> 1, Buffer.alloc(60, 0xa5)),
      gives: broken,
    },
    { name: 'half an AVIF', bytes: still.subarray(0, still.length / 2), gives: broken },
  ];
}

async function webps(): Promise<OddPicture[]> {
  const whole = await sharp(picture('animated.gif'), { animated: true }).webp().toBuffer();
  return [
    { name: 'an animated WebP', bytes: whole, gives: taken(picture('animated.gif')) },
    {
      name: 'an animated WebP whose last frame is damaged',
      bytes: overwrite(whole, whole.lastIndexOf('ANMF', undefined, 'latin1') + 40, Buffer.alloc(60, 0xa5)),
      gives: broken,
    },
    {
      name: 'an animated WebP that ends in a later frame, which has to be whole',
      bytes: whole.subarray(0, -50),
      gives: broken,
    },
  ];
}

/** One list for every option: what is said of a kind of picture is said of all. */
export const oddPictures = async (): Promise<OddPicture[]> =>
  (await Promise.all([jpegs(), pngs(), gifs(), avifs(), webps()])).flat();
