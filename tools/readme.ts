import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fail, readCommandLine } from './command-line';
import { renderCharts, renderChoosing, renderReadme } from './cost/readme';
import { writeWhole } from '../packaging/write-whole';

const USAGE = `Writes what is generated of the README: the table of the options with their costs, where the costs cross, and the chart; and the row of starts in docs/choosing.md.

  npm run readme
  npm run readme -- --check     writes nothing; exit code 1 where something is not as it is generated`;

const README = path.join(__dirname, '..', 'README.md');
const CHOOSING = path.join(__dirname, '..', 'docs', 'choosing.md');

try {
  const { values } = readCommandLine(USAGE, { options: { check: { type: 'boolean', default: false } } });
  const readme = readFileSync(README, 'utf8');
  const generated = [
    [README, renderReadme(readme)] as const,
    [CHOOSING, renderChoosing(readFileSync(CHOOSING, 'utf8'))] as const,
    ...renderCharts().map(([file, svg]) => [file, svg] as const),
  ];
  const stale = generated.filter(([file, content]) => !existsSync(file) || readFileSync(file, 'utf8') !== content);
  if (values.check) {
    for (const [file] of stale)
      console.error(`${path.relative(process.cwd(), file)} is not as it is generated: npm run readme`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else for (const [file, content] of stale) writeWhole(file, content);
} catch (error) {
  fail(error);
}
