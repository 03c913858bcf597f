/** The formats that are read. */
export const inputFormats = ['jpeg', 'png', 'webp', 'avif', 'gif'] as const;
export type InputFormat = (typeof inputFormats)[number];

/** The formats that are written; the first is the default. */
export const outputFormats = ['webp', 'jpeg', 'png', 'avif'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** A format's name as people write it. */
export function nameOf(format: InputFormat | OutputFormat): string {
  return format === 'webp' ? 'WebP' : format.toUpperCase();
}

/** How much of a file is looked at: an AVIF names its brands there, four bytes each. */
const HEAD_BYTES = 512;

/**
 * Which supported format these bytes begin as, whatever their sender calls them; undefined if none.
 *
 * Told before any decoder sees a byte, so that only the five decoders above are ever reachable.
 */
export function formatOf(bytes: Uint8Array): InputFormat | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, HEAD_BYTES)).toString('latin1');
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (/^RIFF[^]{4}WEBP/.test(head)) return 'webp';
  if (/^GIF8[79]a/.test(head)) return 'gif';
  return brandsOf(head).includes('avif') ? 'avif' : undefined;
}

/**
 * The brands of an ISO base media file: the major one, and after four bytes of its version the compatible ones
 * (ISO/IEC 14496-12, 4.3). AVIF shares its container with HEIC and MP4, and differs from them by its brand alone.
 */
export function brandsOf(head: string): string[] {
  if (head.slice(4, 8) !== 'ftyp') return [];
  const boxSize = Buffer.from(head.slice(0, 4), 'latin1').readUInt32BE();
  return [head.slice(8, 12), ...(head.slice(16, boxSize).match(/[^]{4}/g) ?? [])];
}
