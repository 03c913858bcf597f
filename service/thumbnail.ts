import type sharp from 'sharp';
import type { FailOnOptions, Metadata, Sharp as SharpInstance } from 'sharp';
import { isLimitedGrey, makeStill } from './avif';
import { formatOf, inputFormats, nameOf, type InputFormat, type OutputFormat } from './formats';
import { Gate } from './gate';
import { firstFrameOf } from './gif';
import { mendJpeg } from './jpeg';
import type { Platform } from './platform';
import { skipTexts } from './png';
import { Problem } from './problem';

/** What a caller may ask for. */
export interface ThumbnailRequest {
  /** Width in pixels; a narrower picture is not enlarged. */
  readonly width: number;
  readonly format: OutputFormat;
}

/** A finished thumbnail. */
export interface Thumbnail {
  readonly bytes: Uint8Array;
  readonly mediaType: `image/${OutputFormat}`;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
}

/** Makes thumbnails; `image` is the maker's from then on: faults of it are mended in place. */
export type Thumbnailer = (image: Uint8Array, wanted: ThumbnailRequest, signal?: AbortSignal) => Promise<Thumbnail>;

/** Several thumbnails of one picture. */
export interface ThumbnailsRequest extends Pick<ThumbnailRequest, 'format'> {
  /** In pixels, one for each thumbnail. */
  readonly widths: readonly number[];
}

/** Makes several thumbnails of one picture, in the order of their widths; `image` is the maker's from then on. */
export type ThumbnailsMaker = (
  image: Uint8Array,
  wanted: ThumbnailsRequest,
  signal?: AbortSignal,
) => Promise<Thumbnail[]>;

/** Widths that may be asked for, in pixels. */
export const widths = { minimum: 16, default: 320, maximum: 2048 } as const;

/**
 * No thumbnail is higher, in pixels: otherwise a strip of 16 by 60,000 pixels would come back as it is, and not every
 * encoder writes one.
 */
export const maxHeight = 4096;

/**
 * No side of a picture is longer, in pixels. A JPEG or GIF can't be; a PNG of one line took 100 bytes of memory for each
 * of its pixels, and one of a pixel a line ten times the processor time of another picture.
 */
export const maxSide = 65_535;

/**
 * The most memory that a decoder took for each pixel of its input, in bytes, rounded up: measured with sharp 0.35.5 as
 * the growth of the process's peak on pictures of 50 million pixels, 16 bits a channel, alpha and CMYK included. A JPEG
 * or PNG is read line by line, unless it is progressive or interlaced: then it must be decoded whole. An AVIF of 10 or
 * 12 bits a sample takes the larger figure.
 *
 * It holds where glibc gives back what is freed, so each compute option on Linux sets `MALLOC_ARENA_MAX=2` and
 * `MALLOC_MMAP_THRESHOLD_=131072`. By its defaults glibc keeps freed pictures: under a load of the worst of them a platform
 * of 512 MiB grew to 840 MB, with the two settings to 417 MB, and was as fast.
 */
const decodingBytes = {
  jpeg: { byLine: 2, whole: 9 },
  png: { byLine: 2, whole: 11 },
  webp: { byLine: 5, whole: 5 },
  gif: { byLine: 6, whole: 6 },
  avif: { byLine: 20, whole: 26 },
} as const satisfies Record<InputFormat, { byLine: number; whole: number }>;

/**
 * What the lines of a picture take that are held while it is shrunk, in bytes for each pixel: transparent pixels are
 * numbers of four bytes a channel then. So many lines are held of a high picture, and buffers for the least of any.
 * Of the other formats, the figures above have it.
 */
const shrinking = {
  lines: { least: 256, most: 512 },
  bytes: { jpeg: 0, png: 20, webp: 0, gif: 10, avif: 0 } satisfies Record<InputFormat, number>,
} as const;

/** The same for each pixel of the thumbnail. */
const encodingBytes = { webp: 12, jpeg: 12, png: 12, avif: 50 } as const satisfies Record<OutputFormat, number>;

/** What any picture takes whatever its size, in bytes: some hundreds of lines at each step of the work. */
const eachBytes = 32 * 2 ** 20;

/** What a process of this service takes while it makes no thumbnail, in MiB; it is 80 to 90. */
const idleMiB = 96;

/** Memory for pictures is never reckoned below this, in MiB, or the smallest options could make no thumbnail at all. */
const leastMiB = 64;

/** How many pictures may wait for each CPU: at the usual 30 ms each, half a second. */
const waitingPerCpu = 16;

type Sharp = typeof sharp;

let loading: Promise<Sharp> | undefined;

/**
 * Loads sharp when the first thumbnail is asked for, not when the process starts: libvips is most of what there is to
 * load, and a cold start that only shows the page or answers a health check should not pay for it.
 */
