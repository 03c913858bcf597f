import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  NOT_PLAYED_BY_MINISTACK,
  NOT_PLAYED_END_TO_END,
  NOT_SHOWN,
  notPlayedTable,
} from '../../tools/emulator/not-played';

const PAGE = readFileSync(path.join(__dirname, '..', '..', 'docs', 'architecture.md'), 'utf8');

test('docs/architecture.md lists what no emulator plays, with the reason', () => {
  expect(PAGE).toContain(notPlayedTable());
  for (const line of NOT_SHOWN) expect(PAGE).toContain(`- ${line}`);
  const beside = NOT_PLAYED_END_TO_END.filter((each) => !NOT_PLAYED_BY_MINISTACK.includes(each));
  expect(beside.map(({ what }) => what)).toEqual(
    [...PAGE.matchAll(/^- `(Custom::\w+)` of `/gm)].map(([, what]) => what),
  );
});
