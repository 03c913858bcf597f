import { readFileSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { formatOf } from '../../service/formats';
import { createThumbnailer, memoryFor, type ThumbnailRequest } from '../../service/thumbnail';

// Run by memory.test.ts in a process of its own: makes a thumbnail of each picture that is named, and prints by how much
// the process's peak grew over what it had before, beside what was reckoned.

const peakBytes = (): number => 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
const usedBytes = (): number => 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);

async function measure(): Promise<void> {
  const make = createThumbnailer({
    cpus: 1,
    memoryMiB: 4096,
    limits: { maxBodyBytes: 2 ** 22, maxPixels: 50_000_000 },
  });
  const [, , small = '', ...names] = process.argv;
  const pictures = names.map((name) => ({ name, image: readFileSync(name) }));
  // What is loaded once is no part of it.
  for (const format of ['webp', 'avif'] as const) await make(readFileSync(small), { width: 320, format });

  for (const { name, image } of pictures) {
    const format = formatOf(image);
    if (format === undefined) throw new Error(`${name} is no picture`);
    const wishes: ThumbnailRequest[] = [{ width: 320, format: 'webp' }];
    // The costliest to write, once: it takes a second.
    if (name === pictures[0]?.name) wishes.push({ width: 2048, format: 'avif' });
    for (const wanted of wishes) {
      const reckoned = memoryFor(format, await sharp(image).metadata(), wanted);
      // Sets the peak back to what is used now (proc(5), clear_refs).
      writeFileSync('/proc/self/clear_refs', '5');
      const before = usedBytes();
      await make(image, wanted);
      console.log(JSON.stringify({ name, wanted: wanted.format, took: peakBytes() - before, reckoned }));
    }
  }
}

void measure();
