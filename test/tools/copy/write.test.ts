import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CopyError, writeFolder } from '../../../tools/copy/write';

const folder = mkdtempSync(path.join(tmpdir(), 'write-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FILES = new Map([
  ['a.txt', 'a'],
  ['below/run.sh', '#!/bin/sh\n'],
]);
const write = (name: string, signal = new AbortController().signal) =>
  writeFolder(path.join(folder, name), FILES, signal);

test('a new folder and an empty one get all files, and programs can be run', async () => {
  mkdirSync(path.join(folder, 'empty'));
  for (const name of ['new', 'empty']) {
    await write(name);
    expect(readFileSync(path.join(folder, name, 'a.txt'), 'utf8')).toBe('a');
    expect(statSync(path.join(folder, name, 'below', 'run.sh')).mode & 0o111).not.toBe(0);
    expect(statSync(path.join(folder, name)).mode).toBe(statSync(path.join(folder, name, 'below')).mode);
  }
});

test('a folder with something in it is refused with what to do, and stays as it is', async () => {
  mkdirSync(path.join(folder, 'full'));
  writeFileSync(path.join(folder, 'full', 'a.txt'), 'mine');
  const before = readdirSync(folder);
  await expect(write('full')).rejects.toThrow(/full is not empty \(it has a\.txt\).*Choose a new folder/);
  expect(readFileSync(path.join(folder, 'full', 'a.txt'), 'utf8')).toBe('mine');
  expect(readdirSync(folder)).toEqual(before);
});

test('a file, a folder in no folder, and one inside this repository are refused', async () => {
  writeFileSync(path.join(folder, 'file'), '');
  await expect(write('file')).rejects.toThrow('is a file. Choose the name of a new folder');
  await expect(write('none/mine')).rejects.toThrow(/none is no folder\. Create it first/);
  const inside = path.join(__dirname, 'mine');
  await expect(writeFolder(inside, FILES, new AbortController().signal)).rejects.toThrow(CopyError);
});

test('Ctrl-C leaves nothing', async () => {
  const interrupted = new AbortController();
  const before = readdirSync(folder);
  const files = {
    *[Symbol.iterator]() {
      yield ['a.txt', 'a'];
      expect(readdirSync(folder).length).toBe(before.length + 1);
      interrupted.abort();
      yield ['b.txt', 'b'];
    },
  } as unknown as ReadonlyMap<string, string>;
  await expect(writeFolder(path.join(folder, 'mine'), files, interrupted.signal)).rejects.toThrow('abort');
  expect(readdirSync(folder)).toEqual(before);
});
