import { setImmediate } from 'node:timers/promises';
import { Gate } from '../../service/gate';
import { Problem } from '../../service/problem';
import { photograph, problemOf, serviceInProcess } from './in-process';

const never = new AbortController().signal;

/** A body that the test sends piece by piece. */
function openBody(): {
  readonly init: RequestInit;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  cancelled(): boolean;
} {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (own) => {
      controller = own;
    },
    cancel: () => {
      cancelled = true;
    },
  });
  if (controller === undefined) throw new Error('a stream starts at once');
  return { init: { body, duplex: 'half' }, controller, cancelled: () => cancelled };
}

describe('the body', () => {
  const maxBodyBytes = 100_000;
  const service = serviceInProcess({ limits: { maxBodyBytes, maxPixels: 50_000_000 } });

  test('that is declared too large is refused without being read', async () => {
    let reads = 0;
    const body = new ReadableStream(
      {
        pull: () => {
          reads += 1;
        },
      },
      { highWaterMark: 0 },
    );
    const headers = { 'Content-Length': String(maxBodyBytes + 1) };
    const response = await service.thumbnail(body, '', { headers, duplex: 'half' });
    expect(response.status).toBe(413);
    expect(await problemOf(response)).toMatchObject({
      type: 'urn:thumbnails:problem:too-large',
      detail: 'The body has 100001 bytes; at most 100000 are allowed. Send a smaller picture.',
    });
    expect(reads).toBe(0);
  });

  test('of no declared length is refused as soon as it is too large, however much would follow', async () => {
    let sent = 0;
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          sent += 10_000;
          controller.enqueue(new Uint8Array(10_000));
        },
        cancel: () => {
          cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    const response = await service.thumbnail(endless, '', { duplex: 'half' });
    expect((await problemOf(response)).detail).toContain('has more than 100000 bytes');
    expect([response.status, sent, cancelled]).toEqual([413, 110_000, true]);
  });

  test('of a lying length is held to the limit all the same', async () => {
    const response = await service.thumbnail(new Uint8Array(maxBodyBytes + 1), '', {
      headers: { 'Content-Length': '5' },
    });
    expect(response.status).toBe(413);
  });

  test('of exactly the limit is read', async () => {
    const padded = new Uint8Array(maxBodyBytes);
    padded.set(photograph('cat.jpg'));
    expect((await service.thumbnail(padded)).status).toBe(200);
  });

  test.each<[string, RequestInit]>([
    ['missing', { body: null }],
    ['of no bytes', { body: new Uint8Array(0) }],
  ])('that is %s is told of', async (_, init) => {
    const response = await service.request('/thumbnails', { method: 'POST', ...init });
    expect(response.status).toBe(400);
    expect((await problemOf(response)).type).toBe('urn:thumbnails:problem:empty-body');
  });

  test('may come in pieces', async () => {
    const { init, controller } = openBody();
    const answer = service.request('/thumbnails', { method: 'POST', ...init });
    const picture = photograph('cat.jpg');
    for (let at = 0; at < picture.length; at += 1000) {
      controller.enqueue(picture.slice(at, at + 1000));
      await setImmediate();
    }
    controller.close();
    expect((await answer).status).toBe(200);
  });

  test('that breaks off is no failure of the service', async () => {
    const { init, controller } = openBody();
    const broken = serviceInProcess();
    const answer = broken.request('/thumbnails', { method: 'POST', ...init });
    controller.enqueue(photograph('cat.jpg').slice(0, 1000));
    await setImmediate();
    controller.error(new Error('ECONNRESET'));
    expect((await answer).status).toBe(400);
    expect(broken.log).toEqual([
      expect.objectContaining({ level: 'info', status: 400, problem: 'caller-gone', bytesIn: 1000 }),
    ]);
  });
});

describe('bodies at once', () => {
  test('never hold more memory than there is for them, and give it back', async () => {
    // Room for two of the largest.
    const service = serviceInProcess({ memoryMiB: 1, limits: { maxBodyBytes: 100_000, maxPixels: 50_000_000 } });
    const slow = [openBody(), openBody()] as const;
    const answers = slow.map(({ init }) => service.request('/thumbnails', { method: 'POST', ...init }));
    for (const { controller } of slow) controller.enqueue(new Uint8Array(90_000));
    await setImmediate();

    const refused = await service.thumbnail(photograph('cat.jpg'));
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, '1']);
    expect((await problemOf(refused)).type).toBe('urn:thumbnails:problem:busy');

    for (const { controller } of slow) controller.close();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([415, 415]);
    expect((await service.thumbnail(photograph('cat.jpg'))).status).toBe(200);
  });
});