function loadSharp(): Promise<Sharp> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    // libvips can open some thirty formats, SVG and PDF among them: all but these five loaders are switched off.
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({
      operation: [
        'VipsForeignLoadJpegBuffer',
        'VipsForeignLoadPngBuffer',
        'VipsForeignLoadWebpBuffer',
        'VipsForeignLoadHeifBuffer',
        'VipsForeignLoadNsgifBuffer',
      ],
    });
    // No picture is seen twice, so a cache of decoded pictures would only take memory.
    sharp.cache(false);
    // One thread a picture and a picture a CPU: shrinking to a thumbnail gains nothing from a second thread (measured:
    // 12 megapixels in 31 ms with one, 33 ms with two), and each thread has buffers of its own.
    sharp.concurrency(1);
    return sharp;
  });
  return loading;
}

/** As createThumbnailsMaker, for one thumbnail a picture. */
export function createThumbnailer(platform: Spendable, bodyBytes?: number): Thumbnailer {
  const makeThumbnails = createThumbnailsMaker(platform, bodyBytes);
  return async (image, { width, format }, signal) => {
    const [thumbnail] = await makeThumbnails(image, { widths: [width], format }, signal);
    if (thumbnail === undefined) throw new Error(`There is no thumbnail of ${width} pixels`);
    return thumbnail;
  };
}

/** What a maker of thumbnails may spend. */
type Spendable = Pick<Platform, 'limits' | 'cpus' | 'memoryMiB'>;

/**
 * A maker of thumbnails that stays within the platform's memory and limits: one a process, since it counts what is being
 * decoded at once.
 *
 * It throws Problem `unsupported-image`, `broken-image`, `too-many-pixels`, `busy` or `caller-gone`.
 *
 * @param bodyBytes memory that is spoken for by the pictures as they were sent, in bytes
 */
export function createThumbnailsMaker(
  { limits, cpus, memoryMiB }: Spendable,
  bodyBytes = limits.maxBodyBytes,
): ThumbnailsMaker {
  const { maxPixels } = limits;
  const forPictures = Math.max(memoryMiB * 2 ** 20 - idleMiB * 2 ** 20 - bodyBytes, leastMiB * 2 ** 20);
  const gate = new Gate(forPictures, cpus, cpus * waitingPerCpu);

  return async (image, wanted, signal = new AbortController().signal) => {
    const format = formatOf(image);
    if (format === undefined) throw unsupported(`The body begins with ${beginningOf(image)}`);

    const sharp = await loadSharp();
    const headerOf = (bytes: Uint8Array, failOn: FailOnOptions = reading.failOn): Promise<Metadata> =>
      sharp(bytes, { ...reading, failOn, limitInputPixels: false })
        .metadata()
        .catch((cause: unknown) => {
          throw decodingError(format, cause);
        });
    if (format === 'avif' && !makeStill(image)) {
      throw unsupported('The body is an AVIF of moving pictures without a still one');
    }
    if (format === 'png') skipTexts(image);
    const first = format === 'gif' ? firstFrameOf(image) : undefined;
    // Of a GIF, all frames that can be read are counted, but the first alone has to be whole. Its end is not there yet.
    const header = await headerOf(image).catch((error: unknown) => {
      if (first === undefined) throw error;
      return headerOf(first.frame, 'none');
    });
    const frames = header.pages ?? 1;
    const pixels = header.width * header.height * frames;
    const size = `${header.width} x ${header.height}${frames > 1 ? ` x ${frames} frames` : ''} = ${pixels} pixels`;
    if (pixels > maxPixels) {
      throw tooManyPixels(`The picture has ${size}; at most ${maxPixels} are allowed.`, { maxPixels });
    }
    if (Math.max(header.width, header.height) > maxSide) {
      throw tooManyPixels(`The picture has ${size}; at most ${maxSide} a side are allowed.`, { maxSide });
    }
    const width = Math.max(...wanted.widths);
    const isOne = wanted.widths.length === 1;
    const copied = first === undefined ? 0 : first.frame.byteLength + first.end.byteLength;
    const needed =
      memoryFor(format, header, { width, format: wanted.format }) + copied + (isOne ? 0 : rawBytes(header, width));
    if (needed > gate.bytes) {
      const possible = Math.floor((pixels * Math.max(0, gate.bytes - eachBytes)) / (needed - eachBytes));
      throw tooManyPixels(
        `The picture has ${size}; a ${nameOf(format)} of that size takes more memory to decode than this service ` +
          `has: about ${possible} are possible.`,
        { maxPixels: possible },
      );
    }

    const make = async (bytes: Uint8Array): Promise<Thumbnail[]> => {
      const largest = sharp(bytes, { ...reading, limitInputPixels: maxPixels }).resize({
        width,
        height: maxHeight,
        fit: 'inside',
        withoutEnlargement: true,
      });
      if (format === 'avif' && isLimitedGrey(bytes)) largest.linear(...fullRange(header.bitsPerSample ?? 8));
      const written = async (thumbnail: SharpInstance): Promise<Thumbnail> => {
        const { data, info } = await encoders[wanted.format](thumbnail).toBuffer({ resolveWithObject: true });
        return { bytes: data, mediaType: `image/${wanted.format}`, width: info.width, height: info.height };
      };
      const broken = (cause: unknown): never => {
        throw decodingError(format, cause);
      };
      if (isOne) return [await written(largest).catch(broken)];

      // Decoded once, the smaller are made of the largest. Of 12 megapixels to 160, 320 and 640 pixels, decoding for each
      // took 111 ms (JPEG, where it can be decoded at an eighth), 302 (WebP), 1,275 (AVIF); so it took 75, 131 and 448.
      // Against one made of all pixels both are above 49 dB.
      const { data, info } = await largest.raw().toBuffer({ resolveWithObject: true }).catch(broken);
      const thumbnails: Thumbnail[] = [];
      for (const each of wanted.widths) {
        const raw = sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
        thumbnails.push(await written(each < info.width ? raw.resize({ ...sizeOf(header, each), fit: 'fill' }) : raw));
      }
      return thumbnails;
    };

    return gate.run(needed, signal, async () => {
      for (;;) {
        try {
          return await make(first === undefined ? image : Buffer.concat([first.frame, first.end]));
        } catch (error) {
          const isBroken = error instanceof Problem && error.problem === 'broken-image';
          if (!isBroken || format !== 'jpeg' || !mendJpeg(image)) throw error;
        }
      }
    });
  };
}

