import fc from 'fast-check';
import { photograph, serviceInProcess } from './in-process';
import { anyText } from '../unicode';

const service = serviceInProcess();
const picture = photograph('animated.gif');

/** Each format's first bytes, so that what follows reaches its decoder. */
const beginnings = [
  '',
  '\xff\xd8\xff\xe0\0\x10JFIF\0',
  '\x89PNG\r\n\x1a\n\0\0\0\rIHDR',
  'RIFF\xff\xff\0\0WEBPVP8 ',
  'RIFF\xff\xff\0\0WEBPVP8X',
  'GIF89a',
  '\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf',
  '\0\0\0\0ftypavif',
].map((text) => Buffer.from(text, 'latin1'));

describe('the service', () => {
  test('answers any bytes with a thumbnail or with what is wrong with them, never with a failure', async () => {
    const body = fc
      .tuple(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 300 }))
      .map(([beginning, rest]) => new Uint8Array([...beginning, ...rest]));
    await fc.assert(
      fc.asyncProperty(body, async (bytes) => {
        const { status } = await service.thumbnail(bytes, 'width=16');
        expect([200, 400, 415, 422]).toContain(status);
      }),
      { numRuns: 300 },
    );
  });

  test('answers a damaged picture with a thumbnail or with what is wrong with it, never with a failure', async () => {
    const damaged = fc
      .record({
        name: fc.constantFrom('cat.jpg', 'glass.png', 'cat.webp', 'cat.avif', 'animated.gif'),
        // As often in the header, where the sizes are, as anywhere.
        places: fc.array(fc.oneof(fc.nat(200), fc.nat()), { minLength: 1, maxLength: 6 }),
        values: fc.uint8Array({ minLength: 6, maxLength: 6 }),
        keep: fc.oneof(fc.constant(1), fc.double({ min: 0.01, max: 1, noNaN: true })),
      })
      .map(({ name, places, values, keep }) => {
        const bytes = photograph(name);
        places.forEach((place, i) => (bytes[place % bytes.length] = values[i] ?? 0));
        return bytes.slice(0, Math.ceil(bytes.length * keep));
      });
    await fc.assert(
      fc.asyncProperty(damaged, async (bytes) => {
        const { status } = await service.thumbnail(bytes, 'width=16');
        expect([200, 415, 422]).toContain(status);
      }),
      { numRuns: 150 },
    );
  });

  test('answers any query with a thumbnail or with the parameter that is wrong, never with a failure', async () => {
    const name = fc.oneof(fc.constantFrom('width', 'format', '__proto__'), anyText());
    const value = fc.oneof(fc.integer().map(String), fc.constantFrom('png', 'webp', '320'), anyText());
    const query = fc.oneof(
      fc.array(fc.tuple(name, value), { maxLength: 4 }).map((pairs) => String(new URLSearchParams(pairs))),
      fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('#', '')),
    );
    await fc.assert(
      fc.asyncProperty(query, async (text) => {
        const response = await service.thumbnail(picture, text);
        expect([200, 400]).toContain(response.status);
        if (response.status === 400) expect(await response.json()).toHaveProperty('parameter');
      }),
      { numRuns: 200 },
    );
  });

  test('answers any path and method with a page, a problem or a 404, never with a failure', async () => {
    const path = fc.webPath().map((text) => `/${text}`);
    const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS');
    await fc.assert(
      fc.asyncProperty(path, method, async (where, how) => {
        expect((await service.request(where, { method: how })).status).toBeLessThan(500);
      }),
    );
  });
});
