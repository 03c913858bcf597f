/** Two bits a pixel: the least that LZW in a GIF has. */
const CODE_SIZE = 2;

/** Pixels as LZW codes that stand for one each: the table of codes is cleared before it would grow. */
function codes(pixels: number, colour: number): Buffer {
  const [clear, end, perTable] = [2 ** CODE_SIZE, 2 ** CODE_SIZE + 1, 2 ** CODE_SIZE - 2];
  const all = Array.from({ length: pixels }, (_, i) => (i % perTable === 0 ? [clear, colour] : [colour])).flat();
  const bits = [...all, end].map((code) => code.toString(2).padStart(CODE_SIZE + 1, '0')).reverse();
  const text = bits.join('');
  const whole = text.padStart(8 * Math.ceil(text.length / 8), '0');
  return Buffer.from((whole.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)).reverse());
}

/** A frame of a GIF in one colour of its table: where it lies, and its size; or of data that are none. */
export function gifFrame(
  left: number,
  top: number,
  width: number,
  height: number,
  colour: number,
  data = codes(width * height, colour),
): Buffer {
  const head = Buffer.alloc(11);
  head.set([0x2c]);
  [left, top, width, height].forEach((value, i) => head.writeUInt16LE(value, 1 + 2 * i));
  head.set([CODE_SIZE], 10);
  const blocks = [];
  for (let at = 0; at < data.length; at += 255) {
    const block = data.subarray(at, at + 255);
    blocks.push(Buffer.from([block.length]), block);
  }
  return Buffer.concat([head, ...blocks, Buffer.alloc(1)]);
}

/** A GIF of 40 x 30 with these frames, its colours black, red, green and blue. */
export function gifOf4Colours(...frames: readonly Buffer[]): Buffer {
  const head = Buffer.from('4749463839612800' + '1e00' + '810000' + '000000ff000000ff000000ff', 'hex');
  return Buffer.concat([head, ...frames, Buffer.from(';')]);
}
