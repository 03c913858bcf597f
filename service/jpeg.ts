// Marker codes of JPEG (ITU-T T.81, table B.1): the byte after 0xFF.
const [SOI, EOI, SOS, APP0, APP14] = [0xd8, 0xd9, 0xda, 0xe0, 0xee];
const isRestart = (code: number): boolean => code >= 0xd0 && code <= 0xd7;
/** Of a frame that is progressive, whose scans each carry a part of the coefficients: SOF2, 6, 10 and 14. */
const isProgressiveFrame = (code: number): boolean => [0xc2, 0xc6, 0xca, 0xce].includes(code);
/** What a scan header of any other frame ends with: all 64 coefficients, with all their bits (T.81, B.2.3). */
const WHOLE_SCAN = [0, 63, 0];

/**
 * A JPEG without the faults that many files have and that touch no pixel. The decoder only warns of them, as it does
 * of damaged pixels:
 *
 * - a scan header that does not end with 0, 63, 0 in a picture that is not progressive (Samsung's cameras:
 *   https://github.com/lovell/sharp/issues/1578)
 * - bytes between two segments that belong to neither
 * - a version of JFIF, or a colour transform of Adobe, that is not defined
 *
 * The data of the scans stay as they are, and so does a missing end: it can't be distinguished from a cut picture.
 *
 * @returns undefined where it has none of these faults, or does not go on to its end (EOI)
 */
export function mendJpeg(bytes: Uint8Array): Uint8Array | undefined {
  const parts: Uint8Array[] = [bytes.subarray(0, 2)];
  let isProgressive = false;
  let isMended = false;

  for (let from = 2; ;) {
    const at = markerAt(bytes, from, (code) => code !== 0 && code !== 1 && code !== SOI && !isRestart(code));
    const code = at === undefined ? undefined : bytes[at];
    if (at === undefined || code === undefined) return undefined;
    // One 0xFF belongs to the marker, and more may fill up.
    isMended ||= bytes.subarray(from, at).some((byte) => byte !== 0xff);
    if (code === EOI) return isMended ? Buffer.concat([...parts, Buffer.from([0xff, EOI])]) : undefined;

    const length = ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const end = at + 1 + length;
    if (length < 2 || end > bytes.length) return undefined;
    const segment = bytes.slice(at - 1, end);
    const set = (place: number, value: number): void => {
      isMended ||= segment[place] !== value;
      segment[place] = value;
    };
    isProgressive ||= isProgressiveFrame(code);
    if (code === APP0 && isNamed(segment, 'JFIF\0')) set(9, 1);
    if (code === APP14 && isNamed(segment, 'Adobe') && (segment[15] ?? 0) > 2) set(15, 1);
    if (code === SOS && !isProgressive) WHOLE_SCAN.forEach((value, i) => set(segment.length - 3 + i, value));
    parts.push(segment);
    from = end;

    if (code === SOS) {
      const next = markerAt(bytes, end, (after) => after !== 0 && !isRestart(after));
      if (next === undefined) return undefined;
      from = next - 1;
      parts.push(bytes.subarray(end, from));
    }
  }
}

/** The place of the code of the next marker of that kind, from there on. */
function markerAt(bytes: Uint8Array, from: number, isWanted: (code: number) => boolean): number | undefined {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1];
    if (code !== undefined && code !== 0xff && isWanted(code)) return at + 1;
  }
  return undefined;
}

const isNamed = (segment: Uint8Array, name: string): boolean =>
  Buffer.from(segment.subarray(4, 4 + name.length)).toString('latin1') === name;
