import { readFileSync } from 'node:fs';
import path from 'node:path';
import { BUNDLE, type Architecture, type Manifest, type ZipEntry } from '../../packaging/bundle';

const { zips, pipelineZips } = JSON.parse(readFileSync(BUNDLE.manifest, 'utf8')) as Manifest;

/** What of each package is in it: bytes before they are compressed, by npm package or folder. */
const EXPECTED = path.join(__dirname, 'package-size.json');
const expected = JSON.parse(readFileSync(EXPECTED, 'utf8')) as Record<string, Record<string, number>>;

/** Bytes that a part may grow by before a reviewer has to accept it. */
const MARGIN = 4096;

/** The parts that have grown, or are new, the largest growth first. */
function grown(parts: Readonly<Record<string, number>>, before: Readonly<Record<string, number>>): string[] {
  return Object.entries(parts)
    .map(([part, bytes]) => ({ part, by: bytes - (before[part] ?? 0), isNew: before[part] === undefined }))
    .filter(({ by }) => by > MARGIN)
    .sort((a, b) => b.by - a.by)
    .map(({ part, by, isNew }) => `${part}: ${isNew ? 'new, ' : '+'}${by} bytes`);
}

// Native code and all that depends on the processor is one package's: its name differs.
const ofAny = ({ parts }: ZipEntry): Record<string, number> =>
  Object.fromEntries(Object.entries(parts).map(([part, bytes]) => [part.replace(/-(arm64|x64)$/, ''), bytes]));

describe.each<[string, Record<Architecture, ZipEntry>, number]>([
  // 8.6 MB and 9.0 MB as this is written, of which libvips is 8.1 MB. Lambda unpacks up to 250 MB.
  ['service', zips, 8_900_000],
  ['pipeline', pipelineZips, 9_300_000],
])('the package of the %s', (name, packages, budget) => {
  test.each<Architecture>(['arm64', 'x64'])('is within its budget on %s', (architecture) => {
    expect(packages[architecture].size).toBeLessThan(budget);
  });

  test('has nothing that grew unnoticed; what did, is named', () => {
    expect(grown(ofAny(packages.arm64), expected[name] ?? {})).toEqual([]);
  });
});

test('what the pipeline needs of AWS is not in the package that answers people', () => {
  const ofAws = Object.keys(zips.arm64.parts).filter((part) => /aws|smithy/.test(part));
  expect(ofAws).toEqual([]);
  expect(Object.keys(pipelineZips.arm64.parts)).toEqual(expect.arrayContaining(['@aws-sdk/client-s3', '@smithy/core']));
});

test('a part that grew is reported by name and by how much, the largest first; a new one as new', () => {
  const before = { hono: 40_000, service: 50_000, sharp: 200_000 };
  expect(grown({ hono: 45_000, service: 50_100, sharp: 190_000, lodash: 70_000 }, before)).toEqual([
    'lodash: new, 70000 bytes',
    'hono: +5000 bytes',
  ]);
});
