const SIGNATURE_BYTES = 8;
/** Length, type and checksum of a chunk (PNG specification, third edition, 5.3: https://www.w3.org/TR/png-3/). */
const CHUNK_BYTES = 12;
/** The texts of a PNG that may be compressed, each to a thousandth (PNG specification, 11.3.3). */
const TEXTS = ['zTXt', 'iTXt'].map((type) => Buffer.from(type, 'latin1').readUInt32BE());
/** A type that no decoder knows, ancillary and private (5.4): its chunk is skipped. */
const UNKNOWN = Buffer.from('skIp', 'latin1');

/**
 * Has the decoder skip the texts of a PNG, in place. It would unpack all of them, each up to 8 MB, though no thumbnail
 * has one: 3.4 MB of such a file took 2.4 GB of memory and 9 s.
 *
 * @param bytes a picture that its owner has no other use for
 */
export function skipTexts(bytes: Uint8Array): void {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SIGNATURE_BYTES; at + CHUNK_BYTES <= view.length; at += CHUNK_BYTES + view.readUInt32BE(at)) {
    // Its checksum is wrong from then on, which nothing depends on in a chunk that is skipped.
    if (TEXTS.includes(view.readUInt32BE(at + 4))) UNKNOWN.copy(view, at + 4);
  }
}
