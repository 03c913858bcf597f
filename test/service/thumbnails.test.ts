import sharp from 'sharp';
import { inputFormats, outputFormats } from '../../service/formats';
import { photograph, problemOf, serviceInProcess } from './in-process';

const service = serviceInProcess();

type Colour = readonly [red: number, green: number, blue: number, alpha?: number];

/** The picture in an answer, decoded again: its size, and its colour at any place from 0 to 1. */
async function pictureIn(response: Response): Promise<{
  width: number;
  height: number;
  at(x: number, y: number): number[];
}> {
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  const { data, info } = await sharp(await response.arrayBuffer())
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    ...info,
    at: (x, y) => {
      const offset = 4 * (Math.floor(y * info.height) * info.width + Math.floor(x * info.width));
      return [...data.subarray(offset, offset + 4)];
    },
  };
}

/** Lossy formats miss a colour by a little: no more than that is forgiven. */
function expectColour(actual: readonly number[], [red, green, blue, alpha = 255]: Colour, tolerance = 12): void {
  const off = [red, green, blue, alpha].map((channel, i) => Math.abs(channel - (actual[i] ?? NaN)));
  if (!off.every((distance) => distance <= tolerance)) {
    throw new Error(`expected about ${[red, green, blue, alpha].join()}, got ${actual.join()}`);
  }
}

const colours = { R: [255, 0, 0], G: [0, 160, 0], B: [0, 0, 255], Y: [240, 220, 0] } as const;
type Corner = keyof typeof colours;

/** A picture of four quarters: upper left, upper right, lower left, lower right. */
function quarters(corners: readonly Corner[], width = 400, height = 200): sharp.Sharp {
  const tile = (corner: Corner, left: number, top: number): sharp.OverlayOptions => {
    const [r, g, b] = colours[corner];
    return {
      input: { create: { width: width / 2, height: height / 2, channels: 3, background: { r, g, b } } },
      left,
      top,
    };
  };
  const [a, b, c, d] = corners as [Corner, Corner, Corner, Corner];
  return sharp({ create: { width, height, channels: 3, background: 'black' } }).composite([
    tile(a, 0, 0),
    tile(b, width / 2, 0),
    tile(c, 0, height / 2),
    tile(d, width / 2, height / 2),
  ]);
}

