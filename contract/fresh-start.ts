import { type Ask, Info, json } from './client';

/** What only a service that has had no request yet can be held to. */
export function promiseFreshStart(ask: Ask, behind: 'lambda' | 'web-function' | undefined): void {
  const info = async () => Info.parse(json(await ask('/info')));

  it('calls one request of a process cold, which no health check is', async () => {
    if (behind !== 'lambda') {
      await ask('/health');
      await ask('/health');
    }
    // Lambda would start a process for each of several requests at once, and each would be cold; and one that has been
    // asked for its health is warm.
    const first =
      behind === 'lambda' ? [await info(), await info()] : await Promise.all(Array.from({ length: 8 }, info));
    expect(first.filter(({ start }) => start === 'cold').map(({ requests }) => requests)).toEqual([1]);
    expect(first.map(({ requests }) => requests).sort((a, b) => a - b)).toEqual(first.map((_, i) => i + 1));
    await ask('/health');
    expect(await info()).toMatchObject({ start: 'warm', requests: first.length + 1, startedAt: first[0]?.startedAt });
  });
}
