import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { zip } from '../../../packaging/zip';

const ROOT = path.join(__dirname, '..');

/** A zip, for CDK. */
export interface PlaceholderZip {
  readonly path: string;
  /** SHA-256 of the zip */
  readonly hash: string;
  readonly unzippedBytes: number;
}

/**
 * A zip of files of `placeholder/`, where your program goes.
 *
 * @returns the zip, in `.cache/`
 */
export function placeholderZip(files: readonly string[]): PlaceholderZip {
  const contents = new Map(files.map((file) => [file, readFileSync(path.join(ROOT, 'placeholder', file))]));
  const bytes = zip(contents);
  const hash = createHash('sha256').update(bytes).digest('hex');
  const file = path.join(ROOT, '.cache', `${hash.slice(0, 16)}.zip`);
  mkdirSync(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, bytes);
  renameSync(unfinished, file);
  return { path: file, hash, unzippedBytes: [...contents.values()].reduce((sum, { length }) => sum + length, 0) };
}