describe('a thumbnail', () => {
  const sources: Record<(typeof inputFormats)[number], string> = {
    jpeg: 'cat.jpg',
    png: 'glass.png',
    webp: 'cat.webp',
    avif: 'cat.avif',
    gif: 'animated.gif',
  };
  const pairs = inputFormats.flatMap((input) => outputFormats.map((output) => ({ input, output })));

  test.each(pairs)('is made of $input as $output, in the size that was asked for', async ({ input, output }) => {
    const response = await service.thumbnail(photograph(sources[input]), `width=64&format=${output}`);
    expect(response.headers.get('Content-Type')).toBe(`image/${output}`);
    const bytes = await response.arrayBuffer();
    const { format, compression, width, height } = await sharp(bytes).metadata();
    expect(output === 'avif' ? compression : format).toBe(output === 'avif' ? 'av1' : output);
    const original = await sharp(photograph(sources[input])).metadata();
    expect([width, height]).toEqual([64, Math.round((64 * original.height) / original.width)]);
    expect(Number(response.headers.get('Content-Length'))).toBe(bytes.byteLength);
  });

  test('is a WebP of 320 pixels unless something else is asked for', async () => {
    const response = await service.thumbnail(photograph('cat.jpg'));
    expect(response.headers.get('Content-Type')).toBe('image/webp');
    expect(await pictureIn(response)).toMatchObject({ width: 320, height: 213 });
  });

  test('looks like its picture', async () => {
    const asked = 'width=200&format=png';
    const wanted = await sharp(photograph('cat.jpg')).resize({ width: 200 }).removeAlpha().raw().toBuffer();
    for (const source of ['cat.jpg', 'cat.webp', 'cat.avif']) {
      const response = await service.thumbnail(photograph(source), asked);
      const made = await sharp(await response.arrayBuffer())
        .removeAlpha()
        .raw()
        .toBuffer();
      const meanDifference =
        made.reduce((sum, value, i) => sum + Math.abs(value - (wanted[i] ?? NaN)), 0) / made.length;
      expect(meanDifference).toBeLessThan(4);
    }
  });

  test('of a narrow picture is not enlarged', async () => {
    expect(await pictureIn(await service.thumbnail(photograph('animated.gif'), 'width=2048'))).toMatchObject({
      width: 160,
      height: 120,
    });
  });

  test.each(outputFormats)('of a strip is no higher than the greatest height, as %s', async (format) => {
    const strip = sharp({ create: { width: 16, height: 20_000, channels: 3, background: 'teal' } });
    const response = await service.thumbnail(
      new Uint8Array(await strip.png().toBuffer()),
      `width=320&format=${format}`,
    );
    expect(await pictureIn(response)).toMatchObject({ width: 3, height: 4096 });
  });

  test('of a very wide picture is one pixel high at least', async () => {
    const strip = sharp({ create: { width: 8000, height: 2, channels: 3, background: 'teal' } });
    const response = await service.thumbnail(new Uint8Array(await strip.png().toBuffer()), 'width=16');
    expect(await pictureIn(response)).toMatchObject({ width: 16, height: 1 });
  });

  // How each value of EXIF's Orientation shows quarters that are stored as R G / B Y.
  test.each<[orientation: number, shown: string]>([
    [1, 'RGBY'],
    [2, 'GRYB'],
    [3, 'YBGR'],
    [4, 'BYRG'],
    [5, 'RBGY'],
    [6, 'BRYG'],
    [7, 'YGBR'],
    [8, 'GYRB'],
  ])('is upright: EXIF orientation %d is applied', async (orientation, shown) => {
    const stored = await quarters(['R', 'G', 'B', 'Y']).withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer();
    const picture = await pictureIn(await service.thumbnail(new Uint8Array(stored), 'width=100&format=png'));
    expect([picture.width, picture.height]).toEqual(orientation < 5 ? [100, 50] : [100, 200]);
    const places = [
      [0.25, 0.25],
      [0.75, 0.25],
      [0.25, 0.75],
      [0.75, 0.75],
    ] as const;
    places.forEach(([x, y], i) => {
      expectColour(picture.at(x, y), colours[shown[i] as Corner]);
    });
  });

  test.each(['webp', 'png', 'avif'])('keeps transparency as %s', async (format) => {
    const picture = await pictureIn(await service.thumbnail(photograph('glass.png'), `width=200&format=${format}`));
    expect(picture.at(0.01, 0.01)[3]).toBeLessThan(4);
    expectColour(picture.at(0.5, 0.5), [0, 96, 255, 128]);
    expectColour(picture.at(0.5, 0.08), [0, 48, 128, 255]);
  });

  test('lays transparency on white as jpeg', async () => {
    const picture = await pictureIn(await service.thumbnail(photograph('glass.png'), 'width=200&format=jpeg'));
    expectColour(picture.at(0.01, 0.01), [255, 255, 255]);
    expectColour(picture.at(0.5, 0.5), [128, 176, 255]);
    expectColour(picture.at(0.5, 0.08), [0, 48, 128]);
  });

  test.each(outputFormats)('carries no metadata as %s: not the camera, not the place', async (format) => {
    const original = photograph('cat.jpg');
    expect(Buffer.from(original).includes('Exemplar')).toBe(true);
    const made = Buffer.from(await (await service.thumbnail(original, `format=${format}`)).arrayBuffer());
    expect(made.includes('Exemplar')).toBe(false);
    const { exif, icc, xmp, iptc, orientation } = await sharp(made).metadata();
    expect({ exif, icc, xmp, iptc, orientation }).toEqual({});
  });

  test('is in sRGB whatever profile its picture has', async () => {
    const red = sharp({ create: { width: 64, height: 64, channels: 3, background: '#ff0000' } });
    const displayP3 = await red.clone().withIccProfile('p3').png().toBuffer();
    const stored = await sharp(displayP3, { ignoreIcc: true }).raw().toBuffer();
    expectColour([...stored.subarray(0, 3), 255], [234, 51, 35]);
    expectColour(
      (await pictureIn(await service.thumbnail(new Uint8Array(displayP3), 'format=png'))).at(0.5, 0.5),
      [255, 0, 0],
      3,
    );
  });

  test('of a CMYK picture is in sRGB', async () => {
    const cmyk = await quarters(['R', 'G', 'B', 'Y']).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    const response = await service.thumbnail(new Uint8Array(cmyk), 'format=jpeg');
    expect(await sharp(await response.arrayBuffer()).metadata()).toMatchObject({ space: 'srgb', channels: 3 });
  });

  test('of 16 bits a channel has 8', async () => {
    const deep = await sharp(photograph('cat.jpg')).toColourspace('rgb16').png().toBuffer();
    const response = await service.thumbnail(new Uint8Array(deep), 'format=png');
    expect(await sharp(await response.arrayBuffer()).metadata()).toMatchObject({ depth: 'uchar', space: 'srgb' });
  });

  test.each(['gif', 'webp'] as const)('of an animated %s shows its first frame', async (format) => {
    const animated = await sharp(photograph('animated.gif'), { animated: true }).toFormat(format).toBuffer();
    expect((await sharp(animated).metadata()).pages).toBe(6);
    const made = Buffer.from(await (await service.thumbnail(new Uint8Array(animated), 'format=webp')).arrayBuffer());
    expect((await sharp(made).metadata()).pages ?? 1).toBe(1);
    expectColour([...(await sharp(made).ensureAlpha().raw().toBuffer()).subarray(0, 4)], [192, 0, 0]);
  });

  test('of a picture with a page behind it is the picture alone', async () => {
    const made = await (await service.thumbnail(photograph('polyglot.jpg'), 'format=jpeg')).arrayBuffer();
    expect(Buffer.from(made).includes('<script>')).toBe(false);
    expect(await sharp(made).metadata()).toMatchObject({ format: 'jpeg', width: 320 });
  });

  test('is recognised by the bytes, whatever its sender calls them', async () => {
    const init = { headers: { 'Content-Type': 'image/svg+xml' } };
    expect((await service.thumbnail(photograph('cat.jpg'), '', init)).status).toBe(200);
  });
});

