import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { preProcessFile } from 'typescript';

const ROOT = path.join(__dirname, '..', '..', '..');
const CONSTRUCTS = ['application', 'environment', 'version'].map((name) => `lib/beanstalk/${name}.ts`);
/** Compiled by the application at synth, and so imported by no file. */
const FUNCTION = 'lambda/beanstalk/index.ts';

/** The files of this repository that these import, types alone too, and so on. */
function filesOf(entries: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    for (const { fileName } of preProcessFile(readFileSync(path.join(ROOT, file), 'utf8')).importedFiles)
      if (fileName.startsWith('.')) visit(path.posix.join(path.posix.dirname(file), `${fileName}.ts`));
  };
  entries.forEach(visit);
  return [...found].sort();
}

const files = filesOf([...CONSTRUCTS, FUNCTION]);

test('the construct takes no options, no tool and no bundle of this repository along', () => {
  for (const file of files) {
    expect(file).toMatch(/^(lib|packaging|lambda\/beanstalk)\/|^lambda\/(custom-resource|patience)\.ts$/);
    expect(file).not.toMatch(/options|bundle|service/);
  }
});

test('what is imported at run time is among them, and of packages only CDK and esbuild', () => {
  const { metafile } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: [...CONSTRUCTS, FUNCTION],
    outdir: 'out',
    bundle: true,
    platform: 'node',
    packages: 'external',
    tsconfigRaw: {},
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  expect(files).toEqual(expect.arrayContaining(Object.keys(metafile.inputs)));
  const packages = Object.values(metafile.inputs)
    .flatMap(({ imports }) => imports)
    .filter(({ external, path: name }) => external && !name.startsWith('node:'))
    .map(({ path: name }) => name.replace(/^(@[^/]+\/[^/]+|[^/]+).*$/, '$1'));
  expect([...new Set(packages)].sort()).toEqual([
    '@aws-sdk/client-cloudformation',
    '@aws-sdk/client-elastic-beanstalk',
    '@aws-sdk/client-elastic-load-balancing-v2',
    '@aws-sdk/client-s3',
    'aws-cdk-lib',
    'constructs',
    'esbuild',
  ]);
});

test('the page lists what to copy, and nothing else', () => {
  const page = readFileSync(path.join(ROOT, 'docs', 'beanstalk.md'), 'utf8');
  const [, section = ''] = /\n## Copying it\n([^]*?)\n## /.exec(page) ?? [];
  const table = section.split('\n').filter((line) => line.startsWith('|'));
  const listed = [...table.join('\n').matchAll(/\]\(\.\.\/([\w/.-]+)\)/g)].map(([, file = '']) => file);
  expect(
    listed
      .flatMap((file) =>
        file === 'lambda/beanstalk' ? filesOf([FUNCTION]).filter((each) => each.startsWith(file)) : [file],
      )
      .sort(),
  ).toEqual(files);
});
