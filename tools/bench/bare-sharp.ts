import { readFileSync } from 'node:fs';
import sharp from 'sharp';

// Run by cost.ts in a process of its own: makes thumbnails of one picture by the library alone, as the service has it do,
// and prints what they took.

const [, , file = '', count = '', concurrency = ''] = process.argv;

async function measure(): Promise<void> {
  sharp.cache(false);
  sharp.concurrency(1);
  const picture = readFileSync(file);
  const make = (): Promise<Buffer> =>
    sharp(picture, { failOn: 'warning', autoOrient: true }).resize({ width: 320 }).webp().toBuffer();
  const makeMany = async (thumbnails: number): Promise<void> => {
    let left = thumbnails;
    const worker = async (): Promise<void> => {
      while (left-- > 0) await make();
    };
    await Promise.all(Array.from({ length: Number(concurrency) }, worker));
  };
  await makeMany(Number(count));
  const [before, began] = [process.cpuUsage(), performance.now()];
  await makeMany(Number(count));
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - began) / 1000;
  console.log(JSON.stringify({ cpuMs: (user + system) / 1000 / Number(count), perSecond: Number(count) / seconds }));
}

void measure();
