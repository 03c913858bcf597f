import { readdirSync } from 'node:fs';
import path from 'node:path';
import { FREE, RULES } from '../../../tools/cost/rules';

test('each rule is a file of its own with a worked example in its test', () => {
  const names = (folder: string, ending: string): string[] =>
    readdirSync(path.join(__dirname, folder)).map((name) => path.basename(name, ending));
  const files = names('../../../tools/cost/rules', '.ts');
  expect(files).toHaveLength(RULES.length);
  expect(names('rules', '.test.ts').sort()).toEqual(files.sort());
});

test('no type has two rules, or one and is free as well', () => {
  const types = RULES.map(({ type }) => type);
  expect(new Set(types).size).toBe(types.length);
  expect(types.filter((type) => FREE.has(type))).toEqual([]);
});
