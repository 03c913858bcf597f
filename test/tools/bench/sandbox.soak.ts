import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { benchSandbox } from '../../../tools/bench/sandbox';

// The whole of it, as a newcomer does it: a clone of the last commit, npm ci, npm run sandbox.

jest.setTimeout(600_000);

test('a fresh clone comes to thumbnails with Node.js and npm alone, and nothing is left of it', async () => {
  const leftovers = new Set<() => unknown>();
  const said: string[] = [];
  const signal = new AbortController().signal;
  const before = readdirSync(tmpdir());
  const figures = await benchSandbox({ progress: (line) => said.push(line), signal, leftovers });
  if ('notMeasured' in figures) throw new Error(figures.notMeasured);
  const { installedSeconds, pageSeconds, firstThumbnailSeconds, lastThumbnailSeconds, thumbnailsBy, runners } = figures;
  const inOrder = [0, installedSeconds, pageSeconds, firstThumbnailSeconds, lastThumbnailSeconds];
  expect(inOrder).toEqual([...inOrder].sort((one, other) => one - other));
  expect(thumbnailsBy).toEqual(expect.arrayContaining(['ec2', 'beanstalk/node', 'lambda', 'web-function']));
  expect(runners).toBeGreaterThan(thumbnailsBy.length);
  expect(said).toEqual(['a clone of the last commit', 'npm ci in it', 'npm run sandbox in it']);
  expect(leftovers.size).toBe(0);
  const left = readdirSync(tmpdir()).filter((name) => name.startsWith('bench-sandbox-') && !before.includes(name));
  expect(left).toEqual([]);
});
