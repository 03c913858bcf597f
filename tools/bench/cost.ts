import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startNodeServer } from '../../contract/runtime/node-server';
import type { Progress } from './functions';
import { quantile } from './quantities';

/** A thumbnail over HTTP beside the same by the library alone, so many at once. */
export interface CostFigures {
  readonly concurrency: number;
  /** Processor milliseconds a thumbnail: median of the rounds. */
  readonly cpuMs: { readonly service: number; readonly sharp: number };
  /** Of the service by that of the library: median of the rounds' own. */
  readonly cpuRatio: number;
  readonly throughputRatio: number;
  readonly rounds: number;
  /** In each round, of each. */
  readonly thumbnails: number;
}

interface Sample {
  readonly cpuMs: number;
  readonly perSecond: number;
}

const CONCURRENCIES = [1, 2, 8];
const ROUNDS = 5;
const THUMBNAILS = 40;
/** As each option on Linux has it: see service/thumbnail.ts. */
const MALLOC = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' };

/** Processor time that a process has taken, in milliseconds (proc(5): `utime` and `stime`, a hundred a second). */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Sends a picture, and takes the thumbnail: cheaper than `fetch`, since it runs on the same processors. */
function post(url: string, agent: Agent, picture: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent, headers: { 'Content-Length': picture.length } };
    const asked = request(`${url}/thumbnails?width=320`, options, (answer) => {
      answer.resume();
      answer.once('end', () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`The server answered ${answer.statusCode}.`));
      });
    });
    asked.once('error', reject);
    asked.end(picture);
  });
}

async function measureService({ node, code, picture, leftovers }: Bench, concurrency: number): Promise<Sample> {
  const server = await startNodeServer(node, code, MALLOC);
  const kill = () => process.kill(server.pid);
  leftovers.add(kill);
  const agent = new Agent({ keepAlive: true });
  const send = async (thumbnails: number): Promise<void> => {
    let left = thumbnails;
    const worker = async (): Promise<void> => {
      while (left-- > 0) await post(server.url, agent, picture);
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  };
  try {
    await send(THUMBNAILS / 2);
    const [before, began] = [cpuMsOf(server.pid), performance.now()];
    await send(THUMBNAILS);
    const seconds = (performance.now() - began) / 1000;
    return { cpuMs: (cpuMsOf(server.pid) - before) / THUMBNAILS, perSecond: THUMBNAILS / seconds };
  } finally {
    agent.destroy();
    leftovers.delete(kill);
    await server.stop();
  }
}

/** What is measured, and how. */
interface Bench {
  /** The Node.js that runs both. */
  readonly node: string;
  /** The unpacked bundle. */
  readonly code: string;
  readonly picture: Buffer;
  /** What must be undone where the program ends early. */
  readonly leftovers: Set<() => unknown>;
  readonly progress: Progress;
}

/**
 * What the service adds to the library: whole processes in turns, the service's server and bare sharp, each round one of
 * either. Linux alone tells the processor time of another process.
 */
export async function benchCost(bench: Bench): Promise<readonly CostFigures[]> {
  if (process.platform !== 'linux') return [];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-cost-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  bench.leftovers.add(remove);
  const file = path.join(folder, 'picture.jpg');
  writeFileSync(file, bench.picture);
  const bareSharp = async (concurrency: number): Promise<Sample> => {
    const program = ['--import', 'tsx', path.join(__dirname, 'bare-sharp.ts')];
    const env = { ...process.env, ...MALLOC };
    const { stdout } = await promisify(execFile)(bench.node, [...program, file, `${THUMBNAILS}`, `${concurrency}`], {
      env,
    });
    return JSON.parse(stdout) as Sample;
  };
  try {
    const figures: CostFigures[] = [];
    for (const concurrency of CONCURRENCIES) {
      const rounds: { sharp: Sample; service: Sample }[] = [];
      for (let round = 1; round <= ROUNDS; round += 1) {
        bench.progress(`the service and bare sharp in turns, ${concurrency} at once, round ${round} of ${ROUNDS}`);
        const sharp = await bareSharp(concurrency);
        rounds.push({ sharp, service: await measureService(bench, concurrency) });
      }
      const median = (of: (round: (typeof rounds)[number]) => number): number => quantile(rounds.map(of), 0.5);
      figures.push({
        concurrency,
        cpuMs: { service: median(({ service }) => service.cpuMs), sharp: median(({ sharp }) => sharp.cpuMs) },
        cpuRatio: median(({ service, sharp }) => service.cpuMs / sharp.cpuMs),
        throughputRatio: median(({ service, sharp }) => service.perSecond / sharp.perSecond),
        rounds: ROUNDS,
        thumbnails: THUMBNAILS,
      });
    }
    return figures;
  } finally {
    remove();
  }
}
