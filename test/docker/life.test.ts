import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import sharp from 'sharp';
import { buildImage, HOST_ARCHITECTURE } from '../../docker/build';
import { docker } from '../../docker/command';
import { Container, type ContainerOptions } from '../../tools/container';
import { SMALL_CONTAINER } from '../../tools/docker';
import { describeWithEngine } from './engine';

const cat = readFileSync(path.join(__dirname, '..', '..', 'contract', 'photographs', 'cat.jpg'));

/** Asks again until it is so. */
async function eventually(isSo: () => Promise<boolean>, milliseconds = 10_000): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await isSo())) if (Date.now() > deadline) throw new Error(`it was not so within ${milliseconds} ms`);
}

/** A picture of one colour: few bytes to send, all its pixels to decode. */
const plain = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#4060a0' } });

describeWithEngine('A container', () => {
  let image: string;
  beforeAll(async () => {
    image = (await buildImage({ architecture: HOST_ARCHITECTURE })).tag;
  }, 60_000);

  const start = (args: readonly string[] = [], options: Partial<ContainerOptions> = {}) =>
    Container.start({ image, ...SMALL_CONTAINER, ...options, arguments: [...SMALL_CONTAINER.arguments, ...args] });

  it('tells the engine that it is healthy, and when it is not any more', async () => {
    await using container = await start([
      '--health-interval',
      '200ms',
      '--health-timeout',
      '1s',
      '--health-retries',
      '1',
    ]);
    const health = () => container.inspect('{{json .State.Health.Status}}');
    await eventually(async () => (await health()) === 'healthy');
    // A paused process does not answer.
    await docker('kill', '--signal', 'SIGSTOP', container.name);
    await eventually(async () => (await health()) === 'unhealthy');
  }, 30_000);

  it('after SIGTERM, loses no request that it has begun, says so at /health, and takes no other', async () => {
    await using container = await start();
    const { hostname, port } = new URL(container.url);
    const thumbnail = { host: hostname, port, method: 'POST', path: '/thumbnails?width=64', agent: false };
    const uploads = Array.from({ length: 12 }, (_, index) =>
      http.request({
        ...thumbnail,
        headers: { Expect: '100-continue', 'Content-Length': cat.length, 'X-Request-Id': `upload-${index}` },
      }),
    );
    const answers = uploads.map(async (upload) => {
      const [answer] = (await once(upload, 'response')) as [http.IncomingMessage];
      const chunks = (await answer.toArray()) as Buffer[];
      return { status: answer.statusCode, id: answer.headers['x-request-id'], body: Buffer.concat(chunks) };
    });
    // The service has begun each of them, and has not a byte of their pictures yet.
    for (const upload of uploads) upload.flushHeaders();
    await Promise.all(uploads.map((upload) => once(upload, 'continue')));
    const half = net.connect(Number(port), hostname);
    await new Promise((written) => half.write('GET /health HTTP/1.1\r\nHost: localhost\r\n', written));

    const ending = container.stop();
    await eventually(async () => (await container.log()).includes('"message":"stopping"'));
    half.write('\r\n');
    expect(await text(half)).toMatch(/^HTTP\/1\.1 503 [^]*\{"status":"stopping"\}$/);
    const late = http.get(`${container.url}/info`, { agent: false });
    await expect(once(late, 'response')).rejects.toThrow(/hang up|ECONNRE/);

    for (const upload of uploads) upload.end(cat);
    const answered = await Promise.all(answers);
    expect(answered.map(({ status, id }) => ({ status, id }))).toEqual(
      uploads.map((_, index) => ({ status: 200, id: `upload-${index}` })),
    );
    for (const { body } of answered) expect((await sharp(body).metadata()).width).toBe(64);
    expect(await ending).toEqual({ code: 0, outOfMemory: false });
  }, 30_000);

  it('answers all that is asked of it within its memory, and refuses by a problem what does not fit', async () => {
    // Two at a time, which takes more memory than one at half a CPU; and the health check takes of the same memory.
    await using container = await start(['--cpus', '2', '--health-interval', '1s']);
    const started = await (await fetch(`${container.url}/info`)).json();
    const [progressive, avif, tooLarge] = await Promise.all([
      // The first two are reckoned at nearly all the memory there is for pictures, the third at a little more.
      plain(6000, 5000).jpeg({ progressive: true }).toBuffer(),
      plain(4000, 3500).avif({ effort: 0 }).toBuffer(),
      plain(5800, 5000).png({ progressive: true, compressionLevel: 1 }).toBuffer(),
    ]);
    const post = async (body: Buffer) => {
      const answer = await fetch(`${container.url}/thumbnails?width=256`, {
        method: 'POST',
        body: new Uint8Array(body),
      });
      const bytes = Buffer.from(await answer.arrayBuffer());
      const width = answer.ok ? (await sharp(bytes).metadata()).width : undefined;
      return { status: answer.status, type: answer.headers.get('Content-Type'), width };
    };
    /** Posts until the service takes the picture: small ones may fill the queue while a large one is on its way. */
    const postUntilTaken = async (body: Buffer) => {
      let answer = await post(body);
      await eventually(async () => answer.status !== 503 || (answer = await post(body)).status !== 503, 30_000);
      return answer;
    };
    const served = { status: 200, type: 'image/webp', width: 256 };
    const problem = (status: number) => ({ status, type: 'application/problem+json', width: undefined });
    const large = [progressive, avif, progressive, avif];
    const [largeAnswers, tooLargeAnswers, catAnswers] = await Promise.all([
      Promise.all(large.map(postUntilTaken)),
      Promise.all([tooLarge, tooLarge].map(postUntilTaken)),
      Promise.all(Array.from({ length: 40 }, () => post(cat))),
    ]);

    expect(largeAnswers).toEqual(large.map(() => served));
    expect(tooLargeAnswers).toEqual([problem(422), problem(422)]);
    const [yes, no] = [200, 503].map((status) => catAnswers.filter((answer) => answer.status === status));
    expect([...(yes ?? []), ...(no ?? [])]).toHaveLength(catAnswers.length);
    for (const answer of yes ?? []) expect(answer).toEqual(served);
    for (const answer of no ?? []) expect(answer).toEqual(problem(503));
    expect(yes?.length).toBeGreaterThanOrEqual(20);

    const memory = await memoryOf(container);
    expect(memory.killed).toBe(0);
    expect(memory.peakMiB).toBeGreaterThan(200);
    expect(memory.peakMiB).toBeLessThan(512);
    expect(await (await fetch(`${container.url}/info`)).json()).toMatchObject({
      startedAt: (started as { startedAt: string }).startedAt,
    });
    expect(await container.stop()).toEqual({ code: 0, outOfMemory: false });
  }, 60_000);
});

/** What the control group (v2, else v1) of a container says: its peak, and how many processes it was killed for. */
async function memoryOf(container: Container): Promise<{ peakMiB: number; killed: number }> {
  const read = `
    const { existsSync, readFileSync } = require('node:fs');
    const found = (...files) => readFileSync(files.map((name) => '/sys/fs/cgroup/' + name).find((file) => existsSync(file)), 'utf8');
    const peak = Number(found('memory.peak', 'memory/memory.max_usage_in_bytes'));
    const [, killed] = /^oom_kill (\\d+)/m.exec(found('memory.events', 'memory/memory.oom_control'));
    console.log(JSON.stringify({ peakMiB: Math.round(peak / 2 ** 20), killed: Number(killed) }));`;
  return JSON.parse(await container.run('node', '-e', read)) as { peakMiB: number; killed: number };
}
