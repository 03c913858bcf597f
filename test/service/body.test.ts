import { setImmediate } from 'node:timers/promises';
import { BodyMemory, withBody } from '../../service/body';

const MIB = 2 ** 20;
const LARGEST = 4 * MIB;

/** A request that sends what the test says, piece by piece. */
function sender(memory: BodyMemory, declared: number | null = LARGEST) {
  const controllers: ReadableStreamDefaultController<Uint8Array>[] = [];
  const body = new ReadableStream<Uint8Array>({ start: (own) => void controllers.push(own) });
  const request = new Request('http://localhost/thumbnails', {
    method: 'POST',
    body,
    duplex: 'half',
    ...(declared !== null && { headers: { 'Content-Length': String(declared) } }),
  });
  const received = withBody(
    request,
    LARGEST,
    memory,
    () => undefined,
    (whole) => Promise.resolve(whole.byteLength),
  );
  received.catch(() => undefined);
  const send = async (bytes: number): Promise<void> => {
    controllers[0]?.enqueue(new Uint8Array(bytes).fill(1));
    for (let i = 0; i < 5; i += 1) await setImmediate();
  };
  return { received, send, end: () => controllers[0]?.close() };
}

/** A large body in pieces, by way of a buffer, which is kept. */
async function sendLarge(memory: BodyMemory, howMany: number): Promise<void> {
  const senders = Array.from({ length: howMany }, () => sender(memory));
  for (const each of senders) {
    await each.send(LARGEST / 2);
    await each.send(LARGEST / 2);
    each.end();
  }
  expect(await Promise.all(senders.map(({ received }) => received))).toEqual(senders.map(() => LARGEST));
}

/** How much is free: the most that can be taken. */
function freeOf(memory: BodyMemory): number {
  let most = 0;
  for (let step = 64 * MIB; step >= 1; step /= 2) {
    try {
      memory.take(most + step);
      memory.give(most + step);
      most += step;
    } catch {
      // Not that much.
    }
  }
  return most;
}

test('slow senders that get the buffers of large bodies are charged all of them', async () => {
  const memory = new BodyMemory(12 * MIB);
  await sendLarge(memory, 3);
  const slow = Array.from({ length: 2 }, () => sender(memory));
  for (const each of slow) await each.send(1000);
  expect(freeOf(memory)).toBe(12 * MIB - 2 * LARGEST);
  for (const each of slow) each.end();
  await Promise.all(slow.map(({ received }) => received));
  expect(freeOf(memory)).toBe(12 * MIB);
});

test('buffers that are used already never hold more than is counted, however many slow senders there are', async () => {
  const memory = new BodyMemory(12 * MIB);
  const slow: ReturnType<typeof sender>[] = [];
  for (let i = 0; i < 10; i += 1) {
    // Of what is left, a large body, so that there is a buffer to give.
    if (freeOf(memory) >= 2 * LARGEST) await sendLarge(memory, 1);
    const one = sender(memory);
    await one.send(1000);
    slow.push(one);
  }
  // The first two have a used buffer each; with the third, it would be more than is counted for the others.
  expect(freeOf(memory)).toBeLessThanOrEqual(12 * MIB - 2 * LARGEST);
  for (const each of slow) each.end();
  expect(await Promise.all(slow.map(({ received }) => received))).toEqual(slow.map(() => 1000));
  expect(freeOf(memory)).toBe(12 * MIB);
});

test('a buffer that is not free any more is let go, and the sender is charged what it sends', async () => {
  const memory = new BodyMemory(12 * MIB);
  const borrowed = memory.borrow(LARGEST);
  memory.return(borrowed);
  memory.take(9 * MIB);
  const slow = sender(memory);
  await slow.send(1000);
  expect(freeOf(memory)).toBe(3 * MIB - 1000);
  slow.end();
  expect(await slow.received).toBe(1000);
  expect(freeOf(memory)).toBe(3 * MIB);
});

test('what is kept for the next bodies is never more than what is free', () => {
  const memory = new BodyMemory(8 * MIB);
  const [one, other] = [memory.borrow(LARGEST).bytes, memory.borrow(LARGEST).bytes];
  memory.take(6 * MIB);
  for (const bytes of [one, other]) memory.return({ bytes, charged: 0 });
  expect(memory.borrow(LARGEST).charged).toBe(0);
});

test('bodies of undeclared length give all of their memory back, whatever buffers they went through', async () => {
  const memory = new BodyMemory(16 * MIB);
  for (let i = 0; i < 3; i += 1) {
    const one = sender(memory, null);
    for (let sent = 0; sent < LARGEST; sent += LARGEST / 16) await one.send(LARGEST / 16);
    one.end();
    expect(await one.received).toBe(LARGEST);
    expect(freeOf(memory)).toBe(16 * MIB);
  }
});

test('a body that is refused in the middle gives its memory back', async () => {
  const memory = new BodyMemory(16 * MIB);
  await sendLarge(memory, 1);
  const one = sender(memory, null);
  await one.send(LARGEST);
  await one.send(1);
  await expect(one.received).rejects.toMatchObject({ problem: 'too-large' });
  expect(freeOf(memory)).toBe(16 * MIB);
});