/**
 * How pictures are read. Any warning of a decoder is an error, as sharp advises for pictures of strangers: a JPEG that
 * ends early would otherwise come back with a grey bottom. A metadata block that can't be read is no such warning.
 */
const reading = { failOn: 'warning', autoOrient: true } as const;

/** How grey from 16 to 235, of that many bits, becomes one from 0 to 255: factor and offset, as decoded. */
function fullRange(bits: number): [factor: number, offset: number] {
  // The decoder gives 10 and 12 bits as the upper ones of 16.
  const [lowest, span, all] = bits > 8 ? [16 << 8, 219 << 8, 65535] : [16, 219, 255];
  return [all / span, (-lowest * all) / span];
}

const encoders = {
  webp: (picture) => picture.webp(),
  jpeg: (picture) => picture.flatten({ background: '#ffffff' }).jpeg(),
  png: (picture) => picture.png(),
  // Effort 4, the default, takes 10 s for 2048 pixels of width where effort 1 takes 0.8 s and 10 % more bytes.
  avif: (picture) => picture.avif({ effort: 1 }),
} as const satisfies Record<OutputFormat, (picture: SharpInstance) => SharpInstance>;

/** What becomes of a picture of that size at that width, in pixels. */
function sizeOf({ autoOrient }: Pick<Metadata, 'autoOrient'>, wanted: number): { width: number; height: number } {
  const scale = Math.min(1, wanted / autoOrient.width, maxHeight / autoOrient.height);
  const scaled = (length: number): number => Math.max(1, Math.round(length * scale));
  return { width: scaled(autoOrient.width), height: scaled(autoOrient.height) };
}

/** The pixels of a thumbnail before it is written, at most, in bytes. */
function rawBytes(header: Pick<Metadata, 'autoOrient'>, wanted: number): number {
  const { width, height } = sizeOf(header, wanted);
  return width * height * 4;
}

/** The most memory that one thumbnail may take while it is made, in bytes. */
export function memoryFor(
  format: InputFormat,
  header: Pick<Metadata, 'width' | 'height' | 'autoOrient' | 'isProgressive' | 'bitsPerSample'>,
  wanted: ThumbnailRequest,
): number {
  const { width, height } = header.autoOrient;
  const scale = Math.min(1, wanted.width / width, maxHeight / height);
  const isDeepAvif = format === 'avif' && (header.bitsPerSample ?? 8) > 8;
  const perInputPixel = decodingBytes[format][header.isProgressive || isDeepAvif ? 'whole' : 'byLine'];
  const pixelBytes = width * height * (perInputPixel + scale ** 2 * encodingBytes[wanted.format]);
  // As it is stored, and not as it is turned.
  const lines = Math.min(Math.max(header.height, shrinking.lines.least), shrinking.lines.most);
  const lineBytes = header.width * lines * shrinking.bytes[format];
  return eachBytes + lineBytes + Math.ceil(pixelBytes);
}

function unsupported(fact: string): Problem {
  const allowed = inputFormats.map(nameOf).join(', ');
  return new Problem('unsupported-image', `${fact}. Supported are ${allowed}.`, { members: { allowed: inputFormats } });
}

function tooManyPixels(detail: string, allowed: Readonly<Record<string, number>>): Problem {
  return new Problem('too-many-pixels', detail, { members: { allowed } });
}

/** What a decoder's complaint means to the caller. The complaint itself is for the log only. */
function decodingError(format: InputFormat, cause: unknown): unknown {
  const complaint = cause instanceof Error ? cause.message : String(cause);
  if (/out of memory/i.test(complaint)) return cause;
  return new Problem(
    'broken-image',
    `The body begins as ${nameOf(format)}, but can't be decoded: a part is missing or damaged. Send all its bytes; ` +
      'where these are all, save the picture anew.',
    { cause },
  );
}

/** The first bytes as a person may know them again: `"%PDF-1.7"`, `"....ftypheic"`. */
function beginningOf(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  return JSON.stringify(head.replace(/[^\x20-\x7e]/g, '.'));
}
