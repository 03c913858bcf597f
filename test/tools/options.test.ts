import { readFileSync } from 'node:fs';
import { optionRows, PAGES, pathOf, withOptions } from '../../tools/options';

describe.each(Object.entries(PAGES))('docs/%s', (name, options) => {
  const page = readFileSync(pathOf(name), 'utf8');

  test("has the table that the options' own table gives", () => {
    expect(page).toBe(withOptions(page, options));
  });

  test('has every option with default, limits and meaning', () => {
    for (const row of optionRows(options)) {
      expect(row.every((cell) => cell.length > 0)).toBe(true);
      expect(page).toContain(`| \`${row[0] ?? ''}\` | ${row[1] ?? ''} |`);
    }
  });

  test('is changed where it has another table', () => {
    const [name = '', byDefault = ''] = optionRows(options).at(-1) ?? [];
    const changed = page.replace(`| \`${name}\` | ${byDefault} |`, `| \`${name}\` | other |`);
    expect(changed).not.toBe(page);
    expect(withOptions(changed, options)).toBe(page);
  });
});
