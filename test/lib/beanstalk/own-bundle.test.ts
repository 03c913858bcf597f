import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zipSync, type Zippable } from 'fflate';
import { ownSourceBundle } from '../../../lib/beanstalk/source-bundle';
import { SourceBundleError } from '../../../lib/beanstalk/source-bundle-check';
import { errorsOf, problems } from '../../synthesis';

const folder = mkdtempSync(path.join(tmpdir(), 'own-bundle-'));
const file = path.join(folder, 'app.zip');
afterAll(() => rmSync(folder, { recursive: true }));

const bundle = (files: Zippable): void => writeFileSync(file, zipSync(files, { mtime: new Date(2020, 0, 1) }));

/** What is wrong with the options, and with what the stack would ship. */
function faults(options: Readonly<Record<string, string>>): readonly string[] {
  const found = problems(options);
  return found.length > 0 ? found : errorsOf('Beanstalk', options);
}

describe('a source bundle of your own is refused before anything is deployed', () => {
  const GO = { 'beanstalk.platform': 'go', 'beanstalk.bundle': file };

  test('where there is none', () => {
    rmSync(file, { force: true });
    expect(faults(GO)).toEqual([
      `beanstalk.bundle = "${file}" and beanstalk.platform = go: ${file} is no file. Give the path of a zip.`,
    ]);
  });

  test('where it is no zip', () => {
    writeFileSync(file, 'package main');
    expect(faults(GO)).toEqual([expect.stringContaining('is no zip, or only a part of one (12 bytes)')]);
    expect(faults({ ...GO, 'beanstalk.bundle': 'app.tar.gz' })).toEqual([
      'beanstalk.bundle = "app.tar.gz": allowed is the path of a zip',
    ]);
  });

  test('where it is empty', () => {
    bundle({});
    expect(faults(GO)).toEqual([expect.stringContaining('has no file in it')]);
  });

  test('where it has over 500 MB', () => {
    writeFileSync(file, '');
    truncateSync(file, 500 * 2 ** 20 + 1); // sparse: no disk is used
    expect(faults(GO)).toEqual([expect.stringContaining('has 501 MB: Elastic Beanstalk takes 500 MB at most')]);
  });

  test('where nothing tells the platform what to run', () => {
    bundle({ 'README.md': Buffer.from('') });
    expect(faults(GO)).toEqual([
      expect.stringContaining('Nothing tells the go platform what to run: at the root it looks for a Procfile, or'),
    ]);
  });

  test('with everything that is wrong at once', () => {
    bundle({ 'README.md': Buffer.from(''), 'run.sh': Buffer.from('#!/bin/sh\r\n') });
    expect(faults(GO)).toHaveLength(2);
  });
});

test('a good one is taken, and labelled by its platform and content', () => {
  bundle({ 'application.go': Buffer.from('package main') });
  expect(faults({ 'beanstalk.platform': 'go', 'beanstalk.bundle': file })).toEqual([]);
  const one = ownSourceBundle(file, 'go', 'arm64');
  expect(one.versionLabel).toMatch(/^go-[0-9a-f]{12}$/);
  expect(ownSourceBundle(path.relative(process.cwd(), file), 'go', 'arm64')).toEqual(one);
  bundle({ 'application.go': Buffer.from('package main // another') });
  expect(ownSourceBundle(file, 'go', 'arm64').versionLabel).not.toBe(one.versionLabel);
});

test('one with native code is labelled by the architecture too, wherever the code is and whatever it is called', () => {
  const program = Buffer.alloc(64);
  program.writeUInt32BE(0x7f454c46);
  program.writeUInt16LE(0xb7, 18);
  bundle({ 'bin/application': program });
  expect(ownSourceBundle(file, 'go', 'arm64').versionLabel).toMatch(/^go-arm64-[0-9a-f]{12}$/);
});

test('a bad one is refused by whoever uses the construct without the options too', () => {
  bundle({});
  expect(() => ownSourceBundle(file, 'go', 'arm64')).toThrow(SourceBundleError);
});

test.each([
  ['beanstalk.platform', 'pyhton', 'did you mean python?'],
  ['beanstalk.platform', 'tomcat', 'allowed is one of node, python, java, go, php, ruby, dotnet, docker'],
  ['beanstalk.version', 'v 1', 'allowed is the label of an application version'],
  ['beanstalk.platformArn', 'Node.js 24', 'allowed is the ARN of a platform version'],
  ['beanstalk.updateWindow', 'Sunday 3am', 'allowed is a day and time in UTC, such as Sun:03:00, or none'],
  ['beanstalk.type', 'LoadBalanced', 'did you mean load-balanced?'],
])('%s = %s is refused', (option, value, said) => {
  expect(faults({ [option]: value })).toEqual([expect.stringContaining(said)]);
});