describe('the ETag', () => {
  test('is strong, the same for the same thumbnail, and another for another', async () => {
    const tag = async (query: string): Promise<string | null> =>
      (await service.thumbnail(photograph('cat.jpg'), query)).headers.get('ETag');
    const first = await tag('width=64');
    expect(first).toMatch(/^"[\w-]{43}"$/);
    expect(await tag('width=64')).toBe(first);
    expect(await tag('width=65')).not.toBe(first);
  });

  test.each([(tag: string) => tag, (tag: string) => `W/${tag}`, (tag: string) => `"other", ${tag}`, () => '*'])(
    'spares the answer where If-None-Match has it (%#)',
    async (header) => {
      const whole = await service.thumbnail(photograph('cat.jpg'), 'width=64');
      const tag = whole.headers.get('ETag') ?? '';
      const spared = await service.thumbnail(photograph('cat.jpg'), 'width=64', {
        headers: { 'If-None-Match': header(tag) },
      });
      expect([spared.status, await spared.text(), spared.headers.get('ETag')]).toEqual([304, '', tag]);
    },
  );

  test('does not spare another', async () => {
    const headers = { 'If-None-Match': '"other"' };
    expect((await service.thumbnail(photograph('cat.jpg'), 'width=64', { headers })).status).toBe(200);
  });
});

