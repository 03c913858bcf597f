import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { replayDay } from '../../../tools/day/day';
import { renderDayPage } from '../../../tools/day/page';
import { type Assembly, type AssemblyStack, synthesize } from '../../../tools/pictures/assembly';
import { drawAll, fileStem, type Picture } from '../../../tools/pictures/draw';
import { isKnown } from '../../../tools/pictures/kinds';

const FOLDER = path.join(__dirname, '..', '..', '..', 'docs', 'pictures');

/** What a telephone shows legibly: the smallest text of 12 units is then 9 pixels high on 360 pixels. */
const LEGIBLE_WIDTH = 500;

let assembly: Assembly;
let pictures: readonly Picture[];
beforeAll(async () => {
  assembly = synthesize();
  pictures = await drawAll(assembly);
}, 120_000);

/** The assembly with one stack changed. */
const changed = (id: string, change: (text: string) => string): Assembly => ({
  stacks: assembly.stacks.map((stack) =>
    stack.id === id ? (JSON.parse(change(JSON.stringify(stack))) as AssemblyStack) : stack,
  ),
});

const differing = (others: readonly Picture[]): string[] =>
  others.filter(({ svg }, i) => svg !== pictures[i]?.svg).map(({ file }) => file);

test('the pictures in the docs are those of the templates: after a change, npm run pictures draws them again', () => {
  const committed = readdirSync(FOLDER).filter((file) => file.endsWith('.svg'));
  expect(committed.toSorted()).toEqual(pictures.map(({ file }) => file).toSorted());
  const outdated = pictures.filter(({ file, svg }) => readFileSync(path.join(FOLDER, file), 'utf8') !== svg);
  expect(outdated.map(({ file }) => file)).toEqual([]);
});

test('docs/day.md is what the day of the templates gives', () => {
  expect(readFileSync(path.join(FOLDER, '..', 'day.md'), 'utf8')).toBe(renderDayPage(replayDay(assembly)));
});

test('two runs give the same bytes', async () => {
  expect(differing(await drawAll(synthesize()))).toEqual([]);
}, 120_000);

test('another instance type in one template changes the pictures that show it, and no other stack', async () => {
  const other = await drawAll(changed('EcsEc2', (text) => text.replaceAll('t4g.small', 't4g.medium')));
  const files = differing(other);
  expect(files).toEqual(expect.arrayContaining(['ecs-ec2-light.svg', 'ecs-ec2-dark.svg']));
  expect(files.filter((file) => !/^(ecs-ec2|day|night)/.test(file))).toEqual([]);
}, 120_000);

test('a new alarm changes the count below the picture', async () => {
  const alarm = '"AnotherAlarm":{"Type":"AWS::CloudWatch::Alarm"},';
  const other = await drawAll(changed('Lambda', (text) => text.replace('"Resources":{', `"Resources":{${alarm}`)));
  expect(differing(other)).toEqual(['lambda-light.svg', 'lambda-dark.svg']);
}, 120_000);

test('there is a picture of each stack and of all, light and dark', () => {
  for (const stem of ['all', ...assembly.stacks.map(({ id }) => fileStem(id))])
    for (const theme of ['light', 'dark']) expect(pictures.map(({ file }) => file)).toContain(`${stem}-${theme}.svg`);
});

test('a rule says of every resource type whether it is drawn, counted or left out', () => {
  const types = assembly.stacks.flatMap(({ template }) => Object.values(template.Resources).map(({ Type }) => Type));
  expect([...new Set(types)].filter((type) => !isKnown(type))).toEqual([]);
});

test('every picture is legible on a telephone', () => {
  const wide = pictures.filter(({ svg }) => Number(/viewBox="0 0 ([\d.]+)/.exec(svg)?.[1]) > LEGIBLE_WIDTH);
  expect(wide.map(({ file }) => file)).toEqual([]);
  const sizes = pictures.flatMap(({ svg }) =>
    [...svg.matchAll(/font-size="([\d.]+)"/g)].map(([, size]) => Number(size)),
  );
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(12);
});

test('no picture holds what changes with the code of the service: hashes of assets and of versions', () => {
  const withHash = pictures.filter(({ svg }) => /<text[^>]*>[^<]*[0-9a-f]{16}/.test(svg));
  expect(withHash.map(({ file }) => file)).toEqual([]);
});

test('the README and the pages show every picture of a stack, light and dark', () => {
  const root = path.join(FOLDER, '..', '..');
  const pages = [
    'README.md',
    ...readdirSync(path.join(root, 'docs'))
      .filter((f) => f.endsWith('.md'))
      .map((f) => `docs/${f}`),
    'lambda/frameworks/README.md',
  ];
  const text = pages
    .filter((page) => existsSync(path.join(root, page)))
    .map((page) => readFileSync(path.join(root, page), 'utf8'))
    .join('\n');
  expect(pictures.filter(({ file }) => !text.includes(`pictures/${file}`)).map(({ file }) => file)).toEqual([]);
});
