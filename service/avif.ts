import { brandsOf } from './formats';

interface Box {
  readonly type: string;
  /** What it holds. */
  readonly content: Buffer;
}

/** The boxes that follow each other from there on (ISO/IEC 14496-12, 4.2), as far as they are whole. */
function* boxes(bytes: Buffer): Generator<Box> {
  for (let at = 0; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    const isLarge = size === 1 && at + 16 <= bytes.length;
    const length = size === 0 ? bytes.length - at : isLarge ? Number(bytes.readBigUInt64BE(at + 8)) : size;
    const head = isLarge ? 16 : 8;
    if (length < head) return;
    yield { type: bytes.toString('latin1', at + 4, at + 8), content: bytes.subarray(at + head, at + length) };
    at += length;
  }
}

const find = (bytes: Buffer | undefined, type: string): Buffer | undefined => {
  for (const box of bytes === undefined ? [] : boxes(bytes)) if (box.type === type) return box.content;
  return undefined;
};

const viewOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Makes an AVIF one still picture, in place: the decoder goes by the first brand, and takes none that calls itself a
 * sequence (`avis`) or by the name of the container alone, though its still picture is there.
 *
 * @returns false, and it is as it was, where it is a sequence only, without a still picture
 */
export function makeStill(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  const [major] = brandsOf(view.toString('latin1', 0, 256));
  if (major === 'avif') return true;
  if (major === 'avis' && find(view, 'meta') === undefined) return false;
  view.write('avif', 8, 'latin1');
  return true;
}

/**
 * Whether an AVIF has no colour, and its grey goes from 16 to 235 of 255, as in video, and not from 0: the decoder
 * gives such a grey as it is, and the picture would be washed out (https://github.com/strukturag/libheif/issues/580).
 *
 * It goes by the properties of the file (ISO/IEC 23008-12, 9.3: `ipco`): `av1C`, of which each picture and its alpha
 * has one, says that there is no colour (AV1 Codec ISO Media File Format Binding, 2.3), and `colr` names the range.
 */
export function isLimitedGrey(bytes: Uint8Array): boolean {
  const meta = find(viewOf(bytes), 'meta');
  const properties = [...boxes(find(find(meta?.subarray(4), 'iprp'), 'ipco') ?? Buffer.alloc(0))];
  const contentOf = (type: string): Buffer[] => properties.filter((box) => box.type === type).map((box) => box.content);
  const configurations = contentOf('av1C');
  const isGrey = configurations.length > 0 && configurations.every((one) => ((one[2] ?? 0) & 0x10) !== 0);
  const ranges = contentOf('colr').filter((one) => one.toString('latin1', 0, 4) === 'nclx');
  return isGrey && ranges.some((one) => ((one[10] ?? 0x80) & 0x80) === 0);
}
