import { readFileSync } from 'node:fs';
import { CONTEXT, contextFrom, fail, readCommandLine, UsageError } from './command-line';
import { replayDay } from './day/day';
import { figures } from './day/figures';
import { clock, ORDINARY_DAY, parseRequests, type Requests } from './day/load';
import { nightsOf } from './day/night';
import { synthesize } from './pictures/assembly';

const USAGE = `Replays a day of requests against the scaling policies of the templates, and prints hours and cost.

  npm run day -- [-c option=value ...] [--requests file]

-c, --context    an option of the app, such as -c ecs.nightInstances=2
--requests file  the requests of each minute, ${(1440).toLocaleString('en')} lines with a number each
--help           print this text

docs/day.md has the model. Exit code: 0 it was replayed, 1 it was not, 2 the command was used in a wrong way.`;

function readRequests(file: string): Requests {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--requests ${file}: ${(error as Error).message}`, USAGE);
  }
  try {
    return parseRequests(text);
  } catch (error) {
    throw new UsageError(`--requests ${file}: ${(error as Error).message}`, USAGE);
  }
}

function main(): void {
  const { values } = readCommandLine(USAGE, {
    options: { ...CONTEXT, requests: { type: 'string' } },
  });
  const requests = values.requests === undefined ? ORDINARY_DAY : readRequests(values.requests);
  const day = replayDay(synthesize(contextFrom(values.context)), requests);
  const width = Math.max(...day.options.map(({ stack }) => stack.length));
  for (const option of day.options)
    console.log(`${option.stack.padEnd(width)}  ${option.title}: ${figures(option).join(', ')}`);
  for (const { stack, moments } of nightsOf(day)) {
    console.log(`\nThe night of ${stack}`);
    for (const { minute, caption } of moments) console.log(`  ${clock(minute)}  ${caption}`);
  }
}

try {
  main();
} catch (error) {
  fail(error);
}
