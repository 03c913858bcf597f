import { constants, inflateRawSync } from 'node:zlib';

/** A file in a zip. */
export interface ZipEntry {
  readonly name: string;
  /** Unix permissions, e.g. `0o755`; undefined where the zip was made by a program that writes none. */
  readonly mode: number | undefined;
  /** Its first bytes, or all where it has fewer. */
  head(bytes: number): Buffer;
}

// The few fields that are needed of PKWARE's .ZIP File Format Specification, 4.3.7, 4.3.12 and 4.3.16.
const END = { signature: 0x06054b50, length: 22, entries: 8, entriesInAll: 10, size: 12, offset: 16, comment: 20 };
const FILE = {
  signature: 0x02014b50,
  length: 46,
  madeBy: 5,
  method: 10,
  compressed: 20,
  nameLength: 28,
  attributes: 38,
  offset: 42,
};
const LOCAL = { length: 30, nameLength: 26 };
const UNIX = 3;
const STORED = 0;

/** Where the end of the directory is, or -1: it is the last thing but for a comment of at most 65,535 bytes. */
function endOf(zip: Buffer): number {
  for (let at = zip.length - END.length; at >= Math.max(0, zip.length - END.length - 0xffff); at -= 1) {
    if (zip.readUInt32LE(at) === END.signature && zip.readUInt16LE(at + END.comment) === zip.length - at - END.length)
      return at;
  }
  return -1;
}

/** Positions of the directory's records. */
function recordsOf(zip: Buffer): number[] {
  const end = endOf(zip);
  if (end < 0) throw new RangeError('no zip: it has no directory of its files');
  const records = [];
  let at = zip.readUInt32LE(end + END.offset);
  // By the records' own signature and not by the count, which holds 65,535 at most.
  while (at + FILE.length <= end && zip.readUInt32LE(at) === FILE.signature) {
    records.push(at);
    // Name, extra field and comment: three lengths in a row.
    const lengths = [0, 2, 4].map((field) => zip.readUInt16LE(at + FILE.nameLength + field));
    at += FILE.length + lengths.reduce((sum, length) => sum + length, 0);
  }
  return records;
}

/**
 * What is in a zip, folders left out. fflate reads contents, but tells nothing of permissions.
 *
 * @throws RangeError if it is no zip, or a broken one
 */
export function zipEntries(zip: Buffer): ZipEntry[] {
  return recordsOf(zip)
    .map((at) => ({
      name: zip.toString('utf8', at + FILE.length, at + FILE.length + zip.readUInt16LE(at + FILE.nameLength)),
      mode: zip[at + FILE.madeBy] === UNIX ? (zip.readUInt32LE(at + FILE.attributes) >>> 16) & 0o777 : undefined,
      head(bytes: number): Buffer {
        const local = zip.readUInt32LE(at + FILE.offset);
        const names = [0, 2].map((field) => zip.readUInt16LE(local + LOCAL.nameLength + field));
        const start = local + LOCAL.length + names.reduce((sum, length) => sum + length, 0);
        const stored = zip.subarray(start, start + zip.readUInt32LE(at + FILE.compressed));
        if (zip.readUInt16LE(at + FILE.method) === STORED) return stored.subarray(0, bytes);
        // A little more than is asked for is read, so that the beginning alone need be inflated.
        const beginning = stored.subarray(0, bytes + 4096);
        return inflateRawSync(beginning, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, bytes);
      },
    }))
    .filter(({ name }) => !name.endsWith('/'));
}

/** The files, and behind them the directory, whose records are at these positions. */
function partsOf(zip: Buffer): { files: Buffer; directory: Buffer; records: number[] } {
  const end = endOf(zip);
  const start = zip.readUInt32LE(end + END.offset);
  // A copy, for it is changed.
  return { files: zip.subarray(0, start), directory: Buffer.from(zip.subarray(start, end)), records: recordsOf(zip) };
}

/**
 * One zip with the files of both, each as it was compressed: many megabytes take milliseconds. Both must be without
 * comment and below 4 GB, as ours are.
 */
export function joinZips(first: Buffer, second: Buffer): Buffer {
  const [one, two] = [partsOf(first), partsOf(second)];
  for (const at of two.records) {
    const record = at - two.files.length;
    const offset = two.directory.readUInt32LE(record + FILE.offset);
    two.directory.writeUInt32LE(offset + one.files.length, record + FILE.offset);
  }
  const end = Buffer.alloc(END.length);
  end.writeUInt32LE(END.signature);
  end.writeUInt16LE(one.records.length + two.records.length, END.entries);
  end.writeUInt16LE(one.records.length + two.records.length, END.entriesInAll);
  end.writeUInt32LE(one.directory.length + two.directory.length, END.size);
  end.writeUInt32LE(one.files.length + two.files.length, END.offset);
  return Buffer.concat([one.files, two.files, one.directory, two.directory, end]);
}
