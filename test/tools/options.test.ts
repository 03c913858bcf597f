import { readFileSync } from 'node:fs';
import path from 'node:path';
import { optionRows, withOptions } from '../../tools/options';

const readme = readFileSync(path.join(__dirname, '..', '..', 'README.md'), 'utf8');

test("the README's table of options is the one that the table in lib/config.ts gives", () => {
  expect(readme).toBe(withOptions(readme));
});

test('every option stands in it with default, limits and meaning', () => {
  for (const row of optionRows()) {
    expect(row.every((cell) => cell.length > 0)).toBe(true);
    expect(readme).toContain(`| \`${row[0] ?? ''}\` | ${row[1] ?? ''} |`);
  }
});

test('a README with another table is changed', () => {
  expect(withOptions(readme.replace('| `ec2.plan` | on-demand |', '| `ec2.plan` | spot |'))).toBe(readme);
});