describe('what is no picture', () => {
  test.each([
    ['drawing.svg', '"<?xml versio"'],
    ['document.pdf', '"%PDF-1.7.1 0"'],
  ])('%s is refused as unsupported', async (name, beginning) => {
    const response = await service.thumbnail(photograph(name));
    expect(response.status).toBe(415);
    const { type, detail, allowed } = await problemOf(response);
    expect(type).toBe('urn:thumbnails:problem:unsupported-image');
    expect(detail).toContain(beginning);
    expect(detail).toContain('JPEG, PNG, WebP, AVIF, GIF');
    expect(allowed).toEqual(inputFormats);
  });

  test.each(['tiff', 'jp2', 'jxl', 'heic'])('%s is refused as unsupported', async (format) => {
    const beginnings: Record<string, string> = {
      tiff: 'II*\0\x08\0\0\0',
      jp2: '\0\0\0\x0cjP  \r\n\x87\n',
      jxl: '\xff\x0a\xfa\x7f',
      heic: '\0\0\0\x18ftypheic\0\0\0\0mif1heic',
    };
    const bytes = new Uint8Array(Buffer.from((beginnings[format] ?? '') + 'x'.repeat(100), 'latin1'));
    expect((await problemOf(await service.thumbnail(bytes))).type).toBe('urn:thumbnails:problem:unsupported-image');
  });

  test('the loaders behind the refusal are switched off too', async () => {
    await service.thumbnail(photograph('cat.jpg'));
    await expect(sharp(photograph('drawing.svg')).metadata()).rejects.toThrow('unsupported image format');
  });

  test.each(['truncated.jpg', 'polyglot.gif'])('%s is refused as broken', async (name) => {
    const response = await service.thumbnail(photograph(name));
    expect(response.status).toBe(422);
    expect((await problemOf(response)).type).toBe('urn:thumbnails:problem:broken-image');
  });

  test.each(inputFormats.map((format) => (format === 'avif' ? 'heif' : format)))(
    'a cut %s is refused as broken',
    async (format) => {
      const whole = new Uint8Array(
        await sharp(photograph('cat.jpg')).toFormat(format, { compression: 'av1' }).toBuffer(),
      );
      for (const share of [0.02, 0.1, 0.5, 0.9, 0.97]) {
        const response = await service.thumbnail(whole.slice(0, Math.floor(whole.length * share)), 'width=16');
        expect(response.status).toBe(422);
      }
    },
  );

  test('an animated GIF whose first frame is whole is no broken picture', async () => {
    const cut = photograph('animated.gif');
    expect((await service.thumbnail(cut.slice(0, cut.length * 0.9))).status).toBe(200);
  });

  test('damage inside a JPEG is refused, not shown', async () => {
    const damaged = photograph('cat.jpg');
    damaged.fill(0, damaged.length * 0.5, damaged.length * 0.6);
    expect((await service.thumbnail(damaged)).status).toBe(422);
  });

  test("a decoder's own words stay in the log", async () => {
    const one = serviceInProcess();
    const body = await (await one.thumbnail(photograph('truncated.jpg'))).text();
    expect(body).not.toContain('VipsJpeg');
    expect(JSON.stringify(one.log)).toContain('premature end of JPEG image');
  });
});

describe('a picture too large to decode', () => {
  test('a bomb of few bytes is refused by its header', async () => {
    const response = await service.thumbnail(photograph('bomb.png'));
    expect(response.status).toBe(422);
    const { type, detail, allowed } = await problemOf(response);
    expect(type).toBe('urn:thumbnails:problem:too-many-pixels');
    expect(detail).toContain('20000 x 20000 = 400000000 pixels');
    expect(allowed).toEqual({ maxPixels: 50_000_000 });
  });

  test('no pixel is decoded to find out: the header alone is enough', async () => {
    const headerOnly = photograph('bomb.png').slice(0, 8 + 25 + 100);
    expect((await problemOf(await service.thumbnail(headerOnly))).type).toBe('urn:thumbnails:problem:too-many-pixels');
  });

  test('exactly the greatest number of pixels is allowed, one more is not', async () => {
    const limited = serviceInProcess({ limits: { maxBodyBytes: 100_000, maxPixels: 451 * 300 } });
    expect((await limited.thumbnail(photograph('cat.jpg'))).status).toBe(200);
    const stricter = serviceInProcess({ limits: { maxBodyBytes: 100_000, maxPixels: 451 * 300 - 1 } });
    expect((await stricter.thumbnail(photograph('cat.jpg'))).status).toBe(422);
  });

  test.each(['gif', 'webp'] as const)('every frame of an animated %s counts', async (format) => {
    const animated = await sharp(photograph('animated.gif'), { animated: true }).toFormat(format).toBuffer();
    const limited = serviceInProcess({ limits: { maxBodyBytes: 100_000, maxPixels: 160 * 120 * 5 } });
    const { detail } = await problemOf(await limited.thumbnail(new Uint8Array(animated)));
    expect(detail).toContain('160 x 120 x 6 frames = 115200 pixels');
  });

  test('a platform with little memory refuses what it cannot hold, and takes the same size where it can', async () => {
    const flat = sharp({ create: { width: 3000, height: 2500, channels: 3, background: 'teal' } });
    const avif = new Uint8Array(await flat.clone().avif({ effort: 0 }).toBuffer());
    const jpeg = new Uint8Array(await flat.clone().jpeg().toBuffer());
    const small = serviceInProcess({ memoryMiB: 256 });
    const { type, detail } = await problemOf(await small.thumbnail(avif));
    expect(type).toBe('urn:thumbnails:problem:too-many-pixels');
    expect(detail).toMatch(
      /AVIF of that size takes more memory to decode than this service has: about \d+ are possible/,
    );
    expect((await small.thumbnail(jpeg)).status).toBe(200);
    expect((await serviceInProcess({ memoryMiB: 1024 }).thumbnail(avif)).status).toBe(200);
  });
});
