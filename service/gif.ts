const [EXTENSION, IMAGE, TRAILER] = [0x21, 0x2c, 0x3b];
const GRAPHIC_CONTROL = 0xf9;
/** One pixel that is transparent: an image of colour 0, and before it that this is the colour of no colour. */
const TRANSPARENT_PIXEL = Buffer.from('21f90401000000002c00000000010001000002024401003b', 'hex');

/** The bytes of a colour table whose size the lowest three bits of a flag byte tell. */
const colourTable = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));

/** A GIF in two parts, of which no copy has been made yet. */
export interface FirstFrame {
  /** From the beginning of the file to the end of the frame. */
  readonly frame: Uint8Array;
  /** What ends the file behind it. */
  readonly end: Uint8Array;
}

/**
 * The first frame of a GIF as a GIF of its own, so that no fault of a later one is one of the thumbnail (GIF89a
 * specification, https://www.w3.org/Graphics/GIF/spec-gif89a.txt).
 *
 * Where that frame leaves a part of the canvas free, a second one of a transparent pixel follows, by which the decoder
 * knows that there is transparency: otherwise it shows the free part as black.
 *
 * @returns undefined where it has no first frame, or not the whole of it
 */
export function firstFrameOf(bytes: Uint8Array): FirstFrame | undefined {
  const byte = (at: number): number => bytes[at] ?? 0;
  const word = (at: number): number => byte(at) | (byte(at + 1) << 8);
  /** Behind the sub-blocks from there on; undefined where they don't end. */
  const skipBlocks = (from: number): number | undefined => {
    let at = from;
    while (byte(at) !== 0) at += 1 + byte(at);
    return at < bytes.length ? at + 1 : undefined;
  };

  let hasTransparency = false;
  for (let at = 13 + colourTable(byte(10)); at < bytes.length;) {
    if (byte(at) === EXTENSION) {
      if (byte(at + 1) === GRAPHIC_CONTROL) hasTransparency = (byte(at + 3) & 1) === 1;
      const next = skipBlocks(at + 2);
      if (next === undefined) return undefined;
      at = next;
    } else if (byte(at) === IMAGE) {
      const isFilled = word(at + 1) === 0 && word(at + 3) === 0 && word(at + 5) >= word(6) && word(at + 7) >= word(8);
      const end = skipBlocks(at + 10 + colourTable(byte(at + 9)) + 1);
      if (end === undefined) return undefined;
      const isPlain = isFilled || hasTransparency;
      return { frame: bytes.subarray(0, end), end: isPlain ? Buffer.from([TRAILER]) : TRANSPARENT_PIXEL };
    } else return undefined;
  }
  return undefined;
}
