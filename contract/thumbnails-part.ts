import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { once } from 'node:events';
import { request as requestHttps } from 'node:https';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { type Answer, type Ask, type Body, expectProblem, Info, json } from './client';
import { oddPictures } from './odd-pictures';
import {
  describe as describePicture,
  difference,
  expectedThumbnail,
  gifOf,
  noise,
  picture,
  pixel,
  quarters,
} from './pictures';

const chunked = { 'Transfer-Encoding': 'chunked' };

/**
 * How far a thumbnail may be from the lossless one, whoever resampled and encoded it. The service's own are at 0 (PNG)
 * to 4.2 (AVIF); one that is a tenth too dark is at 12.
 */
const ALIKE = 8;
const FORMATS = ['webp', 'jpeg', 'png', 'avif'];

interface Surroundings {
  readonly behind: 'lambda' | 'web-function' | undefined;
  /** Where the service itself, or what passes pieces on as they come, is at the other end of the connection. */
  readonly wire: { readonly timeoutMs: number } | undefined;
}

/** What every compute option keeps that makes thumbnails. */
export function promiseThumbnails(ask: Ask, url: () => string, { behind, wire }: Surroundings): void {
  let limits: NonNullable<Info['limits']>;
  beforeAll(async () => {
    limits = Info.required({ limits: true }).parse(json(await ask('/info'))).limits;
  });
  const cat = picture('cat.jpg');
  const post = (query: string, body: Body | null, headers: Record<string, string> = { 'Content-Type': 'image/jpeg' }) =>
    ask(`/thumbnails${query}`, { method: 'POST', body, headers });

  it('makes a WebP of 320 pixels where nothing else is asked for', async () => {
    const answer = await post('', cat);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Type')).toBe('image/webp');
    expect(answer.headers.get('Content-Length')).toBe(String(answer.body.length));
    expect(answer.headers.get('Cache-Control')).toBe('private, max-age=31536000, immutable');
    expect(answer.headers.get('ETag')).toMatch(/^"[^"]+"$/);
    expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(await describePicture(answer.body)).toMatchObject({ name: 'webp', width: 320, height: 213 });
    expect(await difference(answer.body, await expectedThumbnail(cat, 320))).toBeLessThan(ALIKE);
  });

  it.each(FORMATS)('makes %s', async (format) => {
    const answer = await post(`?width=200&format=${format}`, cat);
    expect(answer.headers.get('Content-Type')).toBe(`image/${format}`);
    expect(await describePicture(answer.body)).toMatchObject({ name: format, width: 200, height: 133 });
    expect(await difference(answer.body, await expectedThumbnail(cat, 200))).toBeLessThan(ALIKE);
  });

  it.each(['cat.jpg', 'cat.webp', 'cat.avif', 'glass.png', 'animated.gif'])('takes %s', async (name) => {
    const answer = await post('?width=96&format=png', picture(name));
    expect(answer.status).toBe(200);
    expect(await difference(answer.body, await expectedThumbnail(picture(name), 96))).toBeLessThan(ALIKE);
  });

  it('takes any width from the smallest to the largest, and enlarges nothing', async () => {
    for (const [width, expected] of [
      [16, 16],
      [17, 17],
      [451, 451],
      [452, 451],
      [2048, 451],
    ]) {
      expect(await describePicture((await post(`?width=${width}`, cat)).body)).toMatchObject({ width: expected });
    }
  });

  it.each(['15', '2049', '0', '-320', '320.5', '3e2', '0x20', '', '%20320', 'wide', '99999999999999999999', '٣٢٠'])(
    'refuses the width %j, and says what is allowed',
    async (width) => {
      const problem = expectProblem(await post(`?width=${width}`, cat), 400, 'bad-parameter');
      expect(problem).toMatchObject({ parameter: 'width' });
      expect(problem['allowed']).toBeDefined();
    },
  );

  it.each(['bmp', 'WEBP', '', 'image/png', '../../etc'])(
    'refuses the format %j, and says which there are',
    async (format) => {
      const problem = expectProblem(await post(`?format=${format}`, cat), 400, 'bad-parameter');
      expect(problem).toMatchObject({ parameter: 'format' });
      expect([problem['allowed']].flat().sort()).toEqual([...FORMATS].sort());
    },
  );

  it('refuses a parameter that is given twice, or that there is none of', async () => {
    for (const [query, parameter] of [
      ['?width=32&width=32', 'width'],
      ['?format=png&format=webp', 'format'],
      ['?width=32&height=32', 'height'],
      ['?Width=32', 'Width'],
    ] as const) {
      expect(expectProblem(await post(query, cat), 400, 'bad-parameter')).toMatchObject({ parameter });
    }
  });

  it('reads parameters that are written in percent', async () => {
    expect(await describePicture((await post('?%77idth=%33%32&format=p%6eg', cat)).body)).toMatchObject({
      name: 'png',
      width: 32,
    });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('turns a picture of EXIF orientation %i upright', async (orientation) => {
    const turned = await quarters(orientation);
    const { body } = await post('?width=80&format=png', turned);
    expect(await difference(body, await expectedThumbnail(turned, 80))).toBeLessThan(ALIKE);
  });

  it.each(FORMATS)('leaves nothing in a %s of who took it, with what and where', async (format) => {
    const { exif } = await describePicture(cat);
    expect(exif).toBeDefined();
    const { body } = await post(`?format=${format}`, cat);
    const { exif: left, xmp, iptc, icc, orientation } = await describePicture(body);
    expect({ left, xmp, iptc, icc, orientation }).toEqual({});
    expect(body.includes('Exemplar')).toBe(false);
  });

  it.each(['webp', 'png', 'avif'])('keeps what is transparent in a %s', async (format) => {
    const { body } = await post(`?width=100&format=${format}`, picture('glass.png'));
    const [, , , around] = await pixel(body, 2, 2);
    const [red, green, blue, alpha] = await pixel(body, 50, 50);
    expect(around).toBeLessThan(8);
    for (const [value, expected] of [
      [red, 0],
      [green, 96],
      [blue, 255],
      [alpha, 128],
    ] as const) {
      expect(Math.abs((value ?? NaN) - expected)).toBeLessThan(16);
    }
  });

  it('lays what is transparent on white in a jpeg', async () => {
    const { body } = await post('?width=100&format=jpeg', picture('glass.png'));
    for (const [at, expected] of [
      [2, [255, 255, 255]],
      [50, [128, 175, 255]],
    ] as const) {
      const values = await pixel(body, at, at);
      values.forEach((value, i) => {
        expect(Math.abs(value - (expected[i] ?? NaN))).toBeLessThan(16);
      });
    }
  });

  it('takes the first frame of an animation, and no other', async () => {
    for (const format of FORMATS) {
      const { body } = await post(`?width=40&format=${format}`, picture('animated.gif'));
      const [red = 0, green = 255, blue = 255] = await pixel(body, 20, 15);
      expect(red).toBeGreaterThan(170);
      expect(Math.max(green, blue)).toBeLessThan(40);
      expect((await describePicture(body)).pages ?? 1).toBe(1);
    }
  });

  it('makes no thumbnail higher than it says', async () => {
    const strip = sharp({ create: { width: 64, height: 30_000, channels: 3, background: '#336699' } }).png();
    const { body } = await post('?width=64', await strip.toBuffer());
    expect(await describePicture(body)).toMatchObject({ height: limits.maxHeight });
  });

  it('tells a picture by its bytes, whatever it is called', async () => {
    // Lambda's front end makes text of what is called text: see "On Lambda".
    const types = ['image/png', 'application/octet-stream', 'application/x-www-form-urlencoded', 'video/mp4'];
    const names =
      behind === 'lambda' ? types : [...types, 'text/plain', 'application/json', 'image/svg+xml', 'nonsense'];
    const answers = await Promise.all(names.map((type) => post('?width=32', cat, { 'Content-Type': type })));
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
    expect((await post('?width=32', new Blob([cat]), {})).status).toBe(200);
  });

  it('refuses an empty body', async () => {
    for (const body of [null, '']) expectProblem(await post('', body), 400, 'empty-body');
  });

  it.each([
    ['an SVG', picture('drawing.svg')],
    ['a PDF', picture('document.pdf')],
    ['a page', '<!doctype html><img src=x onerror=alert(1)>'],
    ['text', 'This is no picture.'],
    ['JSON', '{"image":"none"}'],
    ['a ZIP', 'PK\x03\x04 and so on'],
    ['a TIFF', 'II*\0\x08\0\0\0 and so on'],
    ['an HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['one byte', '\xff'],
    ['zeros', Buffer.alloc(4096)],
  ])('refuses %s as no picture it supports', async (_, body) => {
    expectProblem(await post('', body), 415, 'unsupported-image');
  });

  it('answers alike to pictures that are not quite as their format has it', async () => {
    const pictures = await oddPictures();
    const answers = [];
    for (const { bytes } of pictures) answers.push(await post('?width=32&format=png', bytes));
    const outcomes = answers.map(async (answer, i) => {
      const { name, gives } = pictures[i] ?? { name: '', gives: { status: 0, problem: '' } };
      if ('problem' in gives) {
        const { type } = JSON.parse(answer.body.toString('utf8').replace(/^[^{][^]*$/, '{}')) as { type?: string };
        const isAsPromised = answer.status === gives.status && type === `urn:thumbnails:problem:${gives.problem}`;
        return [name, isAsPromised ? 'as promised' : `${answer.status} ${type ?? ''}`];
      }
      if (answer.status !== 200) return [name, `${answer.status} ${answer.body.toString('utf8')}`];
      const apart = await difference(answer.body, await expectedThumbnail(gives.like, 32)).catch(String);
      return [name, typeof apart === 'number' && apart < ALIKE ? 'as promised' : `looks different: ${apart}`];
    });
    expect(await Promise.all(outcomes)).toEqual(pictures.map(({ name }) => [name, 'as promised']));
  });

  it.each(['jpg', 'webp', 'avif'])('refuses half a %s', async (type) => {
    const whole = picture(`cat.${type}`);
    expectProblem(await post('', whole.subarray(0, whole.length / 2)), 422, 'broken-image');
  });

  it('refuses half a PNG, half a GIF, and a GIF that is a script', async () => {
    for (const name of ['glass.png', 'animated.gif']) {
      const whole = picture(name);
      // Of the animation less than its first frame, which alone is read.
      const half = whole.subarray(0, name.endsWith('gif') ? 40 : whole.length / 2);
      expectProblem(await post('', half), 422, 'broken-image');
    }
    expectProblem(await post('', picture('polyglot.gif')), 422, 'broken-image');
  });

  it('hands nothing on that hides behind a picture', async () => {
    const { status, body } = await post('?format=jpeg', picture('polyglot.jpg'));
    expect(status).toBe(200);
    expect(body.includes('<script')).toBe(false);
  });

  it('refuses a picture of too many pixels, before it decodes one', async () => {
    const began = performance.now();
    expectProblem(await post('', picture('bomb.png')), 422, 'too-many-pixels');
    // Decoding its 400 megapixels takes seconds, and gigabytes.
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it.each([
    [65_536, 1],
    [1, 65_536],
  ])('refuses a picture of %i x %i pixels, of which one side is too long', async (width, height) => {
    const strip = sharp({ create: { width, height, channels: 3, background: '#336699' } }).png();
    const answer = await post('?width=16', await strip.toBuffer());
    expectProblem(answer, 422, 'too-many-pixels');
    expect(JSON.parse(answer.body.toString('utf8'))).toMatchObject({ allowed: { maxSide: limits.maxSide } });
  });

  it('counts the pixels of all frames', async () => {
    // The GIF decoder takes a larger canvas for a mistake.
    const side = 2_000;
    const frames = Math.ceil(limits.maxPixels / side ** 2) + 1;
    expectProblem(await post('', gifOf(side, side, frames)), 422, 'too-many-pixels');
  });

  it('takes a body as large as it says, and none that is larger by a byte', async () => {
    const padded = (bytes: number) => Buffer.concat([cat], bytes);
    expect((await post('?width=32', padded(limits.maxBodyBytes))).status).toBe(200);
    expectProblem(await post('?width=32', padded(limits.maxBodyBytes + 1)), 413, 'too-large');
  });

  it('knows a thumbnail again by its ETag', async () => {
    const [one, again, other] = [
      await post('?width=64', cat),
      await post('?width=64', cat),
      await post('?width=65', cat),
    ];
    const etag = one.headers.get('ETag') ?? '';
    expect(again.headers.get('ETag')).toBe(etag);
    expect(again.body.equals(one.body)).toBe(true);
    expect(other.headers.get('ETag')).not.toBe(etag);
    for (const named of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const answer = await post('?width=64', cat, { 'If-None-Match': named });
      expect({ status: answer.status, etag: answer.headers.get('ETag'), bytes: answer.body.length }).toEqual({
        status: 304,
        etag,
        bytes: 0,
      });
    }
    expect((await post('?width=64', cat, { 'If-None-Match': '"other"' })).status).toBe(200);
  });

  it('answers several at once, each with its own picture', async () => {
    const widths = [40, 50, 60, 70, 80, 90];
    const answers = await Promise.all(widths.map((width) => post(`?width=${width}&format=png`, cat)));
    expect(await Promise.all(answers.map(async ({ body }) => (await describePicture(body)).width))).toEqual(widths);
  });

  it('answers POST at /thumbnails, and nothing else', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await ask('/thumbnails', { method });
      expect(answer.headers.get('Allow')?.split(/, */)).toContain('POST');
      if (method === 'HEAD') expect(answer.status).toBe(405);
      else expectProblem(answer, 405, 'method-not-allowed');
    }
  });

  it('answers a problem under the request id of its caller', async () => {
    const answer = await post('?width=1', cat, { 'X-Request-Id': 'who.asks-1' });
    expect(expectProblem(answer, 400, 'bad-parameter')).toMatchObject({ instance: 'who.asks-1' });
    expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff');
  });

  if (behind === 'lambda') {
    it('refuses a picture that was declared as text, of which Lambda has made text', async () => {
      for (const type of ['text/plain', 'application/json']) {
        expectProblem(await post('', cat, { 'Content-Type': type }), 415, 'unsupported-image');
      }
    });

    it('lets Lambda itself refuse what is too large for an event', async () => {
      expect((await post('', Buffer.alloc(6 * 1024 * 1024))).status).toBe(413);
    });

    it('says so where a thumbnail is too large for Lambda to return', async () => {
      const answer = await post('?width=2048&format=png', await noise(2048, 1500));
      expect(expectProblem(answer, 400, 'bad-parameter')).toMatchObject({ parameter: 'width' });
    });
  }

  if (wire !== undefined) {
    it('takes a body of undeclared length, but no more of it than is allowed', async () => {
      const { answer } = await sendInPieces(open(url(), chunked, wire.timeoutMs), cat, cat.length);
      expect({ status: answer.status, type: answer.headers.get('Content-Type') }).toEqual({
        status: 200,
        type: 'image/webp',
      });
      const { answer: refusal, sent } = await sendInPieces(
        open(url(), chunked, wire.timeoutMs),
        cat,
        100 * limits.maxBodyBytes,
      );
      expectProblem(refusal, 413, 'too-large');
      expect(sent).toBeLessThan(20 * limits.maxBodyBytes);
    });

    it('refuses a body whose declared length is too large before any of it is sent', async () => {
      const answer = await answerTo(open(url(), { 'Content-Length': String(limits.maxBodyBytes + 1) }, wire.timeoutMs));
      expectProblem(answer, 413, 'too-large');
    });
  }
}

/** A request whose body is still to come: more control than `fetch` gives. */
function open(url: string, headers: Record<string, string>, timeout: number): ClientRequest {
  const address = new URL(`${url.replace(/\/$/, '')}/thumbnails`);
  const request = address.protocol === 'https:' ? requestHttps : requestHttp;
  const opened = request(address, { method: 'POST', agent: false, headers, timeout });
  opened.flushHeaders();
  // By itself, a connection that says nothing for so long only tells.
  opened.once('timeout', () => opened.destroy(new Error(`No answer within ${timeout} ms.`)));
  return opened;
}

async function answerTo(request: ClientRequest): Promise<Answer> {
  const [message] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  request.destroy();
  const headers = new Headers(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  return { status: message.statusCode ?? 0, headers, body: Buffer.concat(chunks) };
}

const nextTurn = promisify(setImmediate);

/** Sends a picture again and again, up to that length or until an answer comes. */
async function sendInPieces(
  request: ClientRequest,
  piece: Buffer,
  length: number,
): Promise<{ answer: Answer; sent: number }> {
  const answered = new AbortController();
  request.once('response', () => answered.abort());
  const answer = answerTo(request);
  // What is refused may be cut off while it is sent: the answer is what counts.
  request.on('error', () => undefined);
  let sent = 0;
  for (; sent < length && !answered.signal.aborted && !request.destroyed; sent += piece.length) {
    await new Promise<unknown>((written) => request.write(piece, written));
    // A write that the kernel takes at once ends before anything is read: nginx drops what it has refused as fast as it
    // comes, and the answer would wait for the whole body.
    await nextTurn();
  }
  request.end();
  return { answer: await answer, sent };
}
