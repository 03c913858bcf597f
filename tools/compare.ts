import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { picture } from '../contract/pictures';
import { noSuch, readCommandLine, UsageError } from './command-line';
import { type Address, address, namedAddress, outputAddresses, RefusedAddressError } from './compare/addresses';
import { compare, type Contender, type NotMeasured } from './compare/compare';
import { Budget, MOST_REQUESTS, requestsOfRound, type Load, type Work } from './compare/load';
import { type Report, renderHtml, renderJson, renderMarkdown, rounded } from './compare/report';
import { type Running, type Runner, RUNNERS } from './runners';
import { synthesize } from './pictures/assembly';
import { runProgram } from './container';

const USAGE = `Measures options side by side: first answer after idle, latency, throughput and errors under the same load.

  npm run compare -- --local [option ...] [options]
  npm run compare -- --outputs cdk-outputs.json [options]
  npm run compare -- --url name=https://example.com [options]

--local              what this machine can run, at loopback addresses; all of it, or the options that are named
--outputs file       the addresses of deployed stacks, from cdk deploy --outputs-file
--url name=address   any other address that you may put a load on; as often as there are any
--rounds n           rounds in which every option has its turn, 1 to 20 (default: 3)
--requests n         requests of each kind in a round, 1 to 2000 (default: 100)
--connections n      requests at once, 1 to 64 (default: 4)
--out folder         write compare.json, compare.html and compare.md there
--help               print this text

One run sends ${MOST_REQUESTS.toLocaleString('en')} requests at most. Exit code: 0 all was measured, 1 some of it was not, 2 the command
was used in a wrong way, 130 it was interrupted.`;

const FILES = { 'compare.json': renderJson, 'compare.html': renderHtml, 'compare.md': renderMarkdown } as const;

const progress = (line: string): void => {
  process.stderr.write(`compare: ${line}\n`);
};

function readArguments() {
  const { values, positionals } = readCommandLine(USAGE, {
    allowPositionals: true,
    options: {
      local: { type: 'boolean', default: false },
      outputs: { type: 'string' },
      url: { type: 'string', multiple: true, default: [] as string[] },
      rounds: { type: 'string', default: '3' },
      requests: { type: 'string', default: '100' },
      connections: { type: 'string', default: '4' },
      out: { type: 'string' },
    },
  });
  if (!values.local && values.outputs === undefined && values.url.length === 0)
    throw new UsageError('Nothing to measure is given: --local, --outputs or --url.', USAGE);
  if (!values.local && positionals.length > 0)
    throw new UsageError(`${positionals.join(' ')}: options are named with --local only.`, USAGE);
  return {
    ...values,
    runners: values.local ? chosen(positionals) : [],
    rounds: whole('--rounds', values.rounds, 20),
    load: {
      requests: whole('--requests', values.requests, 2_000),
      connections: whole('--connections', values.connections, 64),
    },
  };
}

function chosen(names: readonly string[]): readonly Runner[] {
  const known = RUNNERS.map(({ name }) => name);
  const [unknown] = names.filter((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`${noSuch('option with a runner', unknown, known, 3)} There are: ${known.join(', ')}.`, USAGE);
  return names.length === 0 ? RUNNERS : RUNNERS.filter(({ name }) => names.includes(name));
}

function whole(option: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new UsageError(`${option} is ${JSON.stringify(text)}: it must be a whole number from 1 to ${most}.`, USAGE);
}

function readUrls(urls: readonly string[]): Address[] {
  try {
    return urls.map(namedAddress);
  } catch (error) {
    throw error instanceof RefusedAddressError ? new UsageError(error.message, USAGE) : error;
  }
}

/** The addresses that were named, and those of outputs; what is wrong with the file is an entry of its own. */
function readAddresses(
  outputs: string | undefined,
  urls: readonly string[],
): { addresses: Address[]; failed: NotMeasured[] } {
  const addresses = readUrls(urls);
  if (outputs === undefined) return { addresses, failed: [] };
  try {
    const stackNames = new Map(synthesize().stacks.map(({ id, stackName }) => [id, stackName]));
    return { addresses: [...addresses, ...outputAddresses(readFileSync(outputs, 'utf8'), stackNames)], failed: [] };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file. cdk deploy --outputs-file writes it' : message;
    return { addresses, failed: [{ name: outputs, title: 'Outputs of deployed stacks', why }] };
  }
}

/** What was started, to be ended in any case. */
class Started {
  private readonly running: Running[] = [];

  /** Starts one after another; what this machine lacks, or what does not start, is said. */
  async start(
    runners: readonly Runner[],
    signal: AbortSignal,
  ): Promise<{ contenders: Contender[]; failed: NotMeasured[] }> {
    const contenders: Contender[] = [];
    const failed: NotMeasured[] = [];
    for (const { name, title, lacks, start } of runners) {
      signal.throwIfAborted();
      try {
        const reason = lacks();
        if (reason !== undefined) throw new Error(reason);
        const running = await start(signal);
        this.running.push(running);
        progress(`${name} answers at ${running.url}`);
        contenders.push({ ...address(name, running.url, 'local'), title, ...(running.rest && { rest: running.rest }) });
      } catch (error) {
        signal.throwIfAborted();
        failed.push({ name, title, why: (error as Error).message });
        progress(`${name} is not measured: ${(error as Error).message}`);
      }
    }
    return { contenders, failed };
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.running.map((each) => each.stop()));
  }
}