describe('pictures at once', () => {
  test('are all answered, with a thumbnail or with busy, and none is lost', async () => {
    const service = serviceInProcess({ cpus: 1 });
    const picture = photograph('cat.avif');
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => service.thumbnail(picture, 'width=400&format=avif')),
    );
    const statuses = answers.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(17);
    for (const answer of answers.filter(({ status }) => status === 503)) {
      expect(answer.headers.get('Retry-After')).toBe('1');
    }
    expect((await service.thumbnail(picture)).status).toBe(200);
  });
});

/** Work that lasts until the test says so, and what happened to it. */
class Work {
  readonly #ends: (() => void)[] = [];
  readonly started: string[] = [];

  begin(name: string): () => Promise<void> {
    return () =>
      new Promise((end) => {
        this.started.push(name);
        this.#ends.push(end);
      });
  }

  async endFirst(): Promise<void> {
    this.#ends.shift()?.();
    await setImmediate();
  }
}

describe('the gate', () => {
  test('lets in as many as there are places, and the others in their order', async () => {
    const gate = new Gate(100, 2, 10);
    const work = new Work();
    const all = ['a', 'b', 'c', 'd'].map((name) => gate.run(1, never, work.begin(name)));
    await setImmediate();
    expect(work.started).toEqual(['a', 'b']);
    await work.endFirst();
    expect(work.started).toEqual(['a', 'b', 'c']);
    await Promise.all([work.endFirst(), work.endFirst()]);
    await work.endFirst();
    await Promise.all(all);
    expect(work.started).toEqual(['a', 'b', 'c', 'd']);
  });

  test('lets in no more than there is memory for', async () => {
    const gate = new Gate(100, 5, 10);
    const work = new Work();
    const large = gate.run(60, never, work.begin('60'));
    const larger = gate.run(50, never, work.begin('50'));
    // Small enough, but not before its turn: the large one would wait without an end otherwise.
    const small = gate.run(1, never, work.begin('1'));
    await setImmediate();
    expect(work.started).toEqual(['60']);
    await work.endFirst();
    expect(work.started).toEqual(['60', '50', '1']);
    await work.endFirst();
    await work.endFirst();
    await Promise.all([large, larger, small]);
  });

  test('refuses what comes when the queue is full, and takes again when it is not', async () => {
    const gate = new Gate(100, 1, 1);
    const work = new Work();
    const running = gate.run(1, never, work.begin('running'));
    const waiting = gate.run(1, never, work.begin('waiting'));
    await expect(gate.run(1, never, work.begin('refused'))).rejects.toThrow(
      new Problem('busy', '1 pictures wait already. Try again in a second.'),
    );
    await work.endFirst();
    await running;
    const next = gate.run(1, never, work.begin('next'));
    await work.endFirst();
    await work.endFirst();
    await Promise.all([waiting, next]);
    expect(work.started).toEqual(['running', 'waiting', 'next']);
  });

  test('gives back the place of work that fails', async () => {
    const gate = new Gate(100, 1, 1);
    await expect(gate.run(100, never, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(gate.run(100, never, () => Promise.resolve('done'))).resolves.toBe('done');
  });

  test('does not begin work whose caller has gone', async () => {
    const gate = new Gate(100, 1, 1);
    const work = new Work();
    const caller = new AbortController();
    const running = gate.run(1, never, work.begin('running'));
    const abandoned = gate.run(1, caller.signal, work.begin('abandoned'));
    const outcome = expect(abandoned).rejects.toMatchObject({ problem: 'caller-gone' });
    caller.abort();
    await setImmediate();
    await work.endFirst();
    await running;
    await outcome;
    expect(work.started).toEqual(['running']);
    await expect(gate.run(1, never, () => Promise.resolve('next'))).resolves.toBe('next');
  });
});
