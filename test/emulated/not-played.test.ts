import { readFileSync } from 'node:fs';
import path from 'node:path';
import { NOT_SHOWN, notPlayedTable } from '../../tools/emulator/not-played';

const PAGE = readFileSync(path.join(__dirname, '..', '..', 'docs', 'architecture.md'), 'utf8');

test('docs/architecture.md lists what no emulator plays, with the reason', () => {
  expect(PAGE).toContain(notPlayedTable());
  for (const line of NOT_SHOWN) expect(PAGE).toContain(`- ${line}`);
});
