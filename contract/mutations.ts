import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import sharp from 'sharp';
import { picture } from './pictures';

/** Small pictures of each format, as encoders write them: many can be sent in little time. */
export async function smallPictures(): Promise<Record<'jpeg' | 'png' | 'webp' | 'avif' | 'gif', Buffer>> {
  const cat = sharp(picture('cat.jpg')).resize(96);
  const animation = sharp(picture('animated.gif'), { animated: true }).resize(48);
  const [jpeg, png, webp, avif, gif] = await Promise.all([
    cat.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    cat.clone().ensureAlpha(0.5).png({ compressionLevel: 9 }).toBuffer(),
    cat.clone().webp().toBuffer(),
    cat.clone().avif({ effort: 0 }).toBuffer(),
    animation.gif().toBuffer(),
  ]);
  return { jpeg, png, webp, avif, gif };
}

/** A place, as often in the first hundred bytes, where the sizes and tables are, as anywhere. */
const place = (bytes: Buffer): fc.Arbitrary<number> =>
  fc.oneof(fc.nat(Math.min(100, bytes.length - 1)), fc.nat(bytes.length - 1));

/** These bytes with one to four faults: bits flipped, bytes overwritten, a piece cut out, repeated or doubled. */
export function mutationsOf(original: Buffer): fc.Arbitrary<Buffer> {
  const length = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: original.length }));
  const fault = fc.record({
    kind: fc.constantFrom('flip', 'overwrite', 'cut', 'end', 'repeat', 'double'),
    at: place(original),
    to: place(original),
    length,
    value: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)),
  });
  return fc.array(fault, { minLength: 1, maxLength: 4 }).map((faults) =>
    faults.reduce<Buffer>((bytes, { kind, at, to, length: count, value }) => {
      const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at + count)];
      const piece = bytes.subarray(at, at + count);
      if (kind === 'end') return Buffer.from(head.length === 0 ? bytes : head);
      if (kind === 'cut') return Buffer.concat([head, tail]);
      if (kind === 'repeat')
        return Buffer.concat([head, ...Array.from({ length: 1 + (value % 16) }, () => piece), tail]);
      if (kind === 'double') return Buffer.concat([bytes.subarray(0, to), piece, bytes.subarray(to)]);
      const changed = Buffer.from(bytes);
      if (kind === 'overwrite') changed.subarray(at, at + Math.min(count, 8)).fill(value);
      else if (at < changed.length) changed[at] = (changed[at] ?? 0) ^ (1 << (value % 8));
      return changed;
    }, original),
  );
}

/** The most memory that a process started by this one has had, in MiB; 0 where the system does not tell (not Linux). */
export function childrensPeakMiB(): number {
  let peak = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      if (!status.includes(`PPid:\t${process.pid}\n`)) continue;
      peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It has ended since.
    }
  }
  return peak;
}

/** The same mutations each time: a failure names one by its number. */
const SEED = 17;

/** How long an answer to a small picture may take; what takes longer hangs. */
const PATIENCE_MS = 15_000;

/**
 * Registers a test for each format: 600 damaged pictures, none of which may be answered as a failure of the service,
 * hang, or take more memory than that.
 *
 * @param thumbnails whether there are thumbnails at all; otherwise each is answered as what is not there
 */
export function describeMutations(url: () => string, thumbnails: boolean, memoryMiB: number): void {
  // A busy machine may need longer to start a process than Lambda waits for one.
  beforeAll(async () => {
    for (let tries = 0; tries < 5; tries += 1) {
      const answer = await fetch(`${url()}/health`);
      await answer.arrayBuffer();
      if (answer.status === 200) return;
    }
    throw new Error('It does not start.');
  }, 120_000);

  test.each(['jpeg', 'png', 'webp', 'avif', 'gif'] as const)(
    'answers 600 damaged pictures in %s with a thumbnail or with what is wrong, in bounded memory',
    async (format) => {
      const original = (await smallPictures())[format];
      const expected = thumbnails ? [200, 400, 415, 422, 503] : [404];
      const unexpected: string[] = [];
      for (const [i, body] of fc.sample(mutationsOf(original), { numRuns: 600, seed: SEED }).entries()) {
        const signal = AbortSignal.timeout(PATIENCE_MS);
        const outcome = await fetch(`${url()}/thumbnails?width=16`, { method: 'POST', body, signal }).then(
          async (answer) => ({ status: answer.status, said: (await answer.text()).slice(0, 200) }),
          (error: unknown) => ({ status: 0, said: String(error) }),
        );
        if (!expected.includes(outcome.status)) unexpected.push(`mutation ${i}: ${outcome.status} ${outcome.said}`);
      }
      expect(unexpected).toEqual([]);
      expect(childrensPeakMiB()).toBeLessThan(memoryMiB);
    },
    180_000,
  );
}
