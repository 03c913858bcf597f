import { STACK_IDS } from '../../lib/app';
import { closureOf, libraryFiles, optionFolders, totalLines } from '../../tools/closure';

const closures = optionFolders().map(closureOf);
const filesOf = (option: string): string[] => closureOf(option).lib.map(({ file }) => file);

test('every compute option of the app has a closure', () => {
  expect(closures).toHaveLength(STACK_IDS.length);
});

test('a closure holds the stack itself, what it imports, and what that imports, types too', () => {
  const files = filesOf('ecs/fargate');
  expect(files).toContain('lib/ecs/fargate/stack.ts');
  expect(files).toContain('lib/ecs/traffic.ts'); // of the stack
  expect(files).toContain('lib/ecs/failed-tasks.ts'); // of the traffic
  expect(files).toContain('lib/shared/log-settings.ts'); // types alone
  expect(files).not.toContain('lib/ecs/fargate/options.ts');
});

test('what an option ships counts apart from lib/', () => {
  const { lib, shipped } = closureOf('registry');
  expect(lib.filter(({ file }) => !file.startsWith('lib/'))).toEqual([]);
  expect(shipped.map(({ file }) => file)).toContain('docker/build.ts');
});

test('Fargate is understood from 14 files of lib/ with 1,100 lines', () => {
  const { lib } = closureOf('ecs/fargate');
  expect(lib.length).toBeLessThanOrEqual(14);
  expect(totalLines(lib)).toBeLessThanOrEqual(1_100);
});

test('no file of lib/ has over 300 lines', () => {
  expect(libraryFiles().filter(({ lines }) => lines > 300)).toEqual([]);
});

test('only Elastic Beanstalk needs the reader of its zips', () => {
  const zips = /^lib\/beanstalk\/(source-bundle|platform-bundles)/;
  const others = closures.filter(({ option }) => option !== 'beanstalk').flatMap(({ lib }) => lib);
  expect(others.filter(({ file }) => zips.test(file))).toEqual([]);
});

test('no option needs the files of another', () => {
  const folders = optionFolders();
  for (const { option, lib } of closures) {
    const others = folders.filter((folder) => folder !== option).map((folder) => `lib/${folder}/`);
    expect(lib.filter(({ file }) => others.some((folder) => file.startsWith(folder)))).toEqual([]);
  }
});