async function works(): Promise<{ works: Work[]; picture: Report['picture'] }> {
  const body = picture('cat.jpg');
  const { width, height } = await sharp(body).metadata();
  return {
    works: [
      { name: 'info', method: 'GET', path: '/info' },
      { name: 'thumbnail', method: 'POST', path: '/thumbnails?width=320&format=webp', body },
    ],
    picture: { width, height, bytes: body.length },
  };
}

function machine(): Report['machine'] {
  const [processor] = os.cpus();
  return {
    processor: [processor?.model.trim(), process.arch].filter(Boolean).join(', '),
    cpus: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release().split('-')[0] ?? ''}`,
    node: process.versions.node,
    loadAverage: os.loadavg()[0] ?? 0,
  };
}

/** Each file under another name first: an interruption leaves no half of one. */
function write(folder: string, report: Report): void {
  mkdirSync(folder, { recursive: true });
  for (const [file, render] of Object.entries(FILES)) {
    const target = path.join(folder, file);
    try {
      writeFileSync(`${target}.unfinished`, render(report));
      renameSync(`${target}.unfinished`, target);
    } finally {
      rmSync(`${target}.unfinished`, { force: true });
    }
    progress(`${target} is written`);
  }
}

/** Refuses what would be too much before anything is started. */
function checkAmount(options: number, rounds: number, load: Load): void {
  const each = requestsOfRound(load, 2);
  const most = options * rounds * each;
  if (most > MOST_REQUESTS)
    throw new UsageError(
      `${options} options x ${rounds} rounds x ${each} requests are ${most}: one run may send ${MOST_REQUESTS}. Ask for fewer by --requests, --connections or --rounds.`,
      USAGE,
    );
}

async function main(signal: AbortSignal): Promise<number> {
  const { runners, outputs, url, rounds, load, out } = readArguments();
  const { addresses, failed } = readAddresses(outputs, url);
  for (const { name, why } of failed) progress(`${name}: ${why}`);
  checkAmount(runners.length + addresses.length, rounds, load);
  const here = machine();
  const started = new Started();
  try {
    const local = await started.start(runners, signal);
    const contenders = [
      ...local.contenders,
      ...addresses.map((each) => ({ ...each, title: `${each.name} at ${each.url}` })),
    ];
    if (contenders.length === 0) throw new Error('There is nothing that can be measured.');
    const { works: asked, picture: shown } = await works();
    const comparison = await compare(contenders, {
      rounds,
      load,
      works: asked,
      budget: new Budget(),
      signal,
      progress,
    });
    const report = rounded({
      date: new Date().toISOString().slice(0, 10),
      machine: here,
      rounds,
      load,
      picture: shown,
      results: comparison.results,
      notMeasured: [...failed, ...local.failed, ...comparison.notMeasured],
    });
    if (out !== undefined) write(out, report);
    console.log(renderMarkdown(report));
    return failed.length + comparison.notMeasured.length === 0 ? 0 : 1;
  } finally {
    await started.stop();
  }
}

if (require.main === module) {
  // Validated elsewhere: it takes seconds.
  process.env['CDK_VALIDATION'] = 'false';
  runProgram(main);
}
