import { readFileSync } from 'node:fs';
import path from 'node:path';
import { optionRows, withOptions } from '../../tools/options';

const page = readFileSync(path.join(__dirname, '..', '..', 'docs', 'options.md'), 'utf8');

test("the table of docs/options.md is the one that the options' own table gives", () => {
  expect(page).toBe(withOptions(page));
});

test('every option stands in it with default, limits and meaning', () => {
  for (const row of optionRows()) {
    expect(row.every((cell) => cell.length > 0)).toBe(true);
    expect(page).toContain(`| \`${row[0] ?? ''}\` | ${row[1] ?? ''} |`);
  }
});

test('a page with another table is changed', () => {
  expect(withOptions(page.replace('| `ec2.plan` | on-demand |', '| `ec2.plan` | spot |'))).toBe(page);
});
