// Marker codes of JPEG (ITU-T T.81, table B.1): the byte after 0xFF.
const [SOI, EOI, SOS, APP0, APP14] = [0xd8, 0xd9, 0xda, 0xe0, 0xee];
const isRestart = (code: number): boolean => code >= 0xd0 && code <= 0xd7;
/** Of a frame that is progressive, whose scans each carry a part of the coefficients: SOF2, 6, 10 and 14. */
const isProgressiveFrame = (code: number): boolean => [0xc2, 0xc6, 0xca, 0xce].includes(code);
/** SOF0 to SOF15, between which are DHT, JPG and DAC. */
const isFrame = (code: number): boolean => code >= 0xc0 && code <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(code);
/** What a scan header of any other frame ends with: all 64 coefficients, with all their bits (T.81, B.2.3). */
const WHOLE_SCAN = [0, 63, 0];

/** A camera's picture has some twenty; a JPEG of more than that is not mended, which would take time for each. */
const MOST_SEGMENTS = 1000;

/** Bytes that all get one value. */
interface Change {
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Mends the faults of a JPEG that many files have and that touch no pixel. The decoder only warns of them, as it does
 * of damaged pixels:
 *
 * - a scan header that does not end with 0, 63, 0 in a picture that is not progressive (Samsung's cameras:
 *   https://github.com/lovell/sharp/issues/1578)
 * - bytes between two segments that belong to neither
 * - two or more zeros behind the data of a scan
 * - a version of JFIF, or a colour transform of Adobe, that is not defined
 *
 * What is left of a scan's data stays as it is, and so does a missing end: it can't be distinguished from a cut picture.
 *
 * The data of one colour may end with zeros that belong to it: zeros are mended by a call of their own, once there is no
 * other fault.
 *
 * @param bytes a picture that its owner has no other use for: it is mended in place, without a copy
 * @returns whether it had any of these faults; false, and it is as it was, where it does not go on to its end (EOI),
 *   or has more than 1,000 segments
 */
export function mendJpeg(bytes: Uint8Array): boolean {
  const changes = changesOf(bytes);
  for (const { value, from, to } of changes) bytes.fill(value, from, to);
  return changes.length > 0;
}

/** What mends a JPEG: nothing where it can't be mended. */
function changesOf(bytes: Uint8Array): readonly Change[] {
  const changes: Change[] = [];
  const zeros: Change[] = [];
  const set = (at: number, value: number): void => {
    if (bytes[at] !== value) changes.push({ value, from: at, to: at + 1 });
  };
  let isProgressive = false;
  let components = 0;
  /** The places of Adobe's colour transforms. */
  const transforms: number[] = [];

  for (let from = 2, segments = 0; segments <= MOST_SEGMENTS; segments += 1) {
    const at = markerAt(bytes, from, (code) => code !== 0 && code !== 1 && code !== SOI && !isRestart(code));
    const code = at === undefined ? undefined : bytes[at];
    if (at === undefined || code === undefined) return [];
    // One 0xFF belongs to the marker, and more may fill up: what belongs to no segment becomes filling.
    if (!isFilling(bytes, from, at)) changes.push({ value: 0xff, from, to: at });
    if (code === EOI) {
      for (const place of transforms) set(place, definedTransform(components, bytes[place] ?? 0));
      return changes.length > 0 ? changes : zeros;
    }

    const start = at - 1;
    const end = at + 1 + (((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0));
    if (end < at + 3 || end > bytes.length) return [];
    isProgressive ||= isProgressiveFrame(code);
    if (isFrame(code)) components = bytes[start + 9] ?? 0;
    if (code === APP0 && end > start + 9 && isNamed(bytes, start, 'JFIF\0')) set(start + 9, 1);
    if (code === APP14 && end > start + 15 && isNamed(bytes, start, 'Adobe')) transforms.push(start + 15);
    from = end;
    if (code !== SOS) continue;

    if (end < start + 7) return [];
    if (!isProgressive) WHOLE_SCAN.forEach((value, i) => set(end - 3 + i, value));
    const next = markerAt(bytes, end, (after) => after !== 0 && !isRestart(after));
    if (next === undefined) return [];
    from = next - 1;
    const dataEnd = endOfData(bytes, end, from);
    // The last byte of data may be a single zero.
    if (from - dataEnd > 1) zeros.push({ value: 0xff, from: dataEnd, to: from });
  }
  return [];
}

/**
 * Adobe's colour transform of a picture of that many components (Adobe Technical Note 5116: 1 is YCbCr, 2 YCCK, 0
 * neither); for a value that is not defined, what the decoder assumes.
 */
function definedTransform(components: number, value: number): number {
  if (components === 3) return value > 1 ? 1 : value;
  if (components === 4) return value === 0 ? 0 : 2;
  return value;
}

/** The place of the code of the next marker of that kind, from there on. */
function markerAt(bytes: Uint8Array, from: number, isWanted: (code: number) => boolean): number | undefined {
  // A call of indexOf for each 0xFF takes ten times as long, where every second byte is one.
  for (let at = from + 1; at < bytes.length; at += 1) {
    const code = bytes[at];
    if (bytes[at - 1] === 0xff && code !== undefined && code !== 0xff && isWanted(code)) return at;
  }
  return undefined;
}

/** Where the data of a scan end, without the zeros behind them; the zero that follows a 0xFF is a part of them (T.81, B.1.1.5). */
function endOfData(bytes: Uint8Array, from: number, to: number): number {
  let end = to;
  while (end > from && bytes[end - 1] === 0) end -= 1;
  return end < to && bytes[end - 1] === 0xff ? end + 1 : end;
}

/** Whether all bytes from there on are 0xFF. */
function isFilling(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (bytes[at] !== 0xff) return false;
  return true;
}

const isNamed = (bytes: Uint8Array, segment: number, name: string): boolean =>
  Buffer.from(bytes.subarray(segment + 4, segment + 4 + name.length)).toString('latin1') === name;
