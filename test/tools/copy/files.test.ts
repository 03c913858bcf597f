import { readFileSync } from 'node:fs';
import path from 'node:path';
import { preProcessFile } from 'typescript';
import { adapterImage } from '../../../docker/build';
import { STACK_IDS } from '../../../lib/app';
import { recipeOf } from '../../../tools/copy';
import { copyFiles } from '../../../tools/copy/files';
import { COPY_RECIPES } from '../../../tools/copy/recipes';

const ROOT = path.join(__dirname, '..', '..', '..');
const copies = Object.fromEntries(COPY_RECIPES.map((recipe) => [recipe.id, copyFiles(recipe, 'mine')] as const));
const copyOf = (id: string) => copies[id] ?? copyFiles(recipeOf(id), 'mine');

test('every compute option can be copied', () => expect(COPY_RECIPES.map(({ id }) => id)).toEqual(STACK_IDS));

test('a wrong name is answered with the one that was probably meant', () =>
  expect(() => recipeOf('Fargat')).toThrow('"Fargat" is no compute option; did you mean Fargate?'));

test('the placeholder has the adapter that the image of the service has', () => {
  const dockerfile = readFileSync(path.join(ROOT, 'tools', 'copy', 'placeholder', 'Dockerfile'), 'utf8');
  expect(dockerfile).toContain(`--from=${adapterImage()} `);
});

describe.each(COPY_RECIPES)('$id', (recipe) => {
  const { files, sources } = copyOf(recipe.id);

  test('its tests look for no file outside of the copy', () => {
    const tests = [...files].filter(([file]) => file.startsWith('test/'));
    expect(tests.length).toBeGreaterThan(0);
    const climbs = tests.filter(([file, text]) =>
      [...String(text).matchAll(/__dirname((?:, '\.\.')+)/g)].some(
        ([, ups = '']) => ups.split("'..'").length - 1 > path.posix.dirname(file).split('/').length,
      ),
    );
    expect(climbs.map(([file]) => file)).toEqual([]);
  });

  /** What a written file imports, and the sources that it names by their paths. */
  function importsOf(file: string): string[] {
    const text = String(files.get(file));
    const relative = preProcessFile(text, true, true)
      .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => path.posix.join(path.posix.dirname(file), fileName))
      .map((target) => (target.endsWith('.json') ? target : `${target}.ts`));
    return [...relative, ...[...text.matchAll(/'(lambda\/[\w/.-]+\.ts)'/g)].map(([, named = '']) => named)];
  }

  function reachable(entries: readonly string[]): Set<string> {
    const found = new Set(entries);
    // A set yields what is added to it on the way.
    for (const file of found) if (file.endsWith('.ts')) for (const imported of importsOf(file)) found.add(imported);
    return found;
  }

  const tests = sources.filter((file) => file.startsWith('test/') && file.endsWith('.test.ts'));
  const applications = sources.filter((file) => file.startsWith('lambda/frameworks/'));
  const started = ['bin/app.ts', ...(recipe.starts ?? []), ...sources.filter((file) => file.startsWith('service/'))];

  test('the copy has what its files import, and no TypeScript beside', () => {
    const needed = reachable([...started, ...tests, 'test/environment.ts']);
    expect([...needed].filter((file) => !files.has(file))).toEqual([]);
    const written = sources.filter((file) => file.endsWith('.ts') && !applications.includes(file));
    expect(written).toEqual([...needed].filter((file) => file.endsWith('.ts')).sort());
  });

  test('of lib/ the copy has the files that its stacks import, at the same paths and with the same text', () => {
    const library = sources.filter((file) => file.startsWith('lib/'));
    expect(library).toContain(recipe.stack);
    expect(library).toEqual([...reachable(started)].filter((file) => file.startsWith('lib/')).sort());
    for (const file of library) expect(files.get(file)).toBe(readFileSync(path.join(ROOT, file), 'utf8'));
  });

  test('the copy has no engine of options, and nothing that makes the bundle', () => {
    for (const file of sources) {
      expect(file).not.toMatch(/^lib\/(app\.ts|.*\/options\.ts|options\/(?!problems))/);
      expect(file).not.toMatch(/^(tools\/bundle|lib\/beanstalk\/source-bundle)/);
    }
  });

  test('package.json has the packages that the files import, in the versions of this repository', () => {
    const manifest = JSON.parse(String(files.get('package.json'))) as Record<string, Record<string, string>>;
    const own = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as typeof manifest;
    const given = { ...manifest['dependencies'], ...manifest['devDependencies'] };
    expect({ ...own['dependencies'], ...own['devDependencies'] }).toMatchObject(given);
    const imported = sources
      .filter((file) => file.endsWith('.ts') && !applications.includes(file))
      .flatMap((file) => preProcessFile(String(files.get(file)), true, true).importedFiles)
      .map(({ fileName }) => /^(@[^/]+\/[^/]+|[^./][^/]*)/.exec(fileName)?.[0] ?? '')
      .filter((name) => name !== '' && !name.startsWith('node:'))
      .map((name) => (name === 'aws-lambda' ? '@types/aws-lambda' : name));
    const tools = ['@types/jest', '@types/node', 'aws-cdk', 'jest', 'ts-jest', 'tsx', 'typescript'];
    expect(Object.keys(given).sort()).toEqual([...new Set([...imported, ...tools])].sort());
  });
});

test('numbers of the service are read from the files that they stand in', () => {
  expect(copyOf('Fargate').numbers).toContain(
    'bin/service.ts: 150 (requests a minute that one task answers; more add a task)',
  );
  for (const { id } of COPY_RECIPES)
    for (const number of copyOf(id).numbers) expect(String(copyOf(id).files.get('README.md'))).toContain(number);
});

test('the feature flags are those of this repository, without options of its app', () => {
  const { context } = JSON.parse(String(copyOf('Fargate').files.get('cdk.json'))) as { context: object };
  expect(Object.keys(context).length).toBeGreaterThan(80);
  for (const key of Object.keys(context)) expect(key).toMatch(/^@aws-cdk/);
});
