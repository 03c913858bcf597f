import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file whole or not at all: to a name of its own beside it, which then takes the file's place. */
export function writeWhole(file: string, content: string | Uint8Array): void {
  const beside = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, content);
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
