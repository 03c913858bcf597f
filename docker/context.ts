import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { serviceBundle, type Architecture } from '../packaging/bundle';
import { zip } from '../packaging/zip';
import { joinZips } from '../packaging/zip-directory';
import { DOCKERFILE, imageTag } from './build';

const FOLDER = path.join(__dirname, '..', '.cache', 'image-contexts');

/**
 * The image's build context as a zip, for a builder elsewhere: the bundle, and the Dockerfile with it. Made of what is in
 * the repository alone.
 *
 * @returns the zip, in `.cache/`
 * @throws Error where the service's bundle must be made first
 */
export function imageContext(architecture: Architecture): string {
  const file = path.join(FOLDER, `${imageTag(architecture)}.zip`);
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) return file;
  const dockerfile = Buffer.from(zip(new Map([['Dockerfile', readFileSync(DOCKERFILE)]])));
  mkdirSync(FOLDER, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, joinZips(readFileSync(serviceBundle(architecture).path), dockerfile));
  renameSync(unfinished, file);
  return file;
}
