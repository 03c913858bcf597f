import { statfsSync } from 'node:fs';

const MB = 1_000_000;

/**
 * What an error says to a person: of a disk that is full, which one and what to do; of anything else, its own words.
 *
 * @param folder where the sandbox writes
 */
export function wordsOf(error: unknown, folder: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return message;
  return `the disk of ${folder} is full: ${freeOn(folder)}. An option takes up to 25 MB there. Make room, and start the sandbox again`;
}

function freeOn(folder: string): string {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return `${Math.floor((bavail * bsize) / MB)} of ${Math.round((blocks * bsize) / MB)} MB are free`;
  } catch {
    return 'how much is free, the system does not say';
  }
}
